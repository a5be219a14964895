import { useClassName } from "./useClassName";
import { Anchor, Group, Progress, Text, Title, Tooltip } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import type { Finding, FindingDetail } from "../api/types";
import { useFormat } from "../i18n/format";
import classes from "./Facts.module.css";
import { SeverityBadge } from "./SeverityBadge";
import { StateLabel } from "./StateMark";

const DIGEST_SHOWN = 8;

export function Facts({
  finding,
  detail,
}: {
  finding: Finding;
  detail: FindingDetail | undefined;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const className = useClassName();
  const model = detail?.detections[0]?.model;
  return (
    <section aria-label={t("finding.facts")}>
      <Group justify="space-between" wrap="nowrap" align="flex-start" mb={2}>
        <Title order={1} size="h3">
          {className(finding.class)}
        </Title>
        <SeverityBadge severity={finding.severity} />
      </Group>
      <Group gap="xs" mb="sm">
        <Text size="sm" c="dimmed">
          {t(`inspection.${finding.inspection as "road_damage"}`)}
        </Text>
        <Text size="sm" component="div">
          <StateLabel state={finding.state} />
        </Text>
      </Group>
      <dl className={classes.facts}>
        {finding.confidence != null && finding.kind !== "device" && (
          <>
            <dt>{t("finding.confidence")}</dt>
            <dd>
              <Group gap="xs" wrap="nowrap">
                <Progress value={finding.confidence * 100} flex={1} aria-hidden />
                <span className={classes.figure}>{format.percent(finding.confidence)}</span>
              </Group>
            </dd>
          </>
        )}
        {finding.kind !== "device" && (
          <>
            <dt>{t("finding.looks")}</dt>
            <dd>{t("finding.looks_value", { count: finding.looks })}</dd>
          </>
        )}
        {finding.size_m != null && (
          <>
            <dt>{t("finding.size")}</dt>
            <dd>{t("finding.size_value", { metres: finding.size_m.toFixed(1) })}</dd>
          </>
        )}
        {detail?.details?.inspection === "falling_object" && <Fall details={detail.details} />}
        <dt>{t("finding.camera")}</dt>
        <dd>{finding.camera.name}</dd>
        <dt>{t("finding.seen")}</dt>
        <dd>
          <Seen at={finding.last_seen_at} />
          {finding.first_seen_at !== finding.last_seen_at && (
            <Text component="span" size="xs" c="dimmed" ml={8}>
              {t("finding.first_seen")} <Seen at={finding.first_seen_at} />
            </Text>
          )}
        </dd>
        <dt>{t("finding.position")}</dt>
        <dd>
          <Position finding={finding} />
        </dd>
        {detail && detail.external.length > 0 && (
          <>
            <dt>{t("finding.by_camera")}</dt>
            <dd>
              <ByCamera said={detail.external} />
            </dd>
          </>
        )}
        {model && (
          <>
            <dt>{t("finding.model")}</dt>
            <dd>
              <Tooltip
                label={t("finding.model_digest", { digest: model.digest })}
                multiline
                maw={420}
              >
                <span tabIndex={0}>
                  {model.name} {model.version}{" "}
                  <code className={classes.digest}>{model.digest.slice(0, DIGEST_SHOWN)}</code>
                </span>
              </Tooltip>
            </dd>
          </>
        )}
        {finding.case_id && (
          <>
            <dt>{t("finding.case")}</dt>
            <dd>
              <Anchor component={Link} to={`/cases/${finding.case_id}`} size="sm">
                {t("finding.open_case")}
              </Anchor>
            </dd>
          </>
        )}
        {finding.duplicate_of && (
          <>
            <dt>{t("finding.duplicate_of")}</dt>
            <dd>
              <Anchor component={Link} to={`/findings/${finding.duplicate_of}`} size="sm">
                {t("finding.open_finding")}
              </Anchor>
            </dd>
          </>
        )}
      </dl>
    </section>
  );
}

function Seen({ at }: { at: string }) {
  const { ago, time } = useFormat();
  return (
    <time dateTime={at} title={time(at)}>
      {ago(at)}
    </time>
  );
}

/** What the camera itself says of the pictures: each class once, with its surest score. */
function ByCamera({ said }: { said: FindingDetail["external"] }) {
  const { percent } = useFormat();
  const className = useClassName();
  const surest = new Map<string, number | null>();
  for (const { class: name, score } of said) {
    const before = surest.get(name) ?? null;
    surest.set(name, before === null ? score : Math.max(before, score ?? 0));
  }
  return [...surest].map(([name, score]) => (
    <div key={name}>
      {className(name)} {score !== null && <span className={classes.figure}>{percent(score)}</span>}
    </div>
  ));
}

type FallDetails = Extract<FindingDetail["details"], { inspection: "falling_object" }>;

/** What the detector says of a fall, and the window that it came from. */
function Fall({ details: { status, origin } }: { details: FallDetails }) {
  const { t } = useTranslation();
  return (
    <>
      <dt>{t("finding.fall_status")}</dt>
      <dd>{t(`fall_status.${status}`)}</dd>
      <dt>{t("finding.origin")}</dt>
      <dd>
        {origin.floor && origin.column
          ? t("finding.origin_value", {
              floor: origin.floor.likely,
              low: origin.floor.low,
              high: origin.floor.high,
              column: origin.column.likely,
              left: origin.column.low,
              right: origin.column.high,
            })
          : t("finding.origin_unknown")}
      </dd>
    </>
  );
}

function Position({ finding }: { finding: Finding }) {
  const { t } = useTranslation();
  if (finding.latitude == null || finding.longitude == null) return t("finding.no_position");
  return (
    <>
      <span className={classes.figure}>
        {t("finding.position_value", {
          latitude: finding.latitude.toFixed(6),
          longitude: finding.longitude.toFixed(6),
        })}
      </span>
      {finding.accuracy_m != null && (
        <Text component="span" display="block" size="xs" c="dimmed">
          {t("finding.accuracy", { metres: finding.accuracy_m.toFixed(1) })}
        </Text>
      )}
    </>
  );
}
