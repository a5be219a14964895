import {
  Anchor,
  Button,
  Code,
  Group,
  Modal,
  MultiSelect,
  Paper,
  Select,
  Stack,
  Text,
  TextInput,
} from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useFormat } from "../../i18n/format";
import classes from "../Admin.module.css";
import { Days } from "../parts/Days";
import { Listing, type Column } from "../parts/Listing";
import { Section } from "../parts/Section";
import { useAddress } from "../../shared/useAddress";
import { auditFilters, auditQuery, auditWordsQuery } from "../queries";
import type { AuditRecord } from "../types";

/** Every filter stands in the address, so that a search can be sent to somebody. */
export function Audit() {
  const { t } = useTranslation();
  const format = useFormat();
  const { params, change } = useAddress();
  const filters = auditFilters(params);
  const query = useInfiniteQuery(auditQuery(filters));
  const [shown, setShown] = useState<AuditRecord | null>(null);

  const columns: Column<AuditRecord>[] = [
    {
      title: t("admin_audit.at"),
      show: (record) => <span className={classes.nowrap}>{format.time(record.at)}</span>,
    },
    {
      title: t("admin_audit.actor"),
      show: (record) => (
        <Anchor
          component="button"
          size="sm"
          ta="left"
          title={t("admin_audit.only_actor")}
          onClick={() => change({ actor: record.actor })}
        >
          {record.actor_name ?? record.actor}
        </Anchor>
      ),
    },
    {
      title: t("admin_audit.action"),
      show: (record) => <span className={classes.code}>{record.action}</span>,
    },
    {
      title: t("admin_audit.object"),
      show: (record) => (
        <>
          <span className={classes.code}>{record.object_type}</span>
          <Text size="xs" c="dimmed" className={classes.code}>
            {record.object_id}
          </Text>
        </>
      ),
    },
    { title: t("admin_audit.reason"), show: (record) => record.reason },
    {
      title: "",
      show: (record) => (
        <Button size="compact-sm" variant="subtle" onClick={() => setShown(record)}>
          {t("admin_audit.details")}
        </Button>
      ),
    },
  ];

  const asCsv = new URLSearchParams([...params, ["format", "csv"]]);
  return (
    <Section
      title={t("admin_section.audit")}
      hint={t("admin_audit.hint")}
      action={
        <Button
          component="a"
          href={`/v1/audit?${csvQuery(asCsv)}`}
          download
          variant="default"
          leftSection={<IconDownload size={16} />}
        >
          CSV
        </Button>
      }
    >
      <Filters />
      <Listing
        label={t("admin_section.audit")}
        query={query}
        columns={columns}
        rowKey={(record) => record.id}
        empty={t("admin_audit.none")}
      />
      {shown && <RecordDialog record={shown} onClose={() => setShown(null)} />}
    </Section>
  );
}

/** Days in the address become moments, as they do for the list. */
function csvQuery(params: URLSearchParams): URLSearchParams {
  const { since, until } = auditFilters(params);
  const asked = new URLSearchParams(params);
  asked.delete("from");
  asked.delete("to");
  if (since) asked.set("since", since);
  if (until) asked.set("until", until);
  return asked;
}

function Filters() {
  const { t } = useTranslation();
  const { params, change, clear } = useAddress();
  const words = useQuery(auditWordsQuery).data;
  return (
    <Paper withBorder p="sm">
      <Group align="flex-end" gap="sm">
        <MultiSelect
          label={t("admin_audit.action")}
          placeholder={params.has("action") ? undefined : t("admin_audit.any")}
          data={words?.actions ?? []}
          value={params.getAll("action")}
          onChange={(values) => change({ action: values })}
          searchable
          w={230}
        />
        <Select
          label={t("admin_audit.object_type")}
          placeholder={t("admin_audit.any")}
          data={words?.object_types ?? []}
          value={params.get("object_type")}
          onChange={(value) => change({ object_type: value })}
          searchable
          clearable
          clearButtonProps={{ "aria-label": t("admin.clear") }}
          w={170}
        />
        <TextInput
          label={t("admin_audit.object_id")}
          value={params.get("object_id") ?? ""}
          onChange={(event) => change({ object_id: event.currentTarget.value.trim() })}
          maxLength={36}
          w={200}
        />
        <TextInput
          label={t("admin_audit.actor_id")}
          placeholder="user:…"
          value={params.get("actor") ?? ""}
          onChange={(event) => change({ actor: event.currentTarget.value.trim() })}
          maxLength={80}
          w={180}
        />
        <Days />
        <Button variant="subtle" onClick={clear} disabled={params.size === 0}>
          {t("admin.clear")}
        </Button>
      </Group>
    </Paper>
  );
}

function RecordDialog({ record, onClose }: { record: AuditRecord; onClose: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      title={record.action}
      closeButtonProps={{ "aria-label": t("dialog.close") }}
    >
      <Stack gap="xs">
        <Text size="sm">
          {record.actor_name ?? record.actor} · {format.time(record.at)}
        </Text>
        {record.reason && <Text size="sm">{record.reason}</Text>}
        <Values label={t("admin_audit.before")} values={record.before} />
        <Values label={t("admin_audit.after")} values={record.after} />
      </Stack>
    </Modal>
  );
}

function Values({ label, values }: { label: string; values: AuditRecord["before"] }) {
  if (!values) return null;
  return (
    <div>
      <Text size="sm" fw={600}>
        {label}
      </Text>
      <Code block className={classes.secret}>
        {JSON.stringify(values, null, 2)}
      </Code>
    </div>
  );
}
