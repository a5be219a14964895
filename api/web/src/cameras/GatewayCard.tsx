import { Alert, Group, Paper, Skeleton, Text, Title } from "@mantine/core";
import { IconAntennaBarsOff, IconCheck, IconDatabaseX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { useFormat } from "../i18n/format";
import classes from "./Cameras.module.css";
import { gatewayReportsQuery } from "./queries";
import type { Camera, GatewayReport } from "./types";

const CLOCK_OFF_MS = 2000;

/** How the gateway of a camera is by its own word: its queue, what it lost, its clock. */
export function GatewayCard({ camera }: { camera: Camera }) {
  const { t } = useTranslation();
  const { data, isPending } = useQuery(gatewayReportsQuery);
  const report = data?.find(({ gateway_id }) => gateway_id === camera.gateway_id);
  return (
    <Paper withBorder p="md" component="section" aria-labelledby="gateway-card">
      <Title order={2} size="h5" mb="xs" id="gateway-card">
        {t("gateway_card.title")}
      </Title>
      {isPending ? (
        <Skeleton height={80} />
      ) : report ? (
        <Report report={report} cameraId={camera.id} />
      ) : (
        <Text size="sm" c="dimmed">
          {t("gateway_card.none")}
        </Text>
      )}
    </Paper>
  );
}

const STATES = {
  overdue: { color: "red", Icon: IconAntennaBarsOff },
  losing: { color: "orange", Icon: IconDatabaseX },
  well: { color: "green", Icon: IconCheck },
} as const;

function Report({ report, cameraId }: { report: GatewayReport; cameraId: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { queue, clock_offset_ms, cameras } = report;
  const state = report.overdue ? "overdue" : report.lost_since ? "losing" : "well";
  const { color, Icon } = STATES[state];
  const said = cameras.find(({ camera_id }) => camera_id === cameraId);
  const facts = {
    reported: format.ago(report.received_at),
    waiting: t("gateway_card.waiting_value", {
      alerts: format.number(queue.waiting_alerts),
      backfill: format.number(queue.waiting_backfill),
    }),
    oldest: queue.oldest_captured_at ? format.ago(queue.oldest_captured_at) : "–",
    lost: t("gateway_card.lost_value", {
      dropped: format.number(queue.dropped),
      refused: format.number(queue.refused),
      damaged: format.number(queue.damaged),
    }),
    clock:
      clock_offset_ms === null
        ? t("gateway_card.clock_unknown")
        : t("gateway_card.clock_value", { ms: format.number(Math.round(clock_offset_ms)) }),
    version: report.version || "–",
    camera: said
      ? [t(`gateway_says.${said.status}`), said.detail].filter(Boolean).join(t("cameras.comma"))
      : t("gateway_card.not_said"),
  };
  return (
    <>
      <Group gap={6} wrap="nowrap" mb="xs">
        <Icon size={18} aria-hidden color={`var(--mantine-color-${color}-text)`} />
        <Text size="sm" fw={600}>
          {t(`gateway_state.${state}`)}
        </Text>
      </Group>
      {clock_offset_ms !== null && Math.abs(clock_offset_ms) > CLOCK_OFF_MS && (
        <Alert color="orange" p="xs" mb="xs">
          {t("gateway_card.clock_off")}
        </Alert>
      )}
      <dl className={classes.facts}>
        {(Object.keys(facts) as (keyof typeof facts)[]).map((key) => [
          <dt key={`${key}-name`}>{t(`gateway_fact.${key}`)}</dt>,
          <dd key={key}>{facts[key]}</dd>,
        ])}
      </dl>
    </>
  );
}
