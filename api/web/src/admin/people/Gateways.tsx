import { Button, Group, TextInput } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { client, take } from "../../api/client";
import { useFormat } from "../../i18n/format";
import { ConfirmDialog, FormDialog } from "../../shared/dialogs";
import { Listing, type Column } from "../parts/Listing";
import { Section } from "../parts/Section";
import { StateBadge } from "../parts/StateBadge";
import { useChange } from "../parts/useChange";
import { gatewaysQuery } from "../queries";
import type { Gateway } from "../types";

export function Gateways() {
  const { t } = useTranslation();
  const format = useFormat();
  const query = useInfiniteQuery(gatewaysQuery);
  const [making, setMaking] = useState(false);
  const [switching, setSwitching] = useState<Gateway | null>(null);

  const columns: Column<Gateway>[] = [
    { title: t("admin_gateways.name"), show: (gateway) => gateway.name },
    {
      title: t("admin.state"),
      show: (gateway) =>
        gateway.disabled_at ? (
          <StateBadge look="off" label={t("admin.disabled")} />
        ) : (
          <StateBadge look="on" label={t("admin.active")} />
        ),
    },
    { title: t("admin.created"), show: (gateway) => format.time(gateway.created_at) },
    {
      title: "",
      show: (gateway) => (
        <Group justify="flex-end">
          <Button
            size="compact-sm"
            variant="subtle"
            color={gateway.disabled_at ? undefined : "red"}
            onClick={() => setSwitching(gateway)}
          >
            {gateway.disabled_at ? t("admin.enable") : t("admin.disable")}
          </Button>
        </Group>
      ),
    },
  ];

  return (
    <Section
      title={t("admin_section.gateways")}
      hint={t("admin_gateways.hint")}
      action={
        <Button leftSection={<IconPlus size={16} />} onClick={() => setMaking(true)}>
          {t("admin_gateways.make")}
        </Button>
      }
    >
      <Listing
        label={t("admin_section.gateways")}
        query={query}
        columns={columns}
        rowKey={(gateway) => gateway.id}
        empty={t("admin_gateways.none")}
      />
      {making && <GatewayDialog onClose={() => setMaking(false)} />}
      {switching && <SwitchDialog gateway={switching} onClose={() => setSwitching(null)} />}
    </Section>
  );
}

function GatewayDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState("");
  const change = useChange({
    run: () => take(client.POST("/v1/gateways", { body: { name } })),
    done: t("admin_gateways.made"),
    touches: ["gateways"],
    onDone: onClose,
  });
  return (
    <FormDialog
      title={t("admin_gateways.make")}
      does={t("admin_gateways.make")}
      change={change}
      onSubmit={() => change.mutate()}
      onClose={onClose}
    >
      <TextInput
        label={t("admin_gateways.name")}
        description={t("admin_gateways.name_hint")}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        maxLength={120}
        required
        data-autofocus
      />
    </FormDialog>
  );
}

function SwitchDialog({ gateway, onClose }: { gateway: Gateway; onClose: () => void }) {
  const { t } = useTranslation();
  const enable = gateway.disabled_at !== null;
  const change = useChange({
    run: () =>
      take(
        client.PATCH("/v1/gateways/{gateway_id}", {
          params: { path: { gateway_id: gateway.id } },
          body: { disabled: !enable },
        }),
      ),
    done: t("admin.saved"),
    touches: ["gateways"],
    onDone: onClose,
  });
  return (
    <ConfirmDialog
      title={gateway.name}
      text={enable ? t("admin_gateways.enable_sure") : t("admin_gateways.disable_sure")}
      does={enable ? t("admin.enable") : t("admin.disable")}
      color={enable ? undefined : "red"}
      change={change}
      onSubmit={() => change.mutate()}
      onClose={onClose}
    />
  );
}
