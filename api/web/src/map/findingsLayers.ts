import type { GeoJSONSource, Map as MapLibre } from "maplibre-gl";

import { inkOf, MAP_FONT, type Scheme } from "./base";
import type { FindingPoint, FindingPoints } from "./points";

const SOURCE = "findings";
const CLUSTER_RADIUS_PX = 44;
const CLUSTERED_TO_ZOOM = 16;

/** Put findings on a map: clusters with their numbers, single ones with the mark of their state. */
export function addFindings(map: MapLibre, scheme: Scheme, onOpen: (id: string) => void) {
  const { ink, halo } = inkOf(scheme);
  map.addSource(SOURCE, {
    type: "geojson",
    data: { type: "FeatureCollection", features: [] },
    cluster: true,
    clusterRadius: CLUSTER_RADIUS_PX,
    clusterMaxZoom: CLUSTERED_TO_ZOOM,
    clusterProperties: {
      pending: ["+", ["case", ["==", ["get", "state"], "pending_review"], 1, 0]],
    },
  });
  map.addLayer({
    id: "clusters",
    type: "circle",
    source: SOURCE,
    filter: ["has", "point_count"],
    paint: {
      "circle-color": halo,
      "circle-radius": [
        "interpolate",
        ["linear"],
        ["get", "point_count"],
        2,
        14,
        100,
        24,
        5000,
        40,
      ],
      "circle-stroke-width": 3,
      "circle-stroke-color": ["case", [">", ["get", "pending"], 0], "#e69f00", "#7d8794"],
    },
  });
  map.addLayer({
    id: "cluster-numbers",
    type: "symbol",
    source: SOURCE,
    filter: ["has", "point_count"],
    layout: {
      "text-field": ["get", "point_count_abbreviated"],
      "text-font": MAP_FONT,
      "text-size": 13,
      "text-allow-overlap": true,
    },
    paint: { "text-color": ink },
  });
  map.addLayer({
    id: "chosen",
    type: "circle",
    source: SOURCE,
    filter: ["==", ["get", "id"], ""],
    paint: {
      "circle-radius": 15,
      "circle-opacity": 0,
      "circle-stroke-width": 3,
      "circle-stroke-color": ink,
    },
  });
  map.addLayer({
    id: "findings",
    type: "symbol",
    source: SOURCE,
    filter: ["!", ["has", "point_count"]],
    layout: {
      "icon-image": ["concat", "mark-", ["get", "state"]],
      "icon-allow-overlap": true,
      "symbol-sort-key": ["get", "severity"],
    },
  });

  map.on("click", "findings", ({ features }) => onOpen(String(features?.[0]?.properties.id)));
  map.on("click", "clusters", async ({ features, lngLat }) => {
    const clusterId = Number(features?.[0]?.properties.cluster_id);
    const zoom = await sourceOf(map).getClusterExpansionZoom(clusterId);
    map.easeTo({ center: lngLat, zoom });
  });
  for (const layer of ["findings", "clusters"]) {
    map.on("mouseenter", layer, () => (map.getCanvas().style.cursor = "pointer"));
    map.on("mouseleave", layer, () => (map.getCanvas().style.cursor = ""));
  }
}

function sourceOf(map: MapLibre): GeoJSONSource {
  return map.getSource<GeoJSONSource>(SOURCE)!;
}

export function showFindings(map: MapLibre, points: FindingPoints) {
  void sourceOf(map).setData(points);
}

/** Ring one finding, or none. */
export function ringFinding(map: MapLibre, id: string | null) {
  map.setFilter("chosen", ["==", ["get", "id"], id ?? ""]);
}

/** Move so close to a finding that no cluster hides it. */
export function comeCloser(map: MapLibre, { geometry }: FindingPoint) {
  const [longitude, latitude] = geometry.coordinates as [number, number];
  const zoom = Math.max(map.getZoom(), CLUSTERED_TO_ZOOM + 1);
  map.easeTo({ center: [longitude, latitude], zoom, duration: 400 });
}
