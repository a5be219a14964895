import { Alert, Button, Group, Stack, Text, Title } from "@mantine/core";
import { IconRefreshAlert } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useFormat } from "../../i18n/format";
import { usePermission } from "../../session/useSession";
import { Failed } from "../../shared/States";
import classes from "../Admin.module.css";
import { Rows, Waiting, type Column } from "../parts/Listing";
import { Section } from "../parts/Section";
import { StateBadge } from "../parts/StateBadge";
import { modelVersionsQuery } from "../queries";
import type { ModelVersion, ModelVersions } from "../types";
import { CardDialog, GateDialog, LogDialog, RollBackDialog, ServeDialog } from "./ModelDialogs";

const DIGEST_SHOWN = 12;

export type OfModel = { model: ModelVersions; version: ModelVersion };
type Doing =
  | ({ what: "card" | "gate" | "serve" } & OfModel)
  | { what: "log" | "rollback"; model: ModelVersions };

/** Every model with its versions: what is served, what could be, and what comparing them said. */
export function Models() {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery(modelVersionsQuery);
  const [doing, setDoing] = useState<Doing | null>(null);
  const close = () => setDoing(null);
  return (
    <Section title={t("admin_section.models")} hint={t("admin_models.hint")}>
      {error && <Failed error={error} retry={() => void refetch()} />}
      {!data && !error && <Waiting />}
      {data?.map((model) => (
        <ModelPanel key={model.name} model={model} onDo={setDoing} />
      ))}
      {doing?.what === "card" && <CardDialog {...doing} onClose={close} />}
      {doing?.what === "gate" && <GateDialog {...doing} onClose={close} />}
      {doing?.what === "serve" && <ServeDialog {...doing} onClose={close} />}
      {doing?.what === "log" && <LogDialog model={doing.model} onClose={close} />}
      {doing?.what === "rollback" && <RollBackDialog model={doing.model} onClose={close} />}
    </Section>
  );
}

function ModelPanel({ model, onDo }: { model: ModelVersions; onDo: (doing: Doing) => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const mayManage = usePermission("models:manage");
  const columns: Column<ModelVersion>[] = [
    {
      title: t("admin_documents.version"),
      show: (version) => (
        <>
          {version.version}
          <Text size="xs" c="dimmed" className={classes.code}>
            {version.id === "shipped"
              ? t("admin_models.shipped")
              : Object.values(version.digests)[0]?.slice(0, DIGEST_SHOWN)}
          </Text>
        </>
      ),
    },
    {
      title: t("admin.state"),
      show: (version) =>
        version.served ? (
          <StateBadge look="on" label={t("admin_models.served")} />
        ) : (
          <StateBadge look="off" label={t("admin_models.kept")} />
        ),
    },
    {
      title: t("admin_models.gate"),
      show: (version) => (
        <Gate version={version} onShow={() => onDo({ what: "gate", model, version })} />
      ),
    },
    {
      title: t("admin_models.added"),
      show: (version) =>
        version.added_at && (
          <>
            {format.time(version.added_at)}
            <Text size="xs" c="dimmed">
              {version.added_by}
            </Text>
          </>
        ),
    },
    {
      title: "",
      show: (version) => (
        <Group gap={4} justify="flex-end" wrap="nowrap">
          {version.has_card && (
            <Button
              size="compact-sm"
              variant="subtle"
              aria-label={t("admin_models.card_of", {
                name: model.name,
                version: version.version,
              })}
              onClick={() => onDo({ what: "card", model, version })}
            >
              {t("admin_models.card")}
            </Button>
          )}
          {mayManage && !version.served && version.id !== "shipped" && (
            <Button
              size="compact-sm"
              variant="light"
              onClick={() => onDo({ what: "serve", model, version })}
            >
              {t("admin_models.serve")}
            </Button>
          )}
        </Group>
      ),
    },
  ];
  const promoted = model.versions.some((version) => version.served && version.id !== "shipped");
  return (
    <Stack gap="xs" component="section" aria-label={model.name}>
      <Group justify="space-between">
        <Title order={2} size="h5" className={classes.code} fz="md">
          {model.name}
        </Title>
        <Group gap={4}>
          {model.log.length > 0 && (
            <Button size="compact-sm" variant="subtle" onClick={() => onDo({ what: "log", model })}>
              {t("admin_models.log")}
            </Button>
          )}
          {mayManage && promoted && (
            <Button
              size="compact-sm"
              variant="subtle"
              color="red"
              onClick={() => onDo({ what: "rollback", model })}
            >
              {t("admin_models.rollback")}
            </Button>
          )}
        </Group>
      </Group>
      {model.restart_needed && (
        <Alert color="yellow" icon={<IconRefreshAlert />} role="status">
          {t("admin_models.restart")}
        </Alert>
      )}
      <Rows
        label={model.name}
        columns={columns}
        items={model.versions}
        rowKey={(version) => version.id}
        empty={t("admin_models.none")}
      />
    </Stack>
  );
}

function Gate({ version, onShow }: { version: ModelVersion; onShow: () => void }) {
  const { t } = useTranslation();
  if (version.rows.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {t("admin_models.not_compared")}
      </Text>
    );
  }
  return (
    <Group gap={6} wrap="nowrap">
      {version.loses ? (
        <StateBadge look="wrong" label={t("admin_models.loses")} />
      ) : (
        <StateBadge look="on" label={t("admin_models.passes")} />
      )}
      <Button size="compact-xs" variant="subtle" onClick={onShow}>
        {t("admin_models.figures")}
      </Button>
    </Group>
  );
}
