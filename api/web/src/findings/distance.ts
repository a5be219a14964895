interface Place {
  latitude?: number | null;
  longitude?: number | null;
}

const EARTH_RADIUS_M = 6_371_008.8; // mean radius, IUGG

/** Metres between two WGS-84 places on a sphere (haversine); null where one has no position. */
export function distanceM(a: Place, b: Place): number | null {
  if (a.latitude == null || a.longitude == null || b.latitude == null || b.longitude == null) {
    return null;
  }
  const radians = Math.PI / 180;
  const north = (b.latitude - a.latitude) * radians;
  const east = (b.longitude - a.longitude) * radians;
  const h =
    Math.sin(north / 2) ** 2 +
    Math.cos(a.latitude * radians) * Math.cos(b.latitude * radians) * Math.sin(east / 2) ** 2;
  return 2 * EARTH_RADIUS_M * Math.asin(Math.sqrt(h));
}
