import { Alert, Button, Code, Group, Modal, Paper, Stack, Text } from "@mantine/core";
import { IconCheck, IconPlus } from "@tabler/icons-react";
import { useInfiniteQuery, useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { client, take } from "../../api/client";
import { useFormat } from "../../i18n/format";
import { usePermission } from "../../session/useSession";
import { Failed } from "../../shared/States";
import classes from "../Admin.module.css";
import { Listing, Rows, Waiting, type Column } from "../parts/Listing";
import { Section } from "../parts/Section";
import { useChange } from "../parts/useChange";
import { thresholdsQuery, thresholdsTextQuery } from "../queries";
import type { ThresholdChange, ThresholdSet } from "../types";
import { Mistakes } from "./Mistakes";
import { SaveText, TextFile } from "./TextFile";

const SHIPPED = "rice-example-2026.1";
const yaml = {
  headers: { "Content-Type": "application/yaml" },
  bodySerializer: (text: string) => text,
};

/** Action thresholds: every version rules from its first day until the next one's. */
export function Thresholds() {
  const { t } = useTranslation();
  const format = useFormat();
  const mayManage = usePermission("thresholds:manage");
  const query = useInfiniteQuery(thresholdsQuery);
  const [draft, setDraft] = useState<string | null>(null);
  const [shown, setShown] = useState<string | null>(null);
  const columns: Column<ThresholdSet>[] = [
    { title: t("admin_documents.version"), show: (set) => set.version },
    { title: t("admin_thresholds.crop"), show: (set) => set.crop },
    { title: t("admin_thresholds.valid_from"), show: (set) => set.valid_from },
    { title: t("admin_documents.loaded"), show: (set) => format.time(set.imported_at) },
    {
      title: "",
      show: (set) => (
        <Button size="compact-sm" variant="subtle" onClick={() => setShown(set.version)}>
          {t("admin_documents.show")}
        </Button>
      ),
    },
  ];
  return (
    <Section
      title={t("admin_section.thresholds")}
      hint={t("admin_thresholds.hint")}
      action={
        <>
          <Button variant="default" onClick={() => setShown(SHIPPED)}>
            {t("admin_thresholds.example")}
          </Button>
          {mayManage && draft === null && (
            <Button leftSection={<IconPlus size={16} />} onClick={() => setDraft("")}>
              {t("admin_thresholds.import")}
            </Button>
          )}
        </>
      }
    >
      {draft !== null && (
        <DraftPanel text={draft} onChange={setDraft} onClose={() => setDraft(null)} />
      )}
      <Listing
        label={t("admin_section.thresholds")}
        query={query}
        columns={columns}
        rowKey={(set) => set.id}
        empty={t("admin_thresholds.none")}
      />
      {shown && <TextDialog version={shown} onClose={() => setShown(null)} />}
    </Section>
  );
}

function DraftPanel(props: {
  text: string;
  onChange: (text: string) => void;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const { text } = props;
  const check = useMutation({
    mutationFn: (body: string) => take(client.POST("/v1/thresholds/check", { body, ...yaml })),
    retry: false,
  });
  const load = useChange({
    run: (body: string) => take(client.POST("/v1/thresholds", { body, ...yaml })),
    done: t("admin_thresholds.imported"),
    touches: ["thresholds"],
    onDone: props.onClose,
  });
  const columns: Column<ThresholdChange>[] = [
    {
      title: t("admin_documents.entry"),
      show: ({ pest, stage }) => (
        <span className={classes.code}>
          {pest} · {stage}
        </span>
      ),
    },
    { title: t("admin_audit.before"), show: ({ before }) => <Value of={before} /> },
    { title: t("admin_audit.after"), show: ({ after }) => <Value of={after} /> },
  ];
  return (
    <Paper withBorder p="md">
      <Stack>
        <TextFile
          label={t("admin_documents.text")}
          accept=".yaml,.yml"
          value={text}
          onChange={(written) => {
            props.onChange(written);
            check.reset();
            load.reset();
          }}
        />
        <Mistakes error={check.error ?? load.error} />
        {check.data && (
          <>
            <Alert
              color="green"
              icon={<IconCheck />}
              role="status"
              title={t("admin_documents.in_order", { name: check.data.content.version })}
            >
              <Text size="sm">
                {check.data.known
                  ? t("admin_thresholds.known")
                  : t("admin_thresholds.from_day", { day: check.data.content.valid_from })}
                {check.data.before &&
                  ` ${t("admin_thresholds.replaces", { version: check.data.before })}`}
              </Text>
            </Alert>
            <Rows
              label={t("admin_documents.would_change")}
              columns={columns}
              items={check.data.changes}
              rowKey={({ pest, stage }) => `${pest} ${stage}`}
              empty={t("admin_documents.no_changes")}
            />
          </>
        )}
        <Group justify="flex-end">
          <Button variant="subtle" onClick={props.onClose}>
            {t("dialog.cancel")}
          </Button>
          <Button
            variant="default"
            disabled={!text.trim()}
            loading={check.isPending}
            onClick={() => check.mutate(text)}
          >
            {t("admin_documents.check")}
          </Button>
          <Button
            disabled={!check.data || check.data.known}
            loading={load.isPending}
            onClick={() => load.mutate(text)}
          >
            {t("admin_thresholds.import")}
          </Button>
        </Group>
      </Stack>
    </Paper>
  );
}

function Value({ of }: { of: ThresholdChange["before"] }) {
  if (!of) return <>–</>;
  return (
    <>
      {of.value}{" "}
      <Text span size="xs" c="dimmed" className={classes.code}>
        {of.unit}
      </Text>
    </>
  );
}

function TextDialog({ version, onClose }: { version: string; onClose: () => void }) {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery(thresholdsTextQuery(version));
  return (
    <Modal
      opened
      onClose={onClose}
      size="xl"
      title={version}
      closeButtonProps={{ "aria-label": t("dialog.close") }}
    >
      {error && <Failed error={error} retry={() => void refetch()} />}
      {!data && !error && <Waiting />}
      {data && (
        <Stack>
          <Group justify="space-between">
            <Text size="xs" c="dimmed" className={classes.code}>
              SHA-256 {data.sha256}
            </Text>
            <SaveText text={data.document} name={`${version}.yaml`} />
          </Group>
          <Code block className={classes.text}>
            {data.document}
          </Code>
        </Stack>
      )}
    </Modal>
  );
}
