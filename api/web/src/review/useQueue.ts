import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import { findingQuery, queueQuery } from "../api/queries";
import type { Finding } from "../api/types";
import { loadPicture } from "../findings/pictures";
import { usePendingReviews } from "./useReview";

const PREFETCHED = 5;
const ignore = () => {}; // it is tried again, and told, when it is shown
const REFILL_BELOW = 8;

export type QueueState = "pending_review" | "deferred";

/**
 * The findings that wait, the most pressing first, less those whose verdict is on its way.
 *
 * The one on the screen stays there until it gets its verdict, whatever more pressing comes in.
 */
export function useQueue(state: QueueState) {
  const queryClient = useQueryClient();
  const { data, error, isPending, isFetching, refetch } = useQuery(queueQuery(state));
  const onTheirWay = usePendingReviews();
  const waiting = (data?.items ?? []).filter(({ id }) => !onTheirWay.includes(id));

  const [held, setHeld] = useState<Finding>();
  const current = waiting.find(({ id }) => id === held?.id) ?? waiting[0];
  if (current?.id !== held?.id) setHeld(current);
  const next = waiting.filter(({ id }) => id !== current?.id).slice(0, PREFETCHED);

  const nextIds = next.map(({ id }) => id).join();
  useEffect(() => {
    for (const finding of next) {
      if (finding.picture) void loadPicture(finding.picture.plain_url).catch(ignore);
      void queryClient.prefetchQuery(findingQuery(finding.id));
    }
    // `nextIds` stands for `next`, which is a new array each time.
  }, [nextIds, queryClient]);

  const refill = waiting.length < REFILL_BELOW && data?.next_cursor != null && !isFetching;
  useEffect(() => {
    if (refill) void refetch();
  }, [refill, refetch]);

  return { current, error: data ? null : error, isPending, refetch };
}
