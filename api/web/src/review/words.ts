import { client, take } from "../api/client";
import type { Finding, ReviewRequest, ReviewResult, Verdict } from "../api/types";
import type { Waiting } from "./queries";

/** What came of a word that was saved. */
export interface Saved {
  reviewIds: string[];
  /** Until when it can be undone, on this computer's clock; in milliseconds. */
  undoUntil: number | undefined;
}

/** What a person said of findings: of one, or of several that are confirmed together. */
export interface Word {
  /** The same for every try, so that the service takes the word once only. */
  key: string;
  findings: readonly Finding[];
  verdict: Verdict;
  send: () => Promise<Saved>;
}

function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (word) => word.toString(16)).join(
    "-",
  );
}

/** Clocks differ: what counts is how long the service gives. */
function savedAs(results: readonly ReviewResult[]): Saved {
  const given = results.flatMap(({ review, undo_until }) =>
    undo_until ? [Date.parse(undo_until) - Date.parse(review.created_at)] : [],
  );
  return {
    reviewIds: results.map(({ review }) => review.id),
    undoUntil: given.length ? Date.now() + Math.min(...given) : undefined,
  };
}

export function reviewOf(finding: Finding, request: ReviewRequest): Word {
  const key = newKey();
  return {
    key,
    findings: [finding],
    verdict: request.verdict,
    send: async () =>
      savedAs([
        await take(
          client.POST("/v1/findings/{finding_id}/review", {
            params: { path: { finding_id: finding.id }, header: { "idempotency-key": key } },
            body: request,
          }),
        ),
      ]),
  };
}

/** A blind second word, which moves nothing and is not undone. */
export function secondWordOn(item: Waiting, { verdict, reason }: ReviewRequest): Word {
  return {
    key: newKey(),
    findings: [item],
    verdict,
    send: async () => {
      await take(
        client.POST("/v1/second-reviews/{second_review_id}", {
          params: { path: { second_review_id: item.second_review!.id } },
          body: { verdict: verdict as "confirm" | "reject" | "defer", reason },
        }),
      );
      return { reviewIds: [], undoUntil: undefined };
    },
  };
}

export function confirmationOf(findings: readonly Finding[]): Word {
  const key = newKey();
  return {
    key,
    findings,
    verdict: "confirm",
    send: async () => {
      const { items } = await take(
        client.POST("/v1/findings/reviews", {
          params: { header: { "idempotency-key": key } },
          body: { finding_ids: findings.map(({ id }) => id), verdict: "confirm" },
        }),
      );
      return savedAs(items);
    },
  };
}

/** Undo what was said; the findings wait again, and are held. */
export async function takeBack(saved: Saved): Promise<void> {
  for (const id of saved.reviewIds) {
    await take(
      client.POST("/v1/reviews/{review_id}/undo", { params: { path: { review_id: id } } }),
    );
  }
}
