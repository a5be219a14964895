import { Alert, Button, Group, Select, Stack, Text, TextInput, Title } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { CaseDetail, CaseEventRequest } from "../api/types";
import { useCaseEvent } from "./useCaseEvent";

type CaseEvent = CaseEventRequest["event"];

/** The order in which they happen; which of them are possible now, the case says. */
const IN_ORDER = [
  "send",
  "delivered",
  "accept",
  "start",
  "claim_done",
  "verify",
  "return",
  "suspend",
  "resume",
  "cancel",
] as const satisfies readonly CaseEvent[];

/** What a person may enter now, but for the word on a claim, which stands with its verification. */
export function CaseActions({ shown }: { shown: CaseDetail }) {
  const { t } = useTranslation();
  const [comment, setComment] = useState("");
  const [externalId, setExternalId] = useState("");
  const [department, setDepartment] = useState<string | null>(null);
  const [cancelling, setCancelling] = useState(false);
  const enter = useCaseEvent(shown.id);
  const events = IN_ORDER.filter((event) => shown.events.includes(event));
  if (events.length === 0) return null;

  function say(event: CaseEvent) {
    enter.mutate(
      {
        event,
        comment: comment.trim() || null,
        external_id: event === "delivered" ? externalId.trim() || null : null,
        destination_id: event === "send" ? department : null,
      },
      { onSuccess: () => setComment(""), onSettled: () => setCancelling(false) },
    );
  }

  return (
    <section aria-label={t("cases.actions")}>
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
        {shown.departments.length > 0 && (
          <Select
            clearable
            aria-label={t("cases.send_to")}
            placeholder={t("cases.send_to")}
            data={shown.departments.map(({ id, name }) => ({ value: id, label: name }))}
            value={department}
            onChange={setDepartment}
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
              onClick={() => (event === "cancel" ? setCancelling(true) : say(event))}
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
                <Button size="xs" color="red" onClick={() => say("cancel")}>
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
