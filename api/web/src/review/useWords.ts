import { useMutation, useMutationState } from "@tanstack/react-query";

import { queryClient } from "../api/client";
import { ApiError } from "../api/errors";
import { findingQuery, summaryQuery } from "../api/queries";
import type { Finding, FindingState } from "../api/types";
import { QUEUE_STATES, reviewQueueQuery, type Queue, type QueueState } from "./queries";
import { useTell } from "./useTell";
import { takeBack, type Saved, type Word } from "./words";

const WORD_KEY = ["word"] as const;
const UNDO_KEY = ["undo"] as const;

/** A word that was given in this browser, and how it stands. */
export interface Given {
  word: Word;
  saved: Saved | undefined;
  failed: boolean;
  /** It was taken back, or is being so. */
  undone: boolean;
}

interface Undoing {
  word: Word;
  saved: Saved;
}

/** Why a word cannot be taken though the service is well: the finding is not ours to judge now. */
export function isElsewhere(error: unknown): error is ApiError {
  return (
    error instanceof ApiError &&
    ["transition-not-allowed", "finding-held", "second-review-not-found"].includes(error.code)
  );
}

async function changeQueues(change: (queue: Queue, state: QueueState) => Queue) {
  for (const state of QUEUE_STATES) {
    const { queryKey } = reviewQueueQuery(state, true, () => false);
    await queryClient.cancelQueries({ queryKey }); // an answer under way is older
    queryClient.setQueryData(queryKey, (queue) => queue && change(queue, state));
  }
}

/** Whatever else shows the findings is asked for again; the queue is not, it knows. */
function refreshOthers(findings: readonly Finding[]) {
  for (const { id } of findings) void queryClient.invalidateQueries(findingQuery(id));
  void queryClient.invalidateQueries(summaryQuery);
  void queryClient.invalidateQueries({ queryKey: ["cases"] });
  void queryClient.invalidateQueries({ queryKey: ["findings", "map"] });
}

/** Give words. The page goes on at once; what was not saved is told and comes back. */
export function useGive() {
  const tell = useTell();
  return useMutation({
    mutationKey: WORD_KEY,
    mutationFn: (word: Word) => word.send(),
    onSuccess: (_saved, { findings }) => refreshOthers(findings),
    onError: async (error, { findings }) => {
      if (isElsewhere(error)) {
        const lost = error.findingId ? [error.findingId] : findings.map(({ id }) => id);
        await changeQueues((queue) => ({
          ...queue,
          items: queue.items.filter(({ id }) => !lost.includes(id)),
        }));
      }
      // What was said of several is told where it was said.
      if (findings.length === 1) tell.notSaved(error, findings[0]!);
      refreshOthers(findings);
    },
  });
}

/** Take a word back as long as nothing of it was sent; its findings wait first in the queue. */
export function useTakeBack(): (undoing: Undoing) => void {
  const tell = useTell();
  const { mutate } = useMutation({
    mutationKey: UNDO_KEY,
    mutationFn: ({ saved }: Undoing) => takeBack(saved),
    onSuccess: async (_nothing, { word }) => {
      await changeQueues((queue, state) => ({
        ...queue,
        items: [
          ...word.findings
            .filter((finding) => finding.state === state)
            .map((finding) => ({ ...finding, second_review: null })),
          ...queue.items.filter(({ id }) => !word.findings.some((finding) => finding.id === id)),
        ],
      }));
      refreshOthers(word.findings);
    },
    onError: (error, { word }) => {
      tell.notUndone(error, word.findings[0]!);
      refreshOthers(word.findings);
    },
  });
  return mutate;
}

/** The words of the last minutes, the newest last. */
export function useGiven(): Given[] {
  const undone = useMutationState({
    filters: { mutationKey: UNDO_KEY, predicate: ({ state }) => state.status !== "error" },
    select: ({ state }) => (state.variables as Undoing).word.key,
  });
  return useMutationState({
    filters: { mutationKey: WORD_KEY },
    select: ({ state }) => ({
      word: state.variables as Word,
      saved: state.data as Saved | undefined,
      failed: state.status === "error",
    }),
  }).map((given) => ({ ...given, undone: undone.includes(given.word.key) }));
}

/** The findings on which a word was given, by the state in which they were. */
export function decidedIn(given: readonly Given[], state: FindingState): ReadonlySet<string> {
  const decided = new Set<string>();
  for (const { word, failed, undone } of given) {
    for (const finding of word.findings) {
      if (failed || undone || finding.state !== state) decided.delete(finding.id);
      else decided.add(finding.id);
    }
  }
  return decided;
}
