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

import { graticule } from "./graticule";
import { GRATICULE, inkOf, type Scheme } from "./ground";
import { addMarks } from "./marks";

setWorkerUrl(workerUrl);

export function supportsMaps(): boolean {
  return document.createElement("canvas").getContext("webgl2") !== null;
}

/** Open a map on a ground; the pictures that overlays name are there once it has loaded. */
export function openMap(
  scheme: Scheme,
  style: StyleSpecification,
  options: Omit<MapOptions, "style"> & { labels?: boolean },
): MapLibre {
  const { labels = true, ...rest } = options;
  const map = new MapLibre({
    style,
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
    map.getSource<GeoJSONSource>(GRATICULE)?.setData(graticule(map.getBounds(), labels));
  map.on("load", () => {
    addMarks(map, inkOf(scheme));
    if (!map.getLayer(GRATICULE)) return;
    drawGraticule();
    map.on("moveend", drawGraticule);
    map.on("resize", drawGraticule);
  });
  return map;
}
