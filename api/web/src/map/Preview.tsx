import { Button, CloseButton, Group, Paper, Skeleton, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { findingQuery } from "../api/queries";
import { HealthBadge } from "../cameras/HealthBadge";
import { CaseStateBadge } from "../cases/CaseStateBadge";
import { SeverityBadge } from "../findings/SeverityBadge";
import { StateLabel } from "../findings/StateMark";
import { useClassName } from "../findings/useClassName";
import { useFormat } from "../i18n/format";
import type { Area } from "./areas/areas";
import classes from "./Map.module.css";
import { MarkIcon } from "./MarkIcon";
import { LIGHT_MARKS, LOOK_MARKS } from "./marks";
import type { CameraPoint, CasePoint, Cell, PassLine } from "./points";
import type { Features } from "./useFeatures";
import type { Chosen } from "./useMapState";

interface Props {
  chosen: Chosen;
  all: Features;
  onClose: () => void;
  /** What else can be done with it. */
  children: ReactNode;
}

/** What was chosen on the map, in short. */
export function Preview({ chosen: { layer, id }, all, onClose, children }: Props) {
  if (layer === "findings") return <FindingPreview id={id} onClose={onClose} />;
  const feature = all[layer].find(({ properties }) => properties.id === id);
  if (!feature) return null;
  switch (layer) {
    case "cases":
      return <CasePreview {...(feature as CasePoint).properties} onClose={onClose} />;
    case "cameras":
      return <CameraPreview {...(feature as CameraPoint).properties} onClose={onClose} />;
    case "coverage":
      return <CellPreview {...(feature as Cell).properties} onClose={onClose} />;
    case "passes":
      return <PassPreview {...(feature as PassLine).properties} onClose={onClose} />;
    case "areas":
      return (
        <Card title={(feature as Area).properties.name} onClose={onClose}>
          <Text size="xs" c="dimmed">
            {(feature as Area).properties.code}
          </Text>
          {children}
        </Card>
      );
  }
}

interface CardProps {
  title: string;
  onClose: () => void;
  children: ReactNode;
}

function Card({ title, onClose, children }: CardProps) {
  const { t } = useTranslation();
  return (
    <Paper withBorder p="sm" className={classes.preview}>
      <Stack gap="xs">
        <Group justify="space-between" wrap="nowrap" align="flex-start">
          <Title order={2} size="h5" className={classes.breaking}>
            {title}
          </Title>
          <CloseButton aria-label={t("map.close")} onClick={onClose} />
        </Group>
        {children}
      </Stack>
    </Paper>
  );
}

function FindingPreview({ id, onClose }: { id: string; onClose: () => void }) {
  const { t } = useTranslation();
  const className = useClassName();
  const { ago } = useFormat();
  const { data: finding, isError } = useQuery(findingQuery(id));
  if (isError) return <Text c="dimmed">{t("error.not_found")}</Text>;
  if (!finding) return <Skeleton h={260} />;
  return (
    <Card title={className(finding.class)} onClose={onClose}>
      {finding.picture && <img src={finding.picture.annotated_url} alt="" />}
      <Group justify="space-between">
        <Text size="sm" component="div">
          <StateLabel state={finding.state} />
        </Text>
        <SeverityBadge severity={finding.severity} />
      </Group>
      <Text size="xs" c="dimmed">
        {finding.camera.name} · {ago(finding.last_seen_at)}
      </Text>
      <Button component={Link} to={`/findings/${finding.id}`} size="sm">
        {t("finding.open_finding")}
      </Button>
    </Card>
  );
}

function CasePreview(props: CasePoint["properties"] & { onClose: () => void }) {
  const { t } = useTranslation();
  const className = useClassName();
  const { ago } = useFormat();
  return (
    <Card title={props.number} onClose={props.onClose}>
      <Text size="sm">{className(props.class)}</Text>
      <Group gap="xs">
        <CaseStateBadge state={props.state} />
        <Group gap={5} wrap="nowrap">
          <MarkIcon mark={LIGHT_MARKS[props.light]} />
          <Text size="sm">{t(`map_light.${props.light}`)}</Text>
        </Group>
      </Group>
      <Text size="xs" c="dimmed">
        {t("map.updated", { when: ago(props.updated_at) })}
      </Text>
      <Group gap="xs">
        <Button component={Link} to={`/cases/${props.id}`} size="xs">
          {t("map.open_case")}
        </Button>
        <Button component={Link} to={`/findings/${props.finding_id}`} size="xs" variant="default">
          {t("finding.open_finding")}
        </Button>
      </Group>
    </Card>
  );
}

function CameraPreview(props: CameraPoint["properties"] & { onClose: () => void }) {
  const { t } = useTranslation();
  const { ago } = useFormat();
  return (
    <Card title={props.name} onClose={props.onClose}>
      <Text size="sm">{t(`camera_kind.${props.kind}`)}</Text>
      <HealthBadge state={props.health} />
      <Text size="xs" c="dimmed">
        {props.last_heard_at
          ? t("map.last_heard", { when: ago(props.last_heard_at) })
          : t("map.never_heard")}
      </Text>
      <Button component={Link} to={`/cameras/${props.id}`} size="xs">
        {t("map.open_camera")}
      </Button>
    </Card>
  );
}

function CellPreview(props: Cell["properties"] & { onClose: () => void }) {
  const { t } = useTranslation();
  const { time, percent } = useFormat();
  return (
    <Card title={t(`map_look.${props.look}`)} onClose={props.onClose}>
      <Group gap={5} wrap="nowrap">
        <MarkIcon mark={LOOK_MARKS[props.look]} />
        <Text size="sm">{t("map.passes", { count: props.passes })}</Text>
      </Group>
      {props.look !== "missed" && (
        <Text size="sm">{t("map.usable", { share: percent(props.usable) })}</Text>
      )}
      <Text size="xs" c="dimmed">
        {props.last_looked_at
          ? t("map.last_look", { when: time(props.last_looked_at) })
          : t("map.no_look")}
      </Text>
    </Card>
  );
}

function PassPreview(props: PassLine["properties"] & { onClose: () => void }) {
  const { t } = useTranslation();
  const { shortTime } = useFormat();
  return (
    <Card title={props.camera} onClose={props.onClose}>
      <Text size="sm">
        {shortTime(props.first_at)} – {shortTime(props.last_at)}
      </Text>
      <Text size="xs" c="dimmed">
        {t("map.frames", { count: props.frames })}
      </Text>
    </Card>
  );
}
