import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";

import { client } from "../api/client";
import { findingQuery } from "../api/queries";
import { loadPicture } from "../findings/pictures";
import { usePermission } from "../session/useSession";
import { reviewQueueQuery, type QueueState, type Waiting } from "./queries";
import { useTell } from "./useTell";
import { decidedIn, useGiven } from "./useWords";

const REFILL_AFTER = 2; // judged since the service was last asked
const ignore = () => {}; // a picture is tried again, and told, when it is shown

/**
 * The findings that this person holds, the most pressing first, less those that were judged.
 *
 * The one on the screen stays there until it is judged, as long as it is ours. All are given back
 * when the page is left.
 */
export function useQueue(state: QueueState) {
  const given = useGiven();
  const decided = decidedIn(given, state);
  const latest = useRef(decided);
  useEffect(() => {
    latest.current = decided;
  });
  const mayReview = usePermission("findings:review");
  const query = useQuery(reviewQueueQuery(state, mayReview, (id) => latest.current.has(id)));
  const { data, error, isFetching, refetch } = query;
  const held = data?.items ?? [];
  const waiting = held.filter(({ id }) => !decided.has(id));
  const judged = held.length - waiting.length;

  useGivenBack(state, mayReview);
  useTakenOver(state, waiting, decided);
  usePrefetched(waiting.slice(1));

  const saving = given.some(({ saved, failed }) => !saved && !failed);
  const more = (data?.remaining ?? 0) > held.length;
  const refill =
    !isFetching &&
    !error &&
    (waiting.length > 0 ? judged >= REFILL_AFTER && more : judged > 0 && !saving);
  useEffect(() => {
    if (refill) void refetch();
  }, [refill, refetch]);

  return {
    current: waiting[0],
    error: data ? null : error,
    isPending: query.isPending || (waiting.length === 0 && (isFetching || refill || saving)),
    remaining: data && Math.max(data.remaining - judged, waiting.length),
    refetch,
  };
}

/** Let others have what this person holds once the page, or this queue, is left. */
function useGivenBack(state: QueueState, mayReview: boolean) {
  const queryClient = useQueryClient();
  useEffect(() => {
    if (!mayReview) return;
    const giveBack = () =>
      void client.DELETE("/v1/review-queue", { keepalive: true }).catch(ignore);
    window.addEventListener("pagehide", giveBack);
    return () => {
      window.removeEventListener("pagehide", giveBack);
      const { queryKey } = reviewQueueQuery(state, mayReview, () => false);
      void queryClient.cancelQueries({ queryKey });
      queryClient.removeQueries({ queryKey });
      giveBack();
    };
  }, [state, mayReview, queryClient]);
}

/** Tell when the finding on the screen went to somebody else: it was left for too long. */
function useTakenOver(
  state: QueueState,
  waiting: readonly Waiting[],
  decided: ReadonlySet<string>,
) {
  const tell = useTell();
  const shown = useRef<{ state: QueueState; finding: Waiting | undefined }>(undefined);
  const [current] = waiting;
  useEffect(() => {
    const before = shown.current;
    shown.current = { state, finding: current };
    if (before?.state !== state || !before.finding) return;
    const { id } = before.finding;
    const ours = decided.has(id) || waiting.some((finding) => finding.id === id);
    if (!ours) tell.takenOver(before.finding);
    // What is on the screen has changed; all else is as it is then.
  }, [state, current?.id]);
}

/** Have pictures and details of the next findings before they are shown. */
function usePrefetched(next: readonly Waiting[]) {
  const queryClient = useQueryClient();
  const ids = next.map(({ id }) => id).join();
  useEffect(() => {
    for (const { id, picture } of next) {
      if (picture) void loadPicture(picture.plain_url).catch(ignore);
      void queryClient.prefetchQuery(findingQuery(id));
    }
    // `ids` stands for `next`, which is a new array each time.
  }, [ids, queryClient]);
}
