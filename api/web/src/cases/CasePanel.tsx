import { useClassName } from "../findings/useClassName";
import { Anchor, Group, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { caseQuery } from "../api/queries";
import { SeverityBadge } from "../findings/SeverityBadge";
import { useFormat } from "../i18n/format";
import { usePermission } from "../session/useSession";
import { Failed, Loading } from "../shared/States";
import { CaseActions } from "./CaseActions";
import classes from "./Cases.module.css";
import { CaseStateBadge } from "./CaseStateBadge";
import { CaseTimeline } from "./CaseTimeline";
import { Deliveries } from "./Deliveries";

export function CasePanel({ caseId }: { caseId: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const className = useClassName();
  const mayManage = usePermission("cases:manage");
  const { data: shown, error, refetch } = useQuery(caseQuery(caseId));
  if (!shown) return error ? <Failed error={error} retry={() => void refetch()} /> : <Loading />;
  const { finding, destination } = shown;
  return (
    <Stack gap="lg">
      <Stack gap="xs">
        <Group justify="space-between">
          <Title order={2} size="h4" className={classes.number}>
            {shown.number}
          </Title>
          <CaseStateBadge state={shown.state} />
        </Group>
        {finding.picture && (
          <img
            className={classes.picture}
            src={finding.picture.annotated_url}
            alt={t("picture.alt", {
              name: className(finding.class),
              camera: finding.camera.name,
              count: finding.picture.boxes.length,
            })}
          />
        )}
        <Group justify="space-between">
          <Text fw={600}>{className(finding.class)}</Text>
          <SeverityBadge severity={finding.severity} />
        </Group>
        <Text size="sm" c="dimmed">
          {finding.camera.name} · {t("cases.created")} {format.time(shown.created_at)}
        </Text>
        <Text size="sm">
          {destination?.name ?? t("cases.no_department")}
          {shown.external_id && ` · ${t("cases.external")} ${shown.external_id}`}
        </Text>
        <Anchor component={Link} to={`/findings/${finding.id}`} size="sm">
          {t("finding.open_finding")}
        </Anchor>
      </Stack>
      {mayManage && shown.events.length > 0 && <CaseActions shown={shown} />}
      <CaseTimeline entries={shown.timeline} />
      <Deliveries messages={shown.messages} hasDepartment={destination !== null} />
    </Stack>
  );
}
