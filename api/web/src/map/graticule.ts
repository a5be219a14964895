import type { Feature, FeatureCollection } from "geojson";
import type { LngLatBounds } from "maplibre-gl";

const LINES_ACROSS = 6;
const MAX_LATITUDE = 85;
const STEPS = [5, 2, 1]; // of each power of ten

/** The widest round step, in degrees, that still puts about LINES_ACROSS lines into a span. */
function stepFor(span: number): number {
  const wanted = span / LINES_ACROSS;
  const power = 10 ** Math.floor(Math.log10(wanted));
  return power * (STEPS.find((step) => step * power <= wanted) ?? 1);
}

function multiples(step: number, from: number, to: number): number[] {
  const first = Math.ceil(from / step);
  const count = Math.max(0, Math.floor(to / step) - first + 1);
  return Array.from({ length: count }, (_, index) => (first + index) * step);
}

/** Lines of latitude and longitude across a view, named at its left and lower edge. */
export function graticule(view: LngLatBounds, labels: boolean): FeatureCollection {
  const [west, east] = [view.getWest(), view.getEast()];
  const south = Math.max(view.getSouth(), -MAX_LATITUDE);
  const north = Math.min(view.getNorth(), MAX_LATITUDE);
  const step = stepFor(east - west);
  const digits = Math.max(0, -Math.floor(Math.log10(step)));
  const line = (coordinates: [number, number][]): Feature => ({
    type: "Feature",
    properties: {},
    geometry: { type: "LineString", coordinates },
  });
  const label = (at: [number, number], text: string, anchor: string): Feature => ({
    type: "Feature",
    properties: { label: text, anchor },
    geometry: { type: "Point", coordinates: at },
  });
  const features: Feature[] = [];
  for (const longitude of multiples(step, west, east)) {
    features.push(
      line([
        [longitude, south],
        [longitude, north],
      ]),
    );
    const side = longitude < 0 ? "W" : "E";
    if (labels) {
      const text = `${Math.abs(longitude).toFixed(digits)}°${side}`;
      features.push(label([longitude, north], text, "top-left"));
    }
  }
  for (const latitude of multiples(step, south, north)) {
    features.push(
      line([
        [west, latitude],
        [east, latitude],
      ]),
    );
    const side = latitude < 0 ? "S" : "N";
    if (labels) {
      const text = `${Math.abs(latitude).toFixed(digits)}°${side}`;
      features.push(label([west, latitude], text, "top-left"));
    }
  }
  return { type: "FeatureCollection", features };
}
