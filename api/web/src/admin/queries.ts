import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { client, take } from "../api/client";
import type { AuditRecord, LetterState } from "./types";

const PAGE = 50;
const WHOLE_PAGE = 200;

interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

/** A list that is read page by page; `key` names it, so that a change can have it read again. */
export function paged<T>(
  key: readonly unknown[],
  ask: (query: { limit: number; cursor?: string }) => Promise<Page<T>>,
) {
  return infiniteQueryOptions({
    queryKey: ["admin", ...key],
    queryFn: ({ pageParam }) => ask({ limit: PAGE, cursor: pageParam }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page: Page<T>) => page.next_cursor ?? undefined,
  });
}

/** Every item of a list, for what people choose from. */
async function whole<T>(
  ask: (query: { limit: number; cursor?: string }) => Promise<Page<T>>,
): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | undefined;
  do {
    const page = await ask({ limit: WHOLE_PAGE, cursor });
    items.push(...page.items);
    cursor = page.next_cursor ?? undefined;
  } while (cursor);
  return items;
}

export const usersQuery = paged(["users"], (query) =>
  take(client.GET("/v1/users", { params: { query } })),
);

export const tokensQuery = paged(["tokens"], (query) =>
  take(client.GET("/v1/tokens", { params: { query } })),
);

export const gatewaysQuery = paged(["gateways"], (query) =>
  take(client.GET("/v1/gateways", { params: { query } })),
);

export const devicesQuery = paged(["devices"], (query) =>
  take(client.GET("/v1/devices", { params: { query } })),
);

export const rolesQuery = queryOptions({
  queryKey: ["admin", "roles"],
  queryFn: () => take(client.GET("/v1/roles")),
  staleTime: Infinity,
});

export const everyCameraQuery = queryOptions({
  queryKey: ["admin", "cameras"],
  queryFn: () => whole((query) => take(client.GET("/v1/cameras", { params: { query } }))),
});

export const everyGatewayQuery = queryOptions({
  queryKey: ["admin", "gateways", "all"],
  queryFn: () => whole((query) => take(client.GET("/v1/gateways", { params: { query } }))),
});

const DAY_MS = 86_400_000;

/** The moments between which the days of an address lie; days are those of the browser. */
export function span(params: URLSearchParams) {
  const from = params.get("from");
  const to = params.get("to");
  return {
    since: from ? new Date(`${from}T00:00:00`).toISOString() : undefined,
    until: to ? new Date(new Date(`${to}T00:00:00`).getTime() + DAY_MS).toISOString() : undefined,
  };
}

/** What the address says of a search in the audit record. */
export function auditFilters(params: URLSearchParams) {
  return {
    actor: params.get("actor") ?? undefined,
    action: params.has("action") ? params.getAll("action") : undefined,
    object_type: params.get("object_type") ?? undefined,
    object_id: params.get("object_id") ?? undefined,
    ...span(params),
  };
}

export const auditQuery = (filters: ReturnType<typeof auditFilters>) =>
  paged(["audit", filters], (query) =>
    take(
      client.GET("/v1/audit", { params: { query: { ...filters, ...query } } }) as Promise<{
        data?: Page<AuditRecord>; // and no CSV, which is not asked for
        response: Response;
      }>,
    ),
  );

export const auditWordsQuery = queryOptions({
  queryKey: ["admin", "audit-words"],
  queryFn: () => take(client.GET("/v1/audit/words")),
});

export const connectorsQuery = queryOptions({
  queryKey: ["admin", "connectors"],
  queryFn: async () => (await take(client.GET("/v1/connectors"))).items,
  staleTime: Infinity,
});

export const destinationsQuery = paged(["destinations"], (query) =>
  take(client.GET("/v1/destinations", { params: { query } })),
);

export const everyDestinationQuery = queryOptions({
  queryKey: ["admin", "destinations", "all"],
  queryFn: () => whole((query) => take(client.GET("/v1/destinations", { params: { query } }))),
});

export const policiesQuery = paged(["policies"], (query) =>
  take(client.GET("/v1/policies", { params: { query } })),
);

export interface LetterFilters {
  state?: LetterState[];
  destination?: string;
  since?: string;
  until?: string;
}

export const lettersQuery = (filters: LetterFilters) =>
  paged(["letters", filters], (query) =>
    take(client.GET("/v1/outbox", { params: { query: { ...filters, ...query } } })),
  );

export const letterQuery = (id: string) =>
  queryOptions({
    queryKey: ["admin", "letters", "one", id],
    queryFn: () =>
      take(client.GET("/v1/outbox/{message_id}", { params: { path: { message_id: id } } })),
  });

export const reconciliationQuery = (day: string | undefined, ask: boolean) =>
  queryOptions({
    queryKey: ["admin", "reconciliation", day, ask],
    queryFn: () => take(client.GET("/v1/reconciliation", { params: { query: { day, ask } } })),
    retry: false,
  });

export const reportsQuery = paged(["reports"], (query) =>
  take(client.GET("/v1/reports/daily", { params: { query } })),
);

export const thresholdsQuery = paged(["thresholds"], (query) =>
  take(client.GET("/v1/thresholds", { params: { query } })),
);

export const thresholdsTextQuery = (version: string) =>
  queryOptions({
    queryKey: ["admin", "thresholds", "one", version],
    queryFn: () => take(client.GET("/v1/thresholds/{version}", { params: { path: { version } } })),
  });

export const gridsQuery = paged(["grids"], (query) =>
  take(client.GET("/v1/grids", { params: { query } })),
);

export const registersQuery = paged(["registers"], (query) =>
  take(client.GET("/v1/registers", { params: { query } })),
);

export const registerVersionsQuery = (id: string) =>
  paged(["registers", id], (query) =>
    take(
      client.GET("/v1/registers/{register_id}/versions", {
        params: { path: { register_id: id }, query },
      }),
    ),
  );

export const verificationRulesQuery = queryOptions({
  queryKey: ["admin", "verification-rules"],
  queryFn: async () => (await take(client.GET("/v1/verification-rules"))).items,
});

export const modelVersionsQuery = queryOptions({
  queryKey: ["admin", "model-versions"],
  queryFn: async () => (await take(client.GET("/v1/models/versions"))).items,
});

export const modelCardQuery = (name: string, version: string) =>
  queryOptions({
    queryKey: ["admin", "model-card", name, version],
    queryFn: () =>
      take(
        client.GET("/v1/models/{name}/versions/{version}/card", {
          params: { path: { name, version } },
        }),
      ),
  });

export const retentionQuery = queryOptions({
  queryKey: ["admin", "retention"],
  queryFn: async () => (await take(client.GET("/v1/retention"))).items,
});
