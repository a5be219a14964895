import { Anchor, Button, CopyButton, Group, Stack, Text, Title } from "@mantine/core";
import { IconCheck, IconLink, IconPrinter } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import type { CaseDetail } from "../api/types";
import { SeverityBadge } from "../findings/SeverityBadge";
import { useClassName } from "../findings/useClassName";
import { useFormat } from "../i18n/format";
import panel from "./CasePanel.module.css";
import { CaseStateBadge } from "./CaseStateBadge";
import { LightLabel } from "./lights";

export function CaseFacts({ shown, printed }: { shown: CaseDetail; printed: boolean }) {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  const className = useClassName();
  const { finding, destination, class_code: code, grid } = shown;
  const chinese = i18n.language === "zh-CN";
  const rows: [string, ReactNode][] = [
    [t("cases.department"), destination?.name ?? t("cases.no_department")],
    [t("cases.external"), shown.external_id],
    [t("cases.code"), code && `${code.code} ${chinese ? code.label_zh : code.label_en}`],
    [t("cases.grid"), grid && `${grid.name} (${grid.code})`],
    [t("cases.step"), shown.step && (chinese ? shown.step.zh : shown.step.en)],
    [t("finding.camera"), finding.camera.name],
    [
      t("finding.position"),
      finding.latitude !== null &&
        finding.longitude !== null &&
        `${finding.latitude.toFixed(6)}, ${finding.longitude.toFixed(6)} (WGS-84)`,
    ],
    [t("cases.created"), format.time(shown.created_at)],
  ];
  return (
    <Stack gap="sm" component="section" aria-label={shown.number}>
      <Group justify="space-between">
        <Group gap="sm">
          <Title order={2} size="h4">
            {shown.number}
          </Title>
          <CaseStateBadge state={shown.state} />
          <LightLabel light={shown.light} />
        </Group>
        {!printed && <Links shown={shown} />}
      </Group>
      <div className={panel.head}>
        {finding.picture ? (
          <img
            className={panel.picture}
            src={finding.picture.annotated_url}
            alt={t("picture.alt", {
              name: className(finding.class),
              camera: finding.camera.name,
              count: finding.picture.boxes.length,
            })}
          />
        ) : (
          <div className={panel.none}>{t("picture.none")}</div>
        )}
        <div>
          <Group gap="sm" mb={6}>
            <Text fw={600}>{className(finding.class)}</Text>
            <SeverityBadge severity={finding.severity} />
          </Group>
          <dl className={panel.facts}>
            {rows
              .filter(([, value]) => value)
              .map(([name, value]) => (
                <Row key={name} name={name} value={value} />
              ))}
          </dl>
          {!printed && (
            <Anchor component={Link} to={`/findings/${finding.id}`} size="sm">
              {t("finding.open_finding")}
            </Anchor>
          )}
        </div>
      </div>
    </Stack>
  );
}

function Row({ name, value }: { name: string; value: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </>
  );
}

function Links({ shown }: { shown: CaseDetail }) {
  const { t } = useTranslation();
  return (
    <Group gap={6}>
      <CopyButton value={`${window.location.origin}/cases/${shown.id}`}>
        {({ copied, copy }) => (
          <Button
            size="compact-xs"
            variant="default"
            leftSection={copied ? <IconCheck size={14} /> : <IconLink size={14} />}
            onClick={copy}
          >
            {copied ? t("cases.copied") : t("cases.copy_link")}
          </Button>
        )}
      </CopyButton>
      <Button
        size="compact-xs"
        variant="default"
        component={Link}
        to={`/cases/${shown.id}/print`}
        leftSection={<IconPrinter size={14} />}
      >
        {t("cases.print_view")}
      </Button>
    </Group>
  );
}
