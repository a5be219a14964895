import { useComputedColorScheme } from "@mantine/core";
import type { Map as MapLibre, MapOptions } from "maplibre-gl";
import { useEffect, useRef, useState, type RefObject } from "react";

import { openMap, type Scheme } from "./base";

type Options = Omit<MapOptions, "style" | "container"> & { labels?: boolean };

interface OpenedMap {
  container: RefObject<HTMLDivElement | null>;
  /** The map once it has loaded; another one after the theme has changed. */
  map: MapLibre | undefined;
  scheme: Scheme;
}

/** Keep one map in an element; it starts where `options` say when it is first shown. */
export function useMap(options: Options): OpenedMap {
  const scheme = useComputedColorScheme("light");
  const container = useRef<HTMLDivElement>(null);
  const [map, setMap] = useState<MapLibre>();
  const view = useRef(options);
  useEffect(() => {
    const opened = openMap(scheme, { ...view.current, container: container.current! });
    opened.on("load", () => setMap(opened));
    return () => {
      view.current = { ...view.current, center: opened.getCenter(), zoom: opened.getZoom() };
      setMap(undefined);
      opened.remove();
    };
  }, [scheme]);
  return { container, map, scheme };
}
