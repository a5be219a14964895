import { Badge, Group, Text, Timeline, Title } from "@mantine/core";
import {
  IconBuilding,
  IconEye,
  IconMessage,
  IconRobot,
  IconSend,
  IconStethoscope,
  IconUser,
} from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import type { CaseComment, CaseDetail, TimelineEntry } from "../api/types";
import { useFormat } from "../i18n/format";
import panel from "./CasePanel.module.css";
import { LookText } from "./Looks";
import { type Happening, happenings } from "./timeline";

type Source = "user" | "destination" | "policy" | "system";
type Event = "open"; // stands for any that the catalogue may name

const SOURCE_ICONS: Record<Source, typeof IconUser> = {
  user: IconUser,
  destination: IconBuilding,
  policy: IconRobot,
  system: IconRobot,
};

const sourceOf = (source: string) => source.split(":")[0] as Source;

/** Every step of a case, the newest first. */
export function CaseTimeline({ shown }: { shown: CaseDetail }) {
  const { t } = useTranslation();
  return (
    <section aria-label={t("cases.timeline")}>
      <Title order={3} size="h6" mb="sm">
        {t("cases.timeline")}
      </Title>
      <Timeline bulletSize={22} lineWidth={2} active={-1}>
        {happenings(shown).map((one) => (
          <Timeline.Item key={one.key} bullet={<Bullet one={one} />}>
            <Line one={one} />
          </Timeline.Item>
        ))}
      </Timeline>
    </section>
  );
}

function Bullet({ one }: { one: Happening }) {
  const Icon =
    one.kind === "comment"
      ? IconMessage
      : one.kind === "attempt"
        ? IconSend
        : one.kind === "prescription"
          ? IconStethoscope
          : one.look
            ? IconEye
            : SOURCE_ICONS[sourceOf(one.entry.source)];
  return <Icon size={13} aria-hidden />;
}

function Line({ one }: { one: Happening }) {
  if (one.kind === "comment") return <CommentLine comment={one.comment} />;
  if (one.kind === "attempt") return <AttemptLine {...one} />;
  if (one.kind === "prescription") return <PrescriptionLine {...one} />;
  return <EntryLine entry={one.entry} look={one.look} />;
}

function EntryLine({
  entry,
  look,
}: {
  entry: TimelineEntry;
  look: Parameters<typeof LookText>[0]["look"] | undefined;
}) {
  const { t, i18n } = useTranslation();
  const { time } = useFormat();
  const key = `case_event.${entry.event as Event}` as const;
  const moved = entry.applied || !i18n.exists(key); // what moved nothing is named for itself
  const name =
    entry.to_state && moved
      ? t(`case_state.${entry.to_state}`)
      : i18n.exists(key)
        ? t(key)
        : entry.event;
  return (
    <>
      {(!look || entry.applied) && (
        <Group gap={8}>
          <Text size="sm" fw={600}>
            {name}
          </Text>
          {!entry.applied && (
            <Text size="xs" c="dimmed">
              {t("cases.not_applied")}
            </Text>
          )}
        </Group>
      )}
      {look ? (
        <LookText look={look} />
      ) : (
        <>
          {entry.comment && (
            <Text size="sm" className={panel.comment}>
              {entry.comment}
            </Text>
          )}
          <Text size="xs" c="dimmed">
            {entry.source_name ?? t(`cases.source_${sourceOf(entry.source)}`)} ·{" "}
            {time(entry.occurred_at)}
          </Text>
        </>
      )}
    </>
  );
}

function CommentLine({ comment }: { comment: CaseComment }) {
  const { t } = useTranslation();
  const { time } = useFormat();
  return (
    <>
      <Group gap={8}>
        <Text size="sm" fw={600}>
          {t("comments.one")}
        </Text>
        <Badge size="sm" variant="light" color={comment.told ? "blue" : "gray"} tt="none">
          {comment.told ? t("comments.to", { name: comment.told.name }) : t("comments.internal")}
        </Badge>
        {comment.told_state && (
          <Text size="xs" c="dimmed">
            {t(`message_state.${comment.told_state}`)}
          </Text>
        )}
      </Group>
      <Text size="sm" className={panel.comment}>
        {comment.text}
      </Text>
      <Text size="xs" c="dimmed">
        {comment.author_name ?? t("cases.source_user")} · {time(comment.created_at)}
      </Text>
    </>
  );
}

function AttemptLine({ message, attempt }: Extract<Happening, { kind: "attempt" }>) {
  const { t } = useTranslation();
  const { time } = useFormat();
  return (
    <Text size="xs" c="dimmed">
      {t(`message_type.${message.event_type}`)} → {message.destination} ·{" "}
      {t(`outcome.${attempt.outcome}`)}
      {attempt.status_code && ` · HTTP ${attempt.status_code}`} · {time(attempt.started_at)}
    </Text>
  );
}

function PrescriptionLine({ prescription }: Extract<Happening, { kind: "prescription" }>) {
  const { t } = useTranslation();
  const { time } = useFormat();
  return (
    <>
      <Text size="sm" fw={600}>
        {t("cases.prescription")}
      </Text>
      <Text size="sm" className={panel.comment}>
        {[prescription.measure, prescription.dose, prescription.date, prescription.text]
          .filter(Boolean)
          .join(" · ")}
      </Text>
      <Text size="xs" c="dimmed">
        {t(`cases.source_${sourceOf(prescription.source)}`)} · {time(prescription.received_at)}
      </Text>
    </>
  );
}
