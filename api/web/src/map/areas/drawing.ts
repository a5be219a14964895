import type { Feature, FeatureCollection } from "geojson";
import type {
  GeoJSONSource,
  Map as MapLibre,
  MapLayerMouseEvent,
  MapLayerTouchEvent,
  MapMouseEvent,
  MapTouchEvent,
} from "maplibre-gl";

import { LEAST_CORNERS, polygonOf, type Corner } from "./areas";

const SOURCE = "draft";
const HANDLES = "draft-handles";
const COLOR = "#e8590c";

/** What is on the map while somebody draws. */
interface Drawn {
  ring: Corner[];
  closed: boolean;
}

function featuresOf({ ring, closed }: Drawn): FeatureCollection {
  const handle = (at: Corner, properties: object): Feature => ({
    type: "Feature",
    properties,
    geometry: { type: "Point", coordinates: at },
  });
  const corners = ring.map((corner, index) => handle(corner, { corner: index }));
  const between = closed
    ? ring.map(([x, y], index) => {
        const [nextX, nextY] = ring[(index + 1) % ring.length]!;
        return handle([(x + nextX) / 2, (y + nextY) / 2], { before: index + 1 });
      })
    : [];
  const shape: Feature[] =
    ring.length < 2
      ? []
      : [
          {
            type: "Feature",
            properties: {},
            geometry: closed ? polygonOf(ring) : { type: "LineString", coordinates: ring },
          },
        ];
  return { type: "FeatureCollection", features: [...shape, ...between, ...corners] };
}

function addLayers(map: MapLibre) {
  map.addSource(SOURCE, { type: "geojson", data: featuresOf({ ring: [], closed: false }) });
  map.addLayer({
    id: "draft-fill",
    type: "fill",
    source: SOURCE,
    filter: ["==", ["geometry-type"], "Polygon"],
    paint: { "fill-color": COLOR, "fill-opacity": 0.15 },
  });
  map.addLayer({
    id: "draft-line",
    type: "line",
    source: SOURCE,
    filter: ["!=", ["geometry-type"], "Point"],
    paint: { "line-color": COLOR, "line-width": 2.5 },
  });
  map.addLayer({
    id: HANDLES,
    type: "circle",
    source: SOURCE,
    filter: ["==", ["geometry-type"], "Point"],
    paint: {
      "circle-radius": ["case", ["has", "corner"], 7, 4],
      "circle-color": "#ffffff",
      "circle-stroke-color": COLOR,
      "circle-stroke-width": 2,
    },
  });
}

function removeLayers(map: MapLibre) {
  if (!map.style) return; // the map itself is gone
  for (const layer of [HANDLES, "draft-line", "draft-fill"]) map.removeLayer(layer);
  map.removeSource(SOURCE);
}

export interface Drawing {
  show: (drawn: Drawn) => void;
  end: () => void;
}

/**
 * Let a person draw on a map: clicks set corners, a click on the first one closes; corners are
 * dragged, a point between two becomes one, and a right click takes one away.
 */
export function startDrawing(
  map: MapLibre,
  onDrawn: (ring: Corner[], closed?: boolean) => void,
): Drawing {
  let drawn: Drawn = { ring: [], closed: false };
  addLayers(map);
  const source = map.getSource<GeoJSONSource>(SOURCE)!;
  map.doubleClickZoom.disable();
  const canvas = map.getCanvas();
  canvas.style.cursor = "crosshair";

  const handleAt = ({ point }: MapMouseEvent): { corner?: number } | undefined =>
    map.queryRenderedFeatures(point, { layers: [HANDLES] })[0]?.properties;

  function onClick(event: MapMouseEvent) {
    const handle = handleAt(event);
    const { ring, closed } = drawn;
    if (closed) return;
    if (handle?.corner === 0 && ring.length >= LEAST_CORNERS) onDrawn(ring, true);
    else if (!handle) onDrawn([...ring, [event.lngLat.lng, event.lngLat.lat]]);
  }

  function onContextMenu(event: MapMouseEvent) {
    const corner = handleAt(event)?.corner;
    if (corner === undefined || (drawn.closed && drawn.ring.length <= LEAST_CORNERS)) return;
    event.preventDefault();
    onDrawn(drawn.ring.filter((_, index) => index !== corner));
  }

  function onGrab(event: MapLayerMouseEvent | MapLayerTouchEvent) {
    if (
      "touches" in event.originalEvent
        ? event.originalEvent.touches.length > 1
        : event.originalEvent.button
    ) {
      return;
    }
    const handle = event.features![0]!.properties as { corner?: number; before?: number };
    event.preventDefault(); // the map stays where it is
    const index = handle.corner ?? handle.before!;
    const ring = [...drawn.ring];
    let moved = false;
    function onMove({ lngLat }: MapMouseEvent | MapTouchEvent) {
      const at: Corner = [lngLat.lng, lngLat.lat];
      ring.splice(index, handle.corner === undefined && !moved ? 0 : 1, at);
      moved = true;
      source.setData(featuresOf({ ring, closed: drawn.closed }));
    }
    const moves = event.type === "touchstart" ? "touchmove" : "mousemove";
    map.on(moves, onMove);
    map.once(event.type === "touchstart" ? "touchend" : "mouseup", () => {
      map.off(moves, onMove);
      if (moved) onDrawn(ring);
    });
  }

  map.on("click", onClick);
  map.on("contextmenu", onContextMenu);
  map.on("mousedown", HANDLES, onGrab);
  map.on("touchstart", HANDLES, onGrab);
  return {
    show: (now) => {
      drawn = now;
      void source.setData(featuresOf(now));
    },
    end: () => {
      map.off("click", onClick);
      map.off("contextmenu", onContextMenu);
      map.off("mousedown", HANDLES, onGrab);
      map.off("touchstart", HANDLES, onGrab);
      map.doubleClickZoom.enable();
      canvas.style.cursor = "";
      removeLayers(map);
    },
  };
}
