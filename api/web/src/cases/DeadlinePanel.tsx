import { Group, Progress, Stack, Table, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";

import type { CaseClock, CaseDetail } from "../api/types";
import { useFormat } from "../i18n/format";
import { Due } from "./Due";
import { LightLabel } from "./lights";
import { useTermText } from "./term";

/** The light in words, the term as it runs, and every run before. */
export function DeadlinePanel({ shown }: { shown: CaseDetail }) {
  const { t } = useTranslation();
  const { time } = useFormat();
  const clock = shown.clocks.at(-1);
  return (
    <Stack gap={6} component="section" aria-label={t("deadline.title")}>
      <Title order={3} size="h6">
        {t("deadline.title")}
      </Title>
      <Group gap="sm">
        <LightLabel light={shown.light} />
        <Text size="sm" c="dimmed">
          {t(`light_why.${shown.light}`)}
        </Text>
      </Group>
      {clock ? (
        <Running clock={clock} shown={shown} />
      ) : (
        <Text size="sm">{t("deadline.none")}</Text>
      )}
      {shown.escalated_at && (
        <Text size="sm" fw={600}>
          {t("deadline.escalated", { time: time(shown.escalated_at) })}
        </Text>
      )}
      {shown.clocks.length > 1 && <Runs clocks={shown.clocks} />}
    </Stack>
  );
}

function Running({ clock, shown }: { clock: CaseClock; shown: CaseDetail }) {
  const { t } = useTranslation();
  const { time } = useFormat();
  const termText = useTermText();
  const { started_at: started, due_at: due } = clock;
  if (!started || !due) {
    return <Text size="sm">{t("deadline.not_started", { term: termText(clock.term) })}</Text>;
  }
  const end = clock.stopped_at ? new Date(clock.stopped_at).getTime() : Date.now();
  const [from, to] = [new Date(started).getTime(), new Date(due).getTime()];
  const passed = Math.min(Math.max((end - from) / Math.max(to - from, 1), 0), 1) * 100;
  return (
    <>
      <Progress value={passed} size="sm" color={passed < 100 ? "blue" : "red"} aria-hidden />
      <Group justify="space-between" gap="xs">
        <Text size="xs" c="dimmed">
          {t("deadline.started", { time: time(started) })}
        </Text>
        <Due shown={shown} />
        <Text size="xs" c="dimmed">
          {t("deadline.due", { time: time(due), term: termText(clock.term) })}
        </Text>
      </Group>
      {clock.stopped_at && (
        <Text size="sm">
          {t("deadline.stopped", {
            event: t(`case_event.${clock.stopped_by as "claim_done"}`),
            time: time(clock.stopped_at),
          })}
        </Text>
      )}
    </>
  );
}

function Runs({ clocks }: { clocks: CaseClock[] }) {
  const { t } = useTranslation();
  const { shortTime } = useFormat();
  const termText = useTermText();
  return (
    <Table fz="xs" verticalSpacing={4} aria-label={t("deadline.runs")}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th scope="col">{t("deadline.round")}</Table.Th>
          <Table.Th scope="col">{t("deadline.term")}</Table.Th>
          <Table.Th scope="col">{t("deadline.due_at")}</Table.Th>
          <Table.Th scope="col">{t("deadline.ended")}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {clocks.map((clock, index) => (
          <Table.Tr key={index}>
            <Table.Td>
              {clock.round}
              {clock.rework && ` · ${t("deadline.rework")}`}
            </Table.Td>
            <Table.Td>{termText(clock.term)}</Table.Td>
            <Table.Td>{clock.due_at && shortTime(clock.due_at)}</Table.Td>
            <Table.Td>
              {clock.stopped_at &&
                `${t(`case_event.${clock.stopped_by as "claim_done"}`)} ${shortTime(clock.stopped_at)}`}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
