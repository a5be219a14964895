import type { GeoJSONSource, Map as MapLibre } from "maplibre-gl";
import { useEffect, useRef } from "react";

import { collectionOf, type AnyFeature } from "./points";
import type { LayerName } from "./useMapState";

const SENT_WHOLE = 20_000; // changes; above that all features at once are the quicker message

/** Keep a source of the map at these features, by telling it only what differs. */
export function useDrawn(map: MapLibre | undefined, name: LayerName, features: AnyFeature[]) {
  const shown = useRef<{ map?: MapLibre; byId: ReadonlyMap<string, AnyFeature> }>({
    byId: new Map(),
  });
  useEffect(() => {
    if (!map) return;
    const before = shown.current.map === map ? shown.current.byId : new Map<string, AnyFeature>();
    const byId = new Map(features.map((feature) => [feature.properties.id, feature]));
    shown.current = { map, byId };
    const add = features.filter((feature) => before.get(feature.properties.id) !== feature);
    const remove = [...before.keys()].filter((id) => !byId.has(id));
    if (add.length + remove.length === 0) return;
    const source = map.getSource<GeoJSONSource>(name)!;
    if (before.size === 0 || add.length + remove.length > SENT_WHOLE) {
      void source.setData(collectionOf(features));
    } else {
      void source.updateData({ add, remove });
    }
  }, [map, name, features]);
}
