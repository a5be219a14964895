import { Alert, Button, FileInput, Group, List, Paper, Select, Stack, Text } from "@mantine/core";
import { IconUpload } from "@tabler/icons-react";
import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { client, take } from "../../api/client";
import { useFormat } from "../../i18n/format";
import { usePermission } from "../../session/useSession";
import { Listing, type Column } from "../parts/Listing";
import { Section } from "../parts/Section";
import { useChange } from "../parts/useChange";
import { gridsQuery } from "../queries";
import type { Area, AreasImported } from "../types";
import { Mistakes } from "./Mistakes";

const DATUMS = ["WGS-84", "CGCS2000", "GCJ-02"] as const;
const CODES_SHOWN = 12;

type Asked = { text: string; datum: (typeof DATUMS)[number]; check: boolean };

function importAreas({ text, datum, check }: Asked): Promise<AreasImported> {
  return take(
    client.PUT("/v1/grids", {
      params: { query: { datum, check } },
      body: text as never, // sent as it was read: a large file need not be parsed twice
      headers: { "Content-Type": "application/geo+json" },
      bodySerializer: () => text,
    }),
  );
}

export function Grids() {
  const { t } = useTranslation();
  const format = useFormat();
  const mayManage = usePermission("routing:manage");
  const query = useInfiniteQuery(gridsQuery);
  const [importing, setImporting] = useState(false);
  const columns: Column<Area>[] = [
    { title: t("admin_grids.code"), show: (area) => area.code },
    { title: t("admin_grids.name"), show: (area) => area.name },
    {
      title: t("admin_grids.area"),
      show: (area) => `${format.number(Math.round(area.area_m2 / 10_000) / 100)} km²`,
    },
    { title: t("admin_documents.loaded"), show: (area) => format.time(area.imported_at) },
  ];
  return (
    <Section
      title={t("admin_section.grids")}
      hint={t("admin_grids.hint")}
      action={
        <>
          <Button component={Link} to="/map" variant="default">
            {t("admin_grids.map")}
          </Button>
          {mayManage && !importing && (
            <Button leftSection={<IconUpload size={16} />} onClick={() => setImporting(true)}>
              {t("admin_grids.import")}
            </Button>
          )}
        </>
      }
    >
      {importing && <ImportPanel onClose={() => setImporting(false)} />}
      <Listing
        label={t("admin_section.grids")}
        query={query}
        columns={columns}
        rowKey={(area) => area.code}
        empty={t("admin_grids.none")}
      />
    </Section>
  );
}

function ImportPanel({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const [file, setFile] = useState<File | null>(null);
  const [datum, setDatum] = useState<(typeof DATUMS)[number]>("WGS-84");
  const check = useMutation({
    mutationFn: async (chosen: File) =>
      importAreas({ text: await chosen.text(), datum, check: true }),
    retry: false,
  });
  const load = useChange({
    run: async (chosen: File) => importAreas({ text: await chosen.text(), datum, check: false }),
    done: t("admin_grids.imported"),
    touches: ["grids"],
    onDone: onClose,
  });
  return (
    <Paper withBorder p="md">
      <Stack>
        <Group align="flex-end">
          <FileInput
            label={t("admin_grids.file")}
            placeholder={t("admin_documents.upload")}
            accept=".geojson,.json"
            value={file}
            onChange={(chosen) => {
              setFile(chosen);
              check.reset();
            }}
            w={280}
          />
          <Select
            label={t("admin_grids.datum")}
            data={DATUMS}
            value={datum}
            onChange={(value) => {
              setDatum((value as typeof datum) ?? "WGS-84");
              check.reset();
            }}
            allowDeselect={false}
            w={150}
          />
        </Group>
        <Mistakes error={check.error ?? load.error} />
        {check.data && <WouldChange done={check.data} />}
        <Group justify="flex-end">
          <Button variant="subtle" onClick={onClose}>
            {t("dialog.cancel")}
          </Button>
          <Button
            variant="default"
            disabled={!file}
            loading={check.isPending}
            onClick={() => file && check.mutate(file)}
          >
            {t("admin_documents.check")}
          </Button>
          <Button
            disabled={!file || !check.data}
            loading={load.isPending}
            onClick={() => file && load.mutate(file)}
          >
            {t("admin_grids.import")}
          </Button>
        </Group>
      </Stack>
    </Paper>
  );
}

function WouldChange({ done }: { done: AreasImported }) {
  const { t } = useTranslation();
  const codes = (all: string[]) =>
    all.slice(0, CODES_SHOWN).join(", ") + (all.length > CODES_SHOWN ? " …" : "");
  return (
    <Alert
      color={done.warnings.length ? "yellow" : "green"}
      role="status"
      title={t("admin_documents.would_change")}
    >
      <List size="sm">
        {(["added", "changed", "removed"] as const).map((name) => (
          <List.Item key={name}>
            {t(`admin_grids.${name}`, { count: done[name].length })}{" "}
            <Text span size="xs" c="dimmed">
              {codes(done[name])}
            </Text>
          </List.Item>
        ))}
        <List.Item>{t("admin_grids.unchanged", { count: done.unchanged })}</List.Item>
        {done.warnings.map((warning) => (
          <List.Item key={warning}>{warning}</List.Item>
        ))}
      </List>
    </Alert>
  );
}
