import type { Feature, FeatureCollection, MultiPolygon, Polygon, Position } from "geojson";

/** An area of the county as the map draws it. */
export type Area = Feature<Polygon | MultiPolygon, { id: string; code: string; name: string }>;

interface WireArea extends Feature<Polygon | MultiPolygon, { code: string; name: string }> {
  id: string;
}

export interface AreaCollection extends FeatureCollection<Polygon | MultiPolygon> {
  features: WireArea[];
}

export type Corner = [longitude: number, latitude: number];

/** An area while it is drawn: one ring, whose last corner goes on to its first. */
export interface Draft {
  /** The code under which it is in force; null for a new one. */
  of: string | null;
  code: string;
  name: string;
  ring: Corner[];
  /** Whether every corner is there. */
  closed: boolean;
}

export const LEAST_CORNERS = 3;

const DIGITS = 7; // a centimetre

const rounded = (degrees: number) => Number(degrees.toFixed(DIGITS));

/** The ring of an area that can be drawn here; null where it has holes or several parts. */
export function ringOf({ geometry }: Area): Corner[] | null {
  const parts = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates;
  if (parts.length !== 1 || parts[0]!.length !== 1) return null;
  return parts[0]![0]!.slice(0, -1).map(([longitude, latitude]) => [longitude!, latitude!]);
}

export function polygonOf(ring: Corner[]): Polygon {
  const corners: Position[] = ring.map((corner) => corner.map(rounded));
  return { type: "Polygon", coordinates: [[...corners, corners[0]!]] };
}

/** All areas with a drawn one in place of what it was. */
export function withDraft(areas: AreaCollection, draft: Draft): AreaCollection {
  const { of, code, name, ring } = draft;
  const before = areas.features.find((area) => area.properties.code === of);
  const isSame = before && ring.length === 0;
  const drawn: WireArea = {
    type: "Feature",
    id: code,
    properties: { code, name },
    geometry: isSame ? before.geometry : polygonOf(ring),
  };
  return { ...areas, features: [...withoutArea(areas, of).features, drawn] };
}

export function withoutArea(areas: AreaCollection, code: string | null): AreaCollection {
  return { ...areas, features: areas.features.filter((area) => area.properties.code !== code) };
}

export const textOf = (ring: Corner[]) =>
  ring.map((corner) => corner.map((degrees) => degrees.toFixed(6)).join(", ")).join("\n");

/** Corners from lines of `longitude, latitude`; null where a line is none. */
export function cornersOf(text: string): Corner[] | null {
  const lines = text.split("\n").filter((line) => line.trim());
  const corners = lines.map((line) =>
    line
      .split(/[,\s]+/)
      .filter(Boolean)
      .map(Number),
  );
  const isCorner = (corner: number[]): corner is Corner =>
    corner.length === 2 && Math.abs(corner[0]!) <= 180 && Math.abs(corner[1]!) <= 90;
  return corners.every(isCorner) ? corners : null;
}
