import { Alert, Checkbox, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { client, take } from "../../api/client";
import { useFormat } from "../../i18n/format";
import { Failed } from "../../shared/States";
import { SaveText } from "../documents/TextFile";
import { FormDialog } from "../../shared/dialogs";
import { Rows, Waiting, type Column } from "../parts/Listing";
import { StateBadge } from "../parts/StateBadge";
import { useChange } from "../parts/useChange";
import { modelCardQuery } from "../queries";
import type { ModelVersion, ModelVersions } from "../types";
import { Card } from "./Card";
import type { OfModel } from "./Models";

type Line = ModelVersion["rows"][number];
type Promotion = ModelVersions["log"][number];

const VERDICT_LOOKS = { lost: "wrong", unsure: "waiting", few: "off", kept: "on" } as const;
const LEAST_REASON = 3;

export function CardDialog({ model, version, onClose }: OfModel & { onClose: () => void }) {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery(modelCardQuery(model.name, version.id));
  return (
    <Modal
      opened
      onClose={onClose}
      size={900}
      title={`${model.name} ${version.version}`}
      closeButtonProps={{ "aria-label": t("dialog.close") }}
    >
      {error && <Failed error={error} retry={() => void refetch()} />}
      {!data && !error && <Waiting />}
      {data && (
        <Stack>
          <Group justify="flex-end">
            <SaveText text={data.markdown} name={`${model.name}-${version.version}.md`} />
          </Group>
          <Card nodes={data.nodes} />
        </Stack>
      )}
    </Modal>
  );
}

/** What comparing a version with the one then served said, class by class and slice by slice. */
export function GateDialog({ model, version, onClose }: OfModel & { onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal
      opened
      onClose={onClose}
      size="xl"
      title={t("admin_models.gate_of", { name: model.name, version: version.version })}
      closeButtonProps={{ "aria-label": t("dialog.close") }}
    >
      <Stack>
        <Text size="sm" c="dimmed">
          {t("admin_models.gate_hint")}
        </Text>
        <Figures lines={version.rows} />
      </Stack>
    </Modal>
  );
}

function Figures({ lines }: { lines: Line[] }) {
  const { t } = useTranslation();
  const figure = (line: Line, value: number) =>
    line.name === "latency" ? `${Math.round(value)} ms` : value.toFixed(3);
  const columns: Column<Line>[] = [
    {
      title: t("admin_models.slice"),
      show: (line) => (
        <>
          {line.name}
          <Text size="xs" c="dimmed">
            {line.judged_set} {line.variant}
          </Text>
        </>
      ),
    },
    { title: t("admin_models.objects"), show: (line) => line.objects || "" },
    { title: t("admin_models.current"), show: (line) => figure(line, line.current) },
    { title: t("admin_models.candidate"), show: (line) => figure(line, line.candidate) },
    {
      title: t("admin_models.loss"),
      show: (line) => (line.name === "latency" ? `×${line.loss.toFixed(2)}` : line.loss.toFixed(3)),
    },
    {
      title: t("admin_models.verdict"),
      show: (line) => (
        <StateBadge look={VERDICT_LOOKS[line.verdict]} label={t(`admin_verdict.${line.verdict}`)} />
      ),
    },
  ];
  return (
    <Rows
      label={t("admin_models.figures")}
      columns={columns}
      items={lines}
      rowKey={(line) => `${line.judged_set} ${line.variant} ${line.name}`}
      empty={t("admin_models.not_compared")}
    />
  );
}

export function ServeDialog({ model, version, onClose }: OfModel & { onClose: () => void }) {
  const { t } = useTranslation();
  const [reason, setReason] = useState("");
  const [force, setForce] = useState(false);
  const change = useChange({
    run: () =>
      take(
        client.PUT("/v1/models/{name}/served", {
          params: { path: { name: model.name } },
          body: { version: version.id, reason, force },
        }),
      ),
    done: t("admin_models.is_served"),
    touches: ["model-versions"],
    onDone: onClose,
  });
  return (
    <FormDialog
      title={t("admin_models.serve_named", { name: model.name, version: version.version })}
      does={t("admin_models.serve")}
      color={version.loses ? "red" : undefined}
      change={change}
      onSubmit={() => change.mutate()}
      onClose={onClose}
      disabled={version.loses && !force}
    >
      <Text size="sm">{t("admin_models.serve_text")}</Text>
      {version.loses && (
        <Alert color="red" icon={<IconAlertTriangle />} title={t("admin_models.loses")}>
          <Stack gap="xs">
            <Text size="sm">
              {version.rows
                .filter((line) => line.verdict === "lost")
                .map((line) => line.name)
                .join(", ")}
            </Text>
            <Checkbox
              label={t("admin_models.force")}
              checked={force}
              onChange={(event) => setForce(event.currentTarget.checked)}
            />
          </Stack>
        </Alert>
      )}
      <Reason value={reason} onChange={setReason} />
    </FormDialog>
  );
}

export function RollBackDialog({ model, onClose }: { model: ModelVersions; onClose: () => void }) {
  const { t } = useTranslation();
  const [reason, setReason] = useState("");
  const change = useChange({
    run: () =>
      take(
        client.POST("/v1/models/{name}/rollback", {
          params: { path: { name: model.name } },
          body: { reason },
        }),
      ),
    done: t("admin_models.is_served"),
    touches: ["model-versions"],
    onDone: onClose,
  });
  return (
    <FormDialog
      title={t("admin_models.rollback_named", { name: model.name })}
      does={t("admin_models.rollback")}
      color="red"
      change={change}
      onSubmit={() => change.mutate()}
      onClose={onClose}
    >
      <Text size="sm">{t("admin_models.rollback_text")}</Text>
      <Reason value={reason} onChange={setReason} />
    </FormDialog>
  );
}

function Reason(props: { value: string; onChange: (value: string) => void }) {
  const { t } = useTranslation();
  return (
    <TextInput
      label={t("admin_audit.reason")}
      description={t("admin_letters.reason_hint")}
      value={props.value}
      onChange={(event) => props.onChange(event.currentTarget.value)}
      minLength={LEAST_REASON}
      maxLength={2000}
      required
      data-autofocus
    />
  );
}

export function LogDialog({ model, onClose }: { model: ModelVersions; onClose: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const named = (id: string | null) =>
    model.versions.find((version) => version.id === (id ?? "shipped"))?.version ?? id;
  const columns: Column<Promotion>[] = [
    { title: t("admin_audit.at"), show: (line) => format.time(line.at) },
    {
      title: t("admin_audit.action"),
      show: (line) => (
        <>
          {t(`admin_promotion.${line.action}`)}
          {line.forced && (
            <Text size="xs" c="red">
              {t("admin_models.forced")}
            </Text>
          )}
        </>
      ),
    },
    { title: t("admin_documents.version"), show: (line) => named(line.version) },
    { title: t("admin_audit.actor"), show: (line) => line.who },
    { title: t("admin_audit.reason"), show: (line) => line.reason },
  ];
  return (
    <Modal
      opened
      onClose={onClose}
      size="xl"
      title={t("admin_models.log_of", { name: model.name })}
      closeButtonProps={{ "aria-label": t("dialog.close") }}
    >
      <Rows
        label={t("admin_models.log")}
        columns={columns}
        items={model.log}
        rowKey={(line) => line.at}
        empty=""
      />
    </Modal>
  );
}
