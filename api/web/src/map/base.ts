import "maplibre-gl/dist/maplibre-gl.css";

import {
  Map as MapLibre,
  ScaleControl,
  setWorkerUrl,
  type GeoJSONSource,
  type MapOptions,
  type StyleSpecification,
} from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?url";

import { FINDING_MARKS, FINDING_STATES } from "../findings/states";
import { graticule } from "./graticule";

setWorkerUrl(workerUrl);

export type Scheme = "light" | "dark";

/** Without a `glyphs` address MapLibre draws letters with the fonts of the machine. */
export const MAP_FONT = ["sans-serif"];

const MARK_PX = 22;
const MARK_PIXEL_RATIO = 2;

const GROUND = {
  light: {
    background: "#eceff2",
    line: "#d5dbe1",
    text: "#69747f",
    ink: "#1f2933",
    halo: "#ffffff",
  },
  dark: {
    background: "#1b2026",
    line: "#2b323a",
    text: "#8a96a3",
    ink: "#e4e9ee",
    halo: "#11151a",
  },
} as const;

export const inkOf = (scheme: Scheme) => GROUND[scheme];

/** The neutral ground: a colour and a grid of latitudes and longitudes; nothing is fetched. */
function neutralStyle(scheme: Scheme): StyleSpecification {
  const { background, line, text } = GROUND[scheme];
  return {
    version: 8,
    sources: { graticule: { type: "geojson", data: { type: "FeatureCollection", features: [] } } },
    layers: [
      { id: "background", type: "background", paint: { "background-color": background } },
      {
        id: "graticule",
        type: "line",
        source: "graticule",
        filter: ["==", ["geometry-type"], "LineString"],
        paint: { "line-color": line },
      },
      {
        id: "graticule-labels",
        type: "symbol",
        source: "graticule",
        filter: ["==", ["geometry-type"], "Point"],
        layout: {
          "text-field": ["get", "label"],
          "text-font": MAP_FONT,
          "text-size": 11,
          "text-anchor": ["get", "anchor"],
          "text-offset": [0.3, 0.3],
          "text-allow-overlap": true,
        },
        paint: { "text-color": text },
      },
    ],
  };
}

/** A state's mark as a picture, with an outline that stands off any ground. */
function drawMark({ color, path }: { color: string; path: string }, halo: string): ImageData {
  const size = MARK_PX * MARK_PIXEL_RATIO;
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = size;
  const context = canvas.getContext("2d")!;
  context.translate(size / 2, size / 2);
  context.scale(size / 26, size / 26);
  const shape = new Path2D(path);
  context.strokeStyle = halo;
  context.lineWidth = 4;
  context.lineJoin = "round";
  context.stroke(shape);
  context.fillStyle = color;
  context.fill(shape, "evenodd");
  return context.getImageData(0, 0, size, size);
}

export const markName = (state: string) => `mark-${state}`;

export function supportsMaps(): boolean {
  return document.createElement("canvas").getContext("webgl2") !== null;
}

/** Open a map on the neutral ground; the marks of the states are there once it has loaded. */
export function openMap(
  scheme: Scheme,
  options: Omit<MapOptions, "style"> & { labels?: boolean },
): MapLibre {
  const { labels = true, ...rest } = options;
  const map = new MapLibre({
    style: neutralStyle(scheme),
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    fadeDuration: 0,
    ...rest,
  });
  map.touchZoomRotate.disableRotation();
  map.addControl(new ScaleControl({ maxWidth: 100 }), "bottom-left");
  const drawGraticule = () =>
    map.getSource<GeoJSONSource>("graticule")?.setData(graticule(map.getBounds(), labels));
  map.on("load", () => {
    for (const state of FINDING_STATES) {
      map.addImage(markName(state), drawMark(FINDING_MARKS[state], GROUND[scheme].halo), {
        pixelRatio: MARK_PIXEL_RATIO,
      });
    }
    drawGraticule();
    map.on("moveend", drawGraticule);
    map.on("resize", drawGraticule);
  });
  return map;
}
