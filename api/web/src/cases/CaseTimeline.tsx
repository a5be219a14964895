import { Group, Text, Timeline, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";

import type { TimelineEntry } from "../api/types";
import { useFormat } from "../i18n/format";

type Source = "user" | "destination" | "policy" | "system";
type Event = "open"; // stands for any that the catalogue may name

export function CaseTimeline({ entries }: { entries: TimelineEntry[] }) {
  const { t } = useTranslation();
  return (
    <section>
      <Title order={3} size="h6" mb="xs">
        {t("cases.timeline")}
      </Title>
      <Timeline bulletSize={14} lineWidth={2} active={entries.length}>
        {entries.map((entry, index) => (
          <Timeline.Item key={index} title={<EntryTitle entry={entry} />}>
            <EntryText entry={entry} />
          </Timeline.Item>
        ))}
      </Timeline>
    </section>
  );
}

function EntryTitle({ entry }: { entry: TimelineEntry }) {
  const { t, i18n } = useTranslation();
  const key = `case_event.${entry.event as Event}` as const;
  const moved = entry.applied || !i18n.exists(key); // what moved nothing is named for itself
  return (
    <Group gap={8}>
      <Text size="sm" fw={600}>
        {entry.to_state && moved
          ? t(`case_state.${entry.to_state}`)
          : i18n.exists(key)
            ? t(key)
            : entry.event}
      </Text>
      {!entry.applied && (
        <Text size="xs" c="dimmed">
          {t("cases.not_applied")}
        </Text>
      )}
    </Group>
  );
}

function EntryText({ entry }: { entry: TimelineEntry }) {
  const { t } = useTranslation();
  const { time } = useFormat();
  const source = entry.source.split(":")[0] as Source;
  return (
    <>
      {entry.comment && <Text size="sm">{entry.comment}</Text>}
      <Text size="xs" c="dimmed">
        {t(`cases.source_${source}`)} · {time(entry.occurred_at)}
      </Text>
    </>
  );
}
