import { queryOptions } from "@tanstack/react-query";

import { client, SESSION_KEY, take } from "./client";
import { ApiError } from "./errors";

// What is changed is told by the stream of events (src/live); this is what stands in where none is.
const FALLBACK_REFRESH_MS = 60_000;
const MODELS_FRESH_MS = 600_000;
const MAP_REFRESH_MS = 30_000;

export const sessionQuery = queryOptions({
  queryKey: SESSION_KEY,
  queryFn: async () => {
    try {
      return await take(client.GET("/v1/session"));
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) return null;
      throw error;
    }
  },
  staleTime: 60_000,
});

export const summaryQuery = queryOptions({
  queryKey: ["summary"],
  queryFn: () => take(client.GET("/v1/summary")),
  refetchInterval: FALLBACK_REFRESH_MS,
});

export const modelsQuery = queryOptions({
  queryKey: ["models"],
  queryFn: () => take(client.GET("/v1/models")),
  staleTime: MODELS_FRESH_MS,
});

/** What the checkpoints' rules are called; none where no rules are in force. */
export const rulesQuery = queryOptions({
  queryKey: ["rules"],
  queryFn: async () => {
    try {
      return (await take(client.GET("/v1/rules"))).rules;
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return [];
      throw error;
    }
  },
  staleTime: MODELS_FRESH_MS,
});

export const findingQuery = (id: string) =>
  queryOptions({
    queryKey: ["findings", "one", id],
    queryFn: () =>
      take(client.GET("/v1/findings/{finding_id}", { params: { path: { finding_id: id } } })),
    staleTime: 30_000,
  });

export const findingsMapQuery = queryOptions({
  queryKey: ["findings", "map"],
  queryFn: () => take(client.GET("/v1/findings.geojson")),
  meta: { atMostEveryMs: MAP_REFRESH_MS },
  refetchInterval: FALLBACK_REFRESH_MS,
});
