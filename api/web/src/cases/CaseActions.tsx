import { Alert, Button, Group, Stack, Text, TextInput, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { client, take } from "../api/client";
import { caseQuery, summaryQuery } from "../api/queries";
import type { CaseDetail, CaseEventRequest } from "../api/types";
import { useProblemText } from "../shared/States";

type CaseEvent = CaseEventRequest["event"];

/** The order in which they happen; which of them are possible now, the case says. */
const IN_ORDER = [
  "send",
  "delivered",
  "accept",
  "start",
  "claim_done",
  "verify",
  "pass",
  "fail",
  "return",
  "suspend",
  "resume",
  "cancel",
] as const satisfies readonly CaseEvent[];

export function CaseActions({ shown }: { shown: CaseDetail }) {
  const { t } = useTranslation();
  const problemText = useProblemText();
  const queryClient = useQueryClient();
  const [comment, setComment] = useState("");
  const [externalId, setExternalId] = useState("");
  const [cancelling, setCancelling] = useState(false);

  const enter = useMutation({
    mutationFn: (event: CaseEvent) =>
      take(
        client.POST("/v1/cases/{case_id}/events", {
          params: { path: { case_id: shown.id } },
          body: {
            event,
            comment: comment.trim() || null,
            external_id: event === "delivered" ? externalId.trim() || null : null,
          },
        }),
      ),
    onSuccess: () => {
      setComment("");
      notifications.show({ color: "green", message: t("cases.done") });
    },
    onError: (error) =>
      notifications.show({
        color: "red",
        title: t("cases.failed"),
        message: problemText(error),
      }),
    onSettled: () => {
      setCancelling(false);
      void queryClient.invalidateQueries({ queryKey: ["cases"] });
      void queryClient.invalidateQueries({ queryKey: summaryQuery.queryKey });
      return queryClient.invalidateQueries({ queryKey: caseQuery(shown.id).queryKey });
    },
  });

  const events = IN_ORDER.filter((event) => shown.events.includes(event));
  return (
    <section>
      <Title order={3} size="h6">
        {t("cases.actions")}
      </Title>
      <Text size="xs" c="dimmed" mb="xs">
        {t("cases.actions_hint")}
      </Text>
      <Stack gap="xs">
        <TextInput
          aria-label={t("cases.comment")}
          placeholder={t("cases.comment")}
          value={comment}
          maxLength={2000}
          onChange={(change) => setComment(change.currentTarget.value)}
        />
        {shown.events.includes("delivered") && (
          <TextInput
            aria-label={t("cases.external_entry")}
            placeholder={t("cases.external_entry")}
            value={externalId}
            maxLength={200}
            onChange={(change) => setExternalId(change.currentTarget.value)}
          />
        )}
        <Group gap="xs">
          {events.map((event) => (
            <Button
              key={event}
              size="xs"
              variant={event === "cancel" ? "subtle" : "default"}
              color={event === "cancel" ? "red" : undefined}
              disabled={enter.isPending}
              onClick={() => (event === "cancel" ? setCancelling(true) : enter.mutate(event))}
            >
              {t(`case_event.${event}`)}
            </Button>
          ))}
        </Group>
        {cancelling && (
          <Alert color="red">
            <Stack gap="xs">
              {t("cases.cancel_sure")}
              <Group gap="xs">
                <Button size="xs" color="red" onClick={() => enter.mutate("cancel")}>
                  {t("cases.cancel_yes")}
                </Button>
                <Button size="xs" variant="default" onClick={() => setCancelling(false)}>
                  {t("cases.cancel_no")}
                </Button>
              </Group>
            </Stack>
          </Alert>
        )}
      </Stack>
    </section>
  );
}
