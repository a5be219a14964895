import { useMemo } from "react";

import { addressNow, useAddress } from "../shared/useAddress";

export const LAYERS = ["findings", "cases", "cameras", "coverage", "passes", "areas"] as const;
export type LayerName = (typeof LAYERS)[number];

/** One thing that was chosen on the map or beside it. */
export interface Chosen {
  layer: LayerName;
  id: string;
}

/** What a chosen thing of a layer is called in the address. */
const PARAMETERS: Record<LayerName, string> = {
  findings: "finding",
  cases: "case",
  cameras: "camera",
  coverage: "cell",
  passes: "pass",
  areas: "area",
};

/** From so many days ago to so many days ago; null: from the beginning. */
export interface Seen {
  from: number | null;
  to: number;
}

export interface View {
  center: [number, number];
  zoom: number;
}

export const PERIODS_DAYS = [1, 7, 30] as const;
const DEFAULT_PERIOD = 7;
const DEFAULT_LAYERS: readonly LayerName[] = ["findings", "cases"];

const listOf = (text: string) => text.split(",").filter(Boolean);

function seenOf(text: string | null): Seen {
  const [from, to] = (text ?? "").split("-").map(Number);
  return from ? { from, to: Math.min(to || 0, from) } : { from: null, to: to || 0 };
}

function viewOf(text: string | null): View | null {
  const [latitude, longitude, zoom] = (text ?? "").split(",").map(Number);
  if (!Number.isFinite(zoom) || Math.abs(latitude!) > 85 || Math.abs(longitude!) > 180) return null;
  return { center: [longitude!, latitude!], zoom: zoom! };
}

function layersOf(search: URLSearchParams): ReadonlySet<LayerName> {
  const shown = search.get("layers");
  return new Set(
    shown === null ? DEFAULT_LAYERS : LAYERS.filter((name) => listOf(shown).includes(name)),
  );
}

const offOf = (search: URLSearchParams): ReadonlySet<string> =>
  new Set(listOf(search.get("off") ?? ""));

const toggled = <T>(set: ReadonlySet<T>, item: T) =>
  set.has(item) ? [...set].filter((each) => each !== item) : [...set, item];

/** What the map shows, kept in the address: a link shows another person the same. */
export function useMapState() {
  const { params: search, change } = useAddress();
  return useMemo(() => {
    const layer = LAYERS.find((name) => search.has(PARAMETERS[name]));
    const days = Number(search.get("days"));

    return {
      layers: layersOf(search),
      off: offOf(search),
      chosen: layer ? { layer, id: search.get(PARAMETERS[layer])! } : null,
      seen: seenOf(search.get("seen")),
      period: PERIODS_DAYS.find((each) => each === days) ?? DEFAULT_PERIOD,
      view: viewOf(search.get("at")),
      toggleLayer: (name: LayerName) =>
        change({ layers: toggled(layersOf(addressNow()), name).join(",") || "none" }),
      /** A legend's entry, such as `findings.rejected`. */
      toggleEntry: (entry: string) =>
        change({ off: toggled(offOf(addressNow()), entry).join(",") }),
      choose: (chosen: Chosen | null) =>
        change({
          ...Object.fromEntries(Object.values(PARAMETERS).map((name) => [name, null])),
          ...(chosen ? { [PARAMETERS[chosen.layer]]: chosen.id } : {}),
        }),
      setSeen: ({ from, to }: Seen) =>
        change({ seen: from === null && to === 0 ? null : `${from ?? ""}-${to}` }),
      setPeriod: (wanted: number) =>
        change({ days: wanted === DEFAULT_PERIOD ? null : String(wanted) }),
      setView: ({ center: [longitude, latitude], zoom }: View) =>
        change({ at: `${latitude.toFixed(5)},${longitude.toFixed(5)},${zoom.toFixed(1)}` }),
    };
  }, [search, change]);
}

export type MapState = ReturnType<typeof useMapState>;
