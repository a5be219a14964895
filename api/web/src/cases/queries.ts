import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";

import { client, take } from "../api/client";
import type { CaseState, UnitCards } from "../api/types";
import type { CaseFilters } from "./filters";

const REFRESH_MS = 60_000; // what is changed is told by the stream of events (src/live)
const ROWS_A_PAGE = 50;
const CARDS_A_PART = 25;
const TASKS = 100;
const RARELY_MS = 60_000;

/** What a list of cases is narrowed to, as the service asks for it. */
const narrowed = ({ states, lights, destination, className, grid, number }: CaseFilters) => ({
  state: states.length ? states : undefined,
  light: lights.length ? lights : undefined,
  destination,
  class: className,
  grid,
  number,
});

export const casesQuery = (filters: CaseFilters, cursor: string | undefined) =>
  queryOptions({
    queryKey: ["cases", "table", filters, cursor],
    queryFn: () =>
      take(
        client.GET("/v1/cases", {
          params: {
            query: { ...narrowed(filters), order: filters.order, limit: ROWS_A_PAGE, cursor },
          },
        }),
      ),
    placeholderData: keepPreviousData,
    refetchInterval: REFRESH_MS,
  });

export const columnQuery = (filters: CaseFilters, states: CaseState[], ended: boolean) =>
  infiniteQueryOptions({
    queryKey: ["cases", "board", filters, states],
    queryFn: ({ pageParam }) =>
      take(
        client.GET("/v1/cases", {
          params: {
            query: {
              ...narrowed(filters),
              state: states,
              order: ended ? "updated" : "due",
              limit: CARDS_A_PART,
              cursor: pageParam,
            },
          },
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
    refetchInterval: REFRESH_MS,
  });

export const countsQuery = (filters: CaseFilters) =>
  queryOptions({
    queryKey: ["cases", "counts", filters],
    queryFn: () => take(client.GET("/v1/cases/counts", { params: { query: narrowed(filters) } })),
    placeholderData: keepPreviousData,
    refetchInterval: REFRESH_MS,
  });

export const choicesQuery = queryOptions({
  queryKey: ["cases", "choices"],
  queryFn: () => take(client.GET("/v1/cases/choices")),
  staleTime: RARELY_MS,
  meta: { atMostEveryMs: RARELY_MS },
});

export const caseQuery = (id: string) =>
  queryOptions({
    queryKey: ["cases", "one", id],
    queryFn: () => take(client.GET("/v1/cases/{case_id}", { params: { path: { case_id: id } } })),
    refetchInterval: REFRESH_MS,
  });

/** Cases that somebody here must do something about, by what it is. */
export const TASK_QUERIES = {
  verification: { needs_person: true },
  late: { escalated: true },
  undelivered: { state: ["undeliverable"] },
  unrouted: { state: ["opened", "returned", "reopened"] },
} as const satisfies Record<
  string,
  { needs_person?: boolean; escalated?: boolean; state?: readonly CaseState[] }
>;

export type Task = keyof typeof TASK_QUERIES;

export const tasksQuery = (task: Task) => {
  const asked: { needs_person?: boolean; escalated?: boolean; state?: readonly CaseState[] } =
    TASK_QUERIES[task];
  return queryOptions({
    queryKey: ["cases", "tasks", task],
    queryFn: () =>
      take(
        client.GET("/v1/cases", {
          params: {
            query: { ...asked, state: asked.state && [...asked.state], order: "due", limit: TASKS },
          },
        }),
      ),
    refetchInterval: REFRESH_MS,
  });
};

export const unitCardsQuery = (month: string) =>
  queryOptions({
    queryKey: ["cases", "units", month],
    // The other format, CSV, was not asked for.
    queryFn: async () =>
      (await take(client.GET("/v1/units/cards", { params: { query: { month } } }))) as UnitCards,
    placeholderData: keepPreviousData,
    meta: { atMostEveryMs: RARELY_MS },
  });
