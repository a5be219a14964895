import { useMemo } from "react";

import { useAddress } from "../shared/useAddress";
import type { Camera } from "./types";

export const HEALTH_FILTERS = ["all", "troubled", "well", "new", "disabled"] as const;
export type HealthFilter = (typeof HEALTH_FILTERS)[number];

const RESTING = ["well", "new", "disabled"] as const;

/** What a camera counts as among the filters: every trouble counts as one. */
export function healthGroup({ health }: Camera): HealthFilter {
  return RESTING.find((state) => state === health.state) ?? "troubled";
}

/** Filters of the list; they stand in the address, so that it can be passed on. */
export function useFilters() {
  const { params, change, clear } = useAddress();
  const health = HEALTH_FILTERS.find((one) => one === params.get("health")) ?? "all";
  const filters = {
    text: params.get("q") ?? "",
    kind: params.get("kind"),
    inspection: params.get("inspection"),
    health,
  };
  return {
    filters,
    isFiltered: params.size > 0,
    set: (name: "q" | "kind" | "inspection" | "health", value: string | null) =>
      change({ [name]: value === "all" ? null : value }),
    clear,
  };
}

type Filters = ReturnType<typeof useFilters>["filters"];

/** The cameras that the filters leave, those in trouble first, then by name. */
export function useFiltered(cameras: Camera[], filters: Filters) {
  const { text, kind, inspection, health } = filters;
  return useMemo(() => {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    const matching = cameras.filter((camera) => {
      const name = `${camera.name} ${camera.gateway_name}`.toLowerCase();
      return (
        words.every((word) => name.includes(word)) &&
        (!kind || camera.kind === kind) &&
        (!inspection || camera.inspections.includes(inspection))
      );
    });
    const urgency = (camera: Camera) => HEALTH_FILTERS.indexOf(healthGroup(camera));
    return {
      counts: Object.fromEntries(
        HEALTH_FILTERS.map((one) => [
          one,
          matching.filter((camera) => one === "all" || healthGroup(camera) === one).length,
        ]),
      ) as Record<HealthFilter, number>,
      shown: matching
        .filter((camera) => health === "all" || healthGroup(camera) === health)
        .sort((a, b) => urgency(a) - urgency(b) || a.name.localeCompare(b.name)),
    };
  }, [cameras, text, kind, inspection, health]);
}
