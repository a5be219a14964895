import { queryOptions } from "@tanstack/react-query";

import { client, queryClient, take } from "../api/client";
import type { Finding, QueueItem } from "../api/types";

/** The one on the screen, and those whose pictures are fetched beforehand. */
const HELD = 6;
const ALIKE = 24; // as many as can be looked at together
const RENEW_MS = 40_000; // a third of the time for which findings are held

export const QUEUE_STATES = ["pending_review", "deferred"] as const;
export type QueueState = (typeof QUEUE_STATES)[number];

/** A finding that this person holds; for how long is told to the service, and by it. */
export type Waiting = Omit<QueueItem, "lease_expires_at">;

export interface Queue {
  items: Waiting[];
  remaining: number;
}

/**
 * The findings that this person holds, nobody else; asking again renews that and fills up.
 *
 * Who may only look holds nothing, and sees what comes first.
 */
export const reviewQueueQuery = (
  state: QueueState,
  mayReview: boolean,
  isDecided: (findingId: string) => boolean,
) =>
  queryOptions({
    queryKey: ["findings", "queue", state],
    queryFn: ({ queryKey }): Promise<Queue> => {
      if (!mayReview) return first(state);
      const held = queryClient.getQueryData<Queue>(queryKey)?.items ?? [];
      const holding = held.map(({ id }) => id).filter((id) => !isDecided(id));
      return take(client.POST("/v1/review-queue", { body: { state, count: HELD, holding } }));
    },
    refetchInterval: RENEW_MS,
  });

async function first(state: QueueState): Promise<Queue> {
  const [page, summary] = await Promise.all([
    take(
      client.GET("/v1/findings", {
        params: { query: { state: [state], order: "priority", limit: HELD } },
      }),
    ),
    take(client.GET("/v1/summary")),
  ]);
  return {
    items: page.items.map((finding) => ({ ...finding, second_review: null })),
    remaining: summary.findings[state] ?? 0,
  };
}

/** Findings that can be confirmed together: of one camera and one class. */
export const alikeQuery = ({ id, camera, ...finding }: Finding) =>
  queryOptions({
    queryKey: ["findings", "alike", id],
    queryFn: () =>
      take(
        client.GET("/v1/findings", {
          params: {
            query: {
              state: [finding.state],
              inspection: finding.inspection,
              camera: camera.id,
              class: finding.class,
              limit: ALIKE,
            },
          },
        }),
      ),
  });
