import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { client, take } from "../api/client";
import { summaryQuery } from "../api/queries";
import type { CaseEventRequest } from "../api/types";
import { useProblemText } from "../shared/States";
import { caseQuery } from "./queries";

/** Enters by hand what happened to a case; every list of cases is asked for again. */
export function useCaseEvent(caseId: string) {
  const { t } = useTranslation();
  const problemText = useProblemText();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (body: CaseEventRequest) =>
      take(
        client.POST("/v1/cases/{case_id}/events", { params: { path: { case_id: caseId } }, body }),
      ),
    onSuccess: (changed) => {
      queryClient.setQueryData(caseQuery(caseId).queryKey, changed);
      notifications.show({ color: "green", message: t("cases.done") });
    },
    onError: (error) =>
      notifications.show({
        color: "red",
        title: t("cases.failed"),
        message: problemText(error),
      }),
    onSettled: () => {
      void queryClient.invalidateQueries({ queryKey: summaryQuery.queryKey });
      return queryClient.invalidateQueries({ queryKey: ["cases"] });
    },
  });
}
