import type {
  AddLayerObject,
  FilterSpecification,
  GeoJSONSource,
  Map as MapLibre,
  MapMouseEvent,
  PointLike,
} from "maplibre-gl";

import { inkOf, MAP_FONT, type Scheme } from "./ground";
import { cameraMark, caseMark, findingMark, LOOK_MARKS, MISSED_PATTERN } from "./marks";
import type { Chosen, LayerName } from "./useMapState";

const CLUSTER_RADIUS_PX = 44;
export const CLUSTERED_TO_ZOOM = 16;
const NEAR_PX = 3;
const PENDING = "#e69f00";
const LATE = "#d01f2e";
const WAY = "#6b3fa0";
const BORDER = "#3b5bdb";

/** In the order in which they are drawn: what is named last lies on top. */
export const DRAWING_ORDER: readonly LayerName[] = [
  "coverage",
  "areas",
  "passes",
  "cameras",
  "findings",
  "cases",
];

/** Of each clustered layer: which of its features give a cluster a warning rim. */
const RIMS: Partial<Record<LayerName, { property: string; value: string; color: string }>> = {
  findings: { property: "state", value: "pending_review", color: PENDING },
  cases: { property: "light", value: "red", color: LATE },
};

export const clustersOf = (name: LayerName) => `${name}-clusters`;
const numbersOf = (name: LayerName) => `${name}-numbers`;
export const ringOf = (name: LayerName) => `${name}-chosen`;
/** The layer of a name's single features, which can be clicked. */
export const singlesOf = (name: LayerName) => `${name}-singles`;

/** Put every layer on a map, empty; what is drawn comes later. */
export function addOverlays(map: MapLibre, scheme: Scheme) {
  for (const name of DRAWING_ORDER) {
    const rim = RIMS[name];
    map.addSource(name, {
      type: "geojson",
      data: { type: "FeatureCollection", features: [] },
      promoteId: "id",
      ...(rim && {
        cluster: true,
        clusterRadius: CLUSTER_RADIUS_PX,
        clusterMaxZoom: CLUSTERED_TO_ZOOM,
        clusterProperties: {
          warnings: ["+", ["case", ["==", ["get", rim.property], rim.value], 1, 0]],
        },
      }),
    });
    if (rim) for (const layer of clusterLayers(name, rim.color, scheme)) map.addLayer(layer);
    for (const layer of layersOf(name, scheme)) map.addLayer(layer);
  }
}

function clusterLayers(name: LayerName, rim: string, scheme: Scheme): AddLayerObject[] {
  const { ink, halo } = inkOf(scheme);
  const isCases = name === "cases";
  return [
    {
      id: clustersOf(name),
      type: "circle",
      source: name,
      filter: ["has", "point_count"],
      paint: {
        "circle-color": isCases ? ink : halo,
        "circle-radius": [
          "interpolate",
          ["linear"],
          ["get", "point_count"],
          ...(isCases ? [2, 12, 100, 18, 5000, 26] : [2, 14, 100, 24, 5000, 40]),
        ],
        // Clusters of cases hang beside those of the findings that they come of.
        "circle-translate": isCases ? [0, -30] : [0, 0],
        "circle-stroke-width": 3,
        "circle-stroke-color": ["case", [">", ["get", "warnings"], 0], rim, "#7d8794"],
      },
    },
    {
      id: numbersOf(name),
      type: "symbol",
      source: name,
      filter: ["has", "point_count"],
      layout: {
        "text-field": ["get", "point_count_abbreviated"],
        "text-font": MAP_FONT,
        "text-size": 13,
        "text-allow-overlap": true,
      },
      paint: {
        "text-color": isCases ? halo : ink,
        "text-translate": isCases ? [0, -30] : [0, 0],
      },
    },
  ];
}

function layersOf(name: LayerName, scheme: Scheme): AddLayerObject[] {
  const { ink, halo } = inkOf(scheme);
  const base = { id: singlesOf(name), source: name };
  const single: FilterSpecification = ["!", ["has", "point_count"]];
  const ring: AddLayerObject = {
    id: ringOf(name),
    type: "circle",
    source: name,
    filter: ["==", ["get", "id"], ""],
    paint: {
      "circle-radius": 15,
      "circle-opacity": 0,
      "circle-stroke-width": 3,
      "circle-stroke-color": ink,
      "circle-translate": name === "cases" ? [0, -22] : [0, 0],
    },
  };
  const outline = (color: string): AddLayerObject => ({
    id: ringOf(name),
    type: "line",
    source: name,
    filter: ["==", ["get", "id"], ""],
    paint: { "line-color": color, "line-width": 3 },
  });
  switch (name) {
    case "findings":
      return [
        ring,
        {
          ...base,
          type: "symbol",
          filter: single,
          layout: {
            "icon-image": ["concat", findingMark(""), ["get", "state"]],
            "icon-allow-overlap": true,
            "symbol-sort-key": ["get", "severity"],
          },
        },
      ];
    case "cases":
      return [
        {
          ...base,
          type: "symbol",
          filter: single,
          layout: {
            "icon-image": ["concat", caseMark(""), ["get", "light"]],
            "icon-anchor": "bottom",
            "icon-offset": [0, -8],
            "icon-allow-overlap": true,
          },
        },
        ring,
      ];
    case "cameras":
      return [
        ring,
        {
          ...base,
          type: "symbol",
          layout: {
            "icon-image": ["concat", cameraMark(""), ["get", "health"]],
            "icon-allow-overlap": true,
            "text-field": ["step", ["zoom"], "", 15, ["get", "name"]],
            "text-font": MAP_FONT,
            "text-size": 11,
            "text-offset": [0, 1.4],
            "text-anchor": "top",
            "text-optional": true,
          },
          paint: { "text-color": ink, "text-halo-color": halo, "text-halo-width": 1.5 },
        },
      ];
    case "passes":
      return [
        {
          ...base,
          type: "line",
          layout: { "line-cap": "round", "line-join": "round" },
          paint: { "line-color": WAY, "line-width": 2.5, "line-opacity": 0.65 },
        },
        outline(ink),
      ];
    case "coverage":
      return [
        {
          ...base,
          type: "fill",
          filter: ["!=", ["get", "look"], "missed"],
          paint: {
            "fill-color": [
              "match",
              ["get", "look"],
              "clear",
              LOOK_MARKS.clear.color,
              LOOK_MARKS.poor.color,
            ],
            "fill-opacity": [
              "interpolate",
              ["linear"],
              ["get", "passes"],
              ...[0, 0.25, 1, 0.3, 10, 0.7],
            ],
          },
        },
        {
          id: "coverage-missed",
          source: name,
          type: "fill",
          filter: ["==", ["get", "look"], "missed"],
          paint: { "fill-pattern": MISSED_PATTERN },
        },
        outline(ink),
      ];
    case "areas":
      return [
        {
          ...base,
          type: "line",
          paint: { "line-color": BORDER, "line-width": 1.5, "line-dasharray": [4, 2] },
        },
        {
          id: "areas-names",
          source: name,
          type: "symbol",
          layout: {
            "text-field": ["get", "name"],
            "text-font": MAP_FONT,
            "text-size": 12,
            "text-max-width": 8,
          },
          paint: { "text-color": BORDER, "text-halo-color": halo, "text-halo-width": 1.5 },
        },
        outline(BORDER),
      ];
  }
}

/** Show the layers whose names are given, and no others. */
export function showOverlays(map: MapLibre, shown: ReadonlySet<LayerName>) {
  for (const id of map.getLayersOrder()) {
    const source = map.getLayer(id)?.source as LayerName | undefined;
    if (!source || !DRAWING_ORDER.includes(source)) continue;
    map.setLayoutProperty(id, "visibility", shown.has(source) ? "visible" : "none");
  }
}

/** Ring what is chosen, and nothing else. */
export function ringChosen(map: MapLibre, chosen: Chosen | null) {
  for (const name of DRAWING_ORDER) {
    const id = chosen?.layer === name ? chosen.id : "";
    map.setFilter(ringOf(name), ["==", ["get", "id"], id]);
  }
}

/** Tell what is clicked on; a cluster is opened instead. Returns what ends it. */
export function listenForClicks(map: MapLibre, onChoose: (chosen: Chosen) => void): () => void {
  const layers = DRAWING_ORDER.flatMap((name) =>
    name in RIMS ? [singlesOf(name), clustersOf(name)] : [singlesOf(name)],
  );
  async function onClick({ point, lngLat }: MapMouseEvent) {
    const { x, y } = point;
    const near: [PointLike, PointLike] = [
      [x - NEAR_PX, y - NEAR_PX],
      [x + NEAR_PX, y + NEAR_PX],
    ];
    const hit = map.queryRenderedFeatures(near, { layers })[0];
    if (!hit) return;
    if (hit.properties.cluster_id === undefined) {
      onChoose({ layer: hit.source as LayerName, id: String(hit.properties.id) });
      return;
    }
    const source = map.getSource<GeoJSONSource>(hit.source)!;
    const zoom = await source.getClusterExpansionZoom(Number(hit.properties.cluster_id));
    map.easeTo({ center: lngLat, zoom });
  }
  const point = () => (map.getCanvas().style.cursor = "pointer");
  const rest = () => (map.getCanvas().style.cursor = "");
  map.on("click", onClick);
  map.on("mouseenter", layers, point);
  map.on("mouseleave", layers, rest);
  return () => {
    map.off("click", onClick);
    map.off("mouseenter", layers, point);
    map.off("mouseleave", layers, rest);
    rest();
  };
}
