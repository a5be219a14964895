import { keepPreviousData, queryOptions } from "@tanstack/react-query";

import { client, take } from "../api/client";
import type { Matters } from "../api/types";

const FRESH_MS = 60_000;

export interface MatterFilters {
  weeks: number;
  least_weeks: number;
  by: "cell" | "area";
  inspection?: string;
}

export const mattersQuery = (filters: MatterFilters) =>
  queryOptions({
    queryKey: ["findings", "matters", filters],
    // The other formats are not asked for.
    queryFn: async () =>
      (await take(client.GET("/v1/matters", { params: { query: filters } }))) as Matters,
    placeholderData: keepPreviousData,
    staleTime: FRESH_MS,
    meta: { atMostEveryMs: FRESH_MS },
  });

/** Where the same is downloaded in another format. */
export function mattersFile(filters: MatterFilters, format: "csv" | "geojson"): string {
  const query = Object.entries({ ...filters, format }).filter(([, value]) => value !== undefined);
  return `/v1/matters?${new URLSearchParams(query.map(([name, value]) => [name, String(value)]))}`;
}
