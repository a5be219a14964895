import { useClassName } from "../findings/useClassName";
import { Anchor, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useMutationState } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";

import { client, queryClient, take } from "../api/client";
import { ApiError } from "../api/errors";
import { findingQuery, queueQuery, summaryQuery } from "../api/queries";
import type { Finding, FindingState, ReviewRequest } from "../api/types";
import { useProblemText } from "../shared/States";

const REVIEW_KEY = ["review"] as const;

interface GivenReview {
  finding: Finding;
  request: ReviewRequest;
  /** The same for every try, so that the service takes the word once only. */
  idempotencyKey: string;
}

function newIdempotencyKey(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (word) => word.toString(16)).join(
    "-",
  );
}

/** Whether someone else was quicker: the finding stands elsewhere now. */
function wasReviewed(error: unknown): boolean {
  return error instanceof ApiError && error.code === "transition-not-allowed";
}

/** Take a finding out of the queues that are cached; answers under way may still hold it. */
async function dropFromQueues(finding: Finding) {
  for (const state of ["pending_review", "deferred"] satisfies FindingState[]) {
    const { queryKey } = queueQuery(state);
    await queryClient.cancelQueries({ queryKey });
    queryClient.setQueryData(queryKey, (page) =>
      page ? { ...page, items: page.items.filter(({ id }) => id !== finding.id) } : page,
    );
  }
}

/** Whatever else shows the finding is asked for again. */
function refreshOthers(finding: Finding) {
  void queryClient.invalidateQueries({ queryKey: findingQuery(finding.id).queryKey });
  void queryClient.invalidateQueries({ queryKey: summaryQuery.queryKey });
  void queryClient.invalidateQueries({ queryKey: ["cases"] });
  void queryClient.invalidateQueries({ queryKey: ["findings", "map"] });
}

/** Give a verdict. The page goes on at once; what was not saved is told and comes back. */
export function useReview() {
  const tellFailure = useTellFailure();
  const mutation = useMutation({
    mutationKey: REVIEW_KEY,
    mutationFn: ({ finding, request, idempotencyKey }: GivenReview) =>
      take(
        client.POST("/v1/findings/{finding_id}/review", {
          params: { path: { finding_id: finding.id } },
          headers: { "Idempotency-Key": idempotencyKey },
          body: request,
        }),
      ),
    onSuccess: async (_result, { finding }) => {
      await dropFromQueues(finding);
      refreshOthers(finding);
    },
    onError: async (error, { finding }) => {
      if (wasReviewed(error)) await dropFromQueues(finding);
      tellFailure(error, finding);
      refreshOthers(finding);
    },
  });
  return (finding: Finding, request: ReviewRequest) =>
    mutation.mutate({ finding, request, idempotencyKey: newIdempotencyKey() });
}

/** The ids of findings whose verdicts are on their way. */
export function usePendingReviews(): string[] {
  return useMutationState({
    filters: { mutationKey: REVIEW_KEY, status: "pending" },
    select: (mutation) => (mutation.state.variables as GivenReview).finding.id,
  });
}

function useTellFailure() {
  const { t } = useTranslation();
  const className = useClassName();
  const problemText = useProblemText();
  const navigate = useNavigate();
  return (error: unknown, finding: Finding) => {
    const conflict = wasReviewed(error);
    const name = className(finding.class);
    const id = notifications.show({
      color: conflict ? "orange" : "red",
      autoClose: conflict ? 10_000 : false,
      title: conflict ? t("review.conflict_title") : t("review.failed_title"),
      message: (
        <>
          <Text size="sm">
            {conflict
              ? t("review.conflict", { name })
              : t("review.failed", { name, detail: problemText(error) })}
          </Text>
          {/* Notifications stand outside the router, so this is no <Link>. */}
          <Anchor
            component="button"
            size="sm"
            onClick={() => {
              notifications.hide(id);
              void navigate(`/findings/${finding.id}`);
            }}
          >
            {t("review.open")}
          </Anchor>
        </>
      ),
    });
  };
}
