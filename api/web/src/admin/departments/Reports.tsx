import { Alert, Anchor, Button, Code, Group, Text, TextInput } from "@mantine/core";
import { IconDownload, IconShieldCheck } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useFormat } from "../../i18n/format";
import classes from "../Admin.module.css";
import { Listing, type Column } from "../parts/Listing";
import { Section } from "../parts/Section";
import { reportsQuery } from "../queries";
import type { ReportLine } from "../types";

const KEY_SHOWN = 16;

function Downloads({ day }: { day: string }) {
  const path = `/v1/reports/daily/${day}`;
  return (
    <Group gap={6} wrap="nowrap">
      {(["json", "csv"] as const).map((format) => (
        <Button
          key={format}
          component="a"
          href={`${path}?format=${format}`}
          download
          size="compact-sm"
          variant="light"
          leftSection={<IconDownload size={14} />}
        >
          {format.toUpperCase()}
        </Button>
      ))}
    </Group>
  );
}

export function Reports() {
  const { t } = useTranslation();
  const format = useFormat();
  const query = useInfiniteQuery(reportsQuery);
  const [day, setDay] = useState("");
  const columns: Column<ReportLine>[] = [
    { title: t("admin_reconciliation.day"), show: (report) => report.day },
    { title: t("admin_reports.made"), show: (report) => format.time(report.made_at) },
    {
      title: t("admin_reports.key"),
      show: (report) => (
        <span className={classes.code} title={report.key_id}>
          {report.key_id.slice(0, KEY_SHOWN)}…
        </span>
      ),
    },
    { title: "", show: (report) => <Downloads day={report.day} /> },
  ];
  return (
    <Section title={t("admin_section.reports")} hint={t("admin_reports.hint")}>
      <Alert icon={<IconShieldCheck />} color="blue" title={t("admin_reports.check")}>
        <Text size="sm">{t("admin_reports.check_text")}</Text>
        <Code block my="xs">
          xunjian report verify xunjian-2026-11-21.json --key key.pem
        </Code>
        <Anchor href="/v1/reports/key.pem" download size="sm">
          {t("admin_reports.public_key")}
        </Anchor>
      </Alert>
      <Group align="flex-end">
        <TextInput
          type="date"
          label={t("admin_reports.of_day")}
          value={day}
          onChange={(event) => setDay(event.currentTarget.value)}
        />
        {day && <Downloads day={day} />}
      </Group>
      <Listing
        label={t("admin_section.reports")}
        query={query}
        columns={columns}
        rowKey={(report) => report.day}
        empty={t("admin_reports.none")}
      />
    </Section>
  );
}
