import type { Feature, FeatureCollection, Geometry, Point } from "geojson";
import type { LngLatBounds } from "maplibre-gl";

import type {
  CameraCollection,
  CaseCollection,
  CellCollection,
  FindingCollection,
  PassCollection,
} from "../api/types";

/** MapLibre keeps properties, not ids that are words: so the id stands among them. */
type Drawn<G extends Geometry, P> = Feature<G, P & { id: string }>;

export type FindingPoint = Drawn<Point, FindingCollection["features"][number]["properties"]>;
export type CasePoint = Drawn<Point, CaseCollection["features"][number]["properties"]>;
export type CameraPoint = Drawn<Point, CameraCollection["features"][number]["properties"]>;
export type Cell = Drawn<Geometry, CellCollection["features"][number]["properties"]>;
export type PassLine = Drawn<Geometry, PassCollection["features"][number]["properties"]>;
export type AnyFeature = Drawn<Geometry, object>;

interface Wire<P> {
  id: string;
  geometry: unknown;
  properties: P;
}

const drawn = new WeakMap<object, AnyFeature>();

/** Features as the map draws them. One that came unchanged stays the same object. */
export function drawable<T extends AnyFeature>(
  features: Wire<Omit<T["properties"], "id">>[] | undefined,
): T[] {
  return (features ?? []).map((wire) => {
    let feature = drawn.get(wire);
    if (!feature) {
      const { id, geometry, properties } = wire;
      feature = {
        type: "Feature",
        geometry: geometry as Geometry,
        properties: { ...properties, id },
      };
      drawn.set(wire, feature);
    }
    return feature as T;
  });
}

export const collectionOf = <T extends AnyFeature>(features: T[]): FeatureCollection => ({
  type: "FeatureCollection",
  features,
});

/** How often each value of a property occurs. */
export function countBy<T>(items: T[], value: (item: T) => string): ReadonlyMap<string, number> {
  const counted = new Map<string, number>();
  for (const item of items) counted.set(value(item), (counted.get(value(item)) ?? 0) + 1);
  return counted;
}

export function inView<T extends Drawn<Point, object>>(points: T[], view: LngLatBounds): T[] {
  return points.filter(({ geometry }) =>
    view.contains([geometry.coordinates[0]!, geometry.coordinates[1]!]),
  );
}

export type Extent = [west: number, south: number, east: number, north: number];

/** West, south, east, north of all points; null without any. */
export function extentOf(features: AnyFeature[]): Extent | null {
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { geometry } of features) {
    for (const [longitude, latitude] of cornersOf(geometry)) {
      west = Math.min(west, longitude!);
      south = Math.min(south, latitude!);
      east = Math.max(east, longitude!);
      north = Math.max(north, latitude!);
    }
  }
  return west <= east ? [west, south, east, north] : null;
}

function cornersOf(geometry: Geometry): number[][] {
  switch (geometry.type) {
    case "Point":
      return [geometry.coordinates];
    case "LineString":
      return geometry.coordinates;
    case "Polygon":
      return geometry.coordinates.flat();
    case "MultiPolygon":
      return geometry.coordinates.flat(2);
    default:
      return [];
  }
}

/** The middle of a feature's extent. */
export function middleOf(feature: AnyFeature): [number, number] {
  const [west, south, east, north] = extentOf([feature])!;
  return [(west + east) / 2, (south + north) / 2];
}
