import { queryOptions } from "@tanstack/react-query";

import { client, queryClient, take } from "../api/client";
import type { FindingCollection } from "../api/types";
import type { AreaCollection } from "./areas/areas";

const FALL_BACK_MS = 60_000; // what is live comes sooner
const SLOW_MS = 300_000;
const WHOLE_AGAIN_MS = 600_000; // what was removed is not told as a change

/** All findings with a place, and when they were asked for as a whole. */
interface Known extends FindingCollection {
  wholeAt: number;
}

const FINDINGS_KEY = ["findings", "map"] as const;

/** What is known, with what has changed; every unchanged finding stays the same object. */
function merged(known: Known, changed: FindingCollection): Known {
  if (changed.features.length === 0) return known;
  const fresh = new Map(changed.features.map((feature) => [feature.id, feature]));
  const features = known.features.map((old) => {
    const now = fresh.get(old.id);
    fresh.delete(old.id);
    return now && JSON.stringify(now) !== JSON.stringify(old) ? now : old;
  });
  return { ...known, features: [...fresh.values(), ...features], as_of: changed.as_of };
}

/** The first answer has every finding; each later one only what has changed. */
export const findingsQuery = queryOptions({
  queryKey: FINDINGS_KEY,
  queryFn: async () => {
    const known = queryClient.getQueryData<Known>(FINDINGS_KEY);
    const since = known && Date.now() - known.wholeAt < WHOLE_AGAIN_MS ? known.as_of : null;
    const answer = await take(
      client.GET("/v1/findings.geojson", {
        params: { query: since ? { changed_since: since } : {} },
      }),
    );
    return known && since ? merged(known, answer) : { ...answer, wholeAt: Date.now() };
  },
  refetchInterval: FALL_BACK_MS,
  structuralSharing: false,
});

export const casesQuery = queryOptions({
  queryKey: ["cases", "map"],
  queryFn: () => take(client.GET("/v1/cases.geojson")),
  refetchInterval: FALL_BACK_MS,
});

export const camerasQuery = queryOptions({
  queryKey: ["cameras", "map"],
  queryFn: () => take(client.GET("/v1/cameras.geojson")),
  refetchInterval: FALL_BACK_MS,
});

const DAY_MS = 86_400_000;

const daysAgo = (days: number) => new Date(Date.now() - days * DAY_MS).toISOString();

export const coverageQuery = (days: number) =>
  queryOptions({
    queryKey: ["coverage", "map", days],
    queryFn: () =>
      take(client.GET("/v1/coverage.geojson", { params: { query: { since: daysAgo(days) } } })),
    refetchInterval: SLOW_MS,
    staleTime: FALL_BACK_MS,
  });

export const passesQuery = (days: number) =>
  queryOptions({
    queryKey: ["coverage", "passes", days],
    queryFn: () =>
      take(client.GET("/v1/passes.geojson", { params: { query: { since: daysAgo(days) } } })),
    refetchInterval: SLOW_MS,
    staleTime: FALL_BACK_MS,
  });

export const areasQuery = queryOptions({
  queryKey: ["areas", "map"],
  queryFn: async () => (await take(client.GET("/v1/grids.geojson"))) as unknown as AreaCollection,
  staleTime: FALL_BACK_MS,
});

/** Put areas in force in place of all before; with `check` only say what would change. */
export const importAreas = (areas: AreaCollection, check: boolean) =>
  take(
    client.PUT("/v1/grids", {
      params: { query: { check } },
      body: areas as unknown as Record<string, never>,
      headers: { "Content-Type": "application/geo+json" },
    }),
  );
