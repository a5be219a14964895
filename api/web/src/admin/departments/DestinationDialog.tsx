import { PasswordInput, Select, TagsInput, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { client, take } from "../../api/client";
import { modelsQuery } from "../../api/queries";
import classes from "../Admin.module.css";
import { FormDialog } from "../../shared/dialogs";
import { useChange } from "../parts/useChange";
import type { Connector, Destination } from "../types";
import { SettingsForm } from "./SettingsForm";
import { useLabel } from "./useLabel";

interface Props {
  destination: Destination | null;
  connectors: Connector[];
  onClose: () => void;
}

/** Makes or changes a destination; what it asks for is what its connector says that it needs. */
export function DestinationDialog({ destination, connectors, onClose }: Props) {
  const { t } = useTranslation();
  const label = useLabel();
  const models = useQuery(modelsQuery).data?.items ?? [];
  const [draft, setDraft] = useState({
    kind: destination?.kind ?? ("webhook" as Destination["kind"]),
    name: destination?.name ?? "",
    url: destination?.url ?? "",
    settings: destination?.settings ?? {},
    secret: "",
    classes: destination?.classes ?? [],
  });
  const set = (part: Partial<typeof draft>) => setDraft((known) => ({ ...known, ...part }));
  const connector = connectors.find((one) => one.kind === draft.kind);
  const change = useChange({
    run: () => {
      const { kind, secret, ...rest } = draft;
      const body = { ...rest, ...(secret && { secret }) };
      return destination
        ? take(
            client.PATCH("/v1/destinations/{destination_id}", {
              params: { path: { destination_id: destination.id } },
              body,
            }),
          )
        : take(client.POST("/v1/destinations", { body: { ...body, kind } }));
    },
    done: t("admin.saved"),
    touches: ["destinations"],
    onDone: onClose,
  });
  if (!connector) return null;
  const names = [...new Set(models.flatMap((model) => model.classes.map(({ name }) => name)))];
  return (
    <FormDialog
      title={destination ? t("admin_destinations.change") : t("admin_destinations.make")}
      does={t("admin.save")}
      size="lg"
      change={change}
      onSubmit={() => change.mutate()}
      onClose={onClose}
    >
      <Select
        label={t("admin_destinations.kind")}
        description={label(connector.summary)}
        data={connectors.map((one) => ({ value: one.kind, label: label(one.title) }))}
        value={draft.kind}
        onChange={(kind) => kind && set({ kind: kind as Destination["kind"], settings: {} })}
        allowDeselect={false}
        disabled={destination !== null}
      />
      <TextInput
        label={t("admin_destinations.name")}
        value={draft.name}
        onChange={(event) => set({ name: event.currentTarget.value })}
        maxLength={120}
        required
        data-autofocus
      />
      <TextInput
        label={label(connector.address.label)}
        description={t("admin_destinations.pinned", {
          schemes: connector.address.schemes.join(", "),
        })}
        placeholder={connector.address.example}
        value={draft.url}
        onChange={(event) => set({ url: event.currentTarget.value })}
        maxLength={500}
        required
      />
      {connector.secret.need !== "never" && (
        <PasswordInput
          label={label(connector.secret.label)}
          description={destination?.has_secret ? t("admin_destinations.secret_kept") : undefined}
          value={draft.secret}
          onChange={(event) => set({ secret: event.currentTarget.value })}
          required={connector.secret.need === "always" && !destination}
          maxLength={500}
          autoComplete="off"
          visibilityToggleButtonProps={{ "aria-label": t("admin_users.show_password") }}
        />
      )}
      <TagsInput
        label={t("admin_destinations.classes")}
        description={t("admin_destinations.classes_hint")}
        data={names}
        value={draft.classes}
        onChange={(value) => set({ classes: value })}
        clearable
        clearButtonProps={{ "aria-label": t("admin.clear") }}
      />
      <SettingsForm
        key={draft.kind}
        connector={connector}
        values={draft.settings}
        onChange={(settings) => set({ settings })}
      />
      {destination?.callback_url && (
        <div>
          <Text size="sm" fw={500}>
            {t("admin_destinations.callback")}
          </Text>
          <Text className={classes.code}>{destination.callback_url}</Text>
        </div>
      )}
    </FormDialog>
  );
}
