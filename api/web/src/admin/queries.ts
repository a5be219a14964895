import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { client, take } from "../api/client";
import type { AuditRecord } from "./types";

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

/** What the address says of a search in the audit record; days are those of the browser. */
export function auditFilters(params: URLSearchParams) {
  const from = params.get("from");
  const to = params.get("to");
  return {
    actor: params.get("actor") ?? undefined,
    action: params.has("action") ? params.getAll("action") : undefined,
    object_type: params.get("object_type") ?? undefined,
    object_id: params.get("object_id") ?? undefined,
    since: from ? new Date(`${from}T00:00:00`).toISOString() : undefined,
    until: to ? new Date(new Date(`${to}T00:00:00`).getTime() + DAY_MS).toISOString() : undefined,
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
