import type { Feature, FeatureCollection, Point } from "geojson";
import type { LngLatBounds } from "maplibre-gl";

import type { FindingCollection, FindingState } from "../api/types";

interface PointProperties {
  id: string;
  state: FindingState;
  class: string;
  severity: number;
}

export type FindingPoint = Feature<Point, PointProperties>;
export type FindingPoints = FeatureCollection<Point, PointProperties>;

/** Findings as the map draws them; MapLibre keeps properties, not ids that are words. */
export function pointsOf(collection: FindingCollection): FindingPoints {
  return {
    type: "FeatureCollection",
    features: collection.features.map(({ id, geometry, properties }) => ({
      type: "Feature",
      geometry,
      properties: {
        id,
        state: properties.state,
        class: properties.class,
        severity: properties.severity,
      },
    })),
  };
}

export function withStates(
  points: FindingPoints,
  states: ReadonlySet<FindingState>,
): FindingPoints {
  return {
    ...points,
    features: points.features.filter(({ properties }) => states.has(properties.state)),
  };
}

export function inView(points: FindingPoints, view: LngLatBounds): FindingPoint[] {
  return points.features.filter(({ geometry }) =>
    view.contains([geometry.coordinates[0]!, geometry.coordinates[1]!]),
  );
}

/** West, south, east, north of all points; null without any. */
export function extentOf(points: FindingPoints): [number, number, number, number] | null {
  if (points.features.length === 0) return null;
  return points.features.reduce<[number, number, number, number]>(
    ([west, south, east, north], { geometry: { coordinates } }) => {
      const [longitude, latitude] = coordinates as [number, number];
      return [
        Math.min(west, longitude),
        Math.min(south, latitude),
        Math.max(east, longitude),
        Math.max(north, latitude),
      ];
    },
    [Infinity, Infinity, -Infinity, -Infinity],
  );
}
