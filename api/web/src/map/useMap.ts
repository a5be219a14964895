import { useComputedColorScheme } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { Map as MapLibre, MapOptions } from "maplibre-gl";
import { useEffect, useRef, useState, type RefObject } from "react";
import { useTranslation } from "react-i18next";

import { openMap } from "./base";
import { groundQuery } from "./baseMap";
import { NEUTRAL, styleOf, type Ground, type Scheme } from "./ground";

type Options = Omit<MapOptions, "style" | "container"> & { labels?: boolean };

interface OpenedMap {
  container: RefObject<HTMLDivElement | null>;
  /** The map once it has loaded; another one after the theme has changed. */
  map: MapLibre | undefined;
  scheme: Scheme;
  ground: Ground;
  /** Why the city's base map is not shown, where there is one. */
  groundError: Error | null;
}

/** Keep one map in an element; it starts where `options` say when it is first shown. */
export function useMap(options: Options): OpenedMap {
  const scheme = useComputedColorScheme("light");
  const { language } = useTranslation().i18n;
  const { data, error } = useQuery(groundQuery);
  const ground = data ?? (error ? NEUTRAL : undefined);
  const container = useRef<HTMLDivElement>(null);
  const [map, setMap] = useState<MapLibre>();
  const view = useRef(options);
  useEffect(() => {
    if (!ground) return;
    const opened = openMap(scheme, styleOf(ground, scheme, language), {
      ...view.current,
      container: container.current!,
    });
    opened.on("load", () => setMap(opened));
    return () => {
      view.current = {
        ...view.current,
        bounds: undefined,
        center: opened.getCenter(),
        zoom: opened.getZoom(),
      };
      setMap(undefined);
      opened.remove();
    };
  }, [ground, scheme, language]);
  return { container, map, scheme, ground: ground ?? NEUTRAL, groundError: error };
}
