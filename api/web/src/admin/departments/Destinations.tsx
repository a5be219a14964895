import { Button, Group, Text } from "@mantine/core";
import { IconPlugConnected, IconPlus } from "@tabler/icons-react";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { usePermission } from "../../session/useSession";
import classes from "../Admin.module.css";
import { Listing, type Column } from "../parts/Listing";
import { RowMenu } from "../parts/RowMenu";
import { Section } from "../parts/Section";
import { StateBadge } from "../parts/StateBadge";
import { connectorsQuery, destinationsQuery } from "../queries";
import type { Destination } from "../types";
import { DestinationDialog } from "./DestinationDialog";
import { EndKeysDialog, NewKeyDialog, SwitchDialog, TrialDialog } from "./DestinationActions";
import { useLabel } from "./useLabel";

type Doing =
  | { what: "change" | "try" | "key" | "end" | "switch"; destination: Destination }
  | { what: "make" };

export function Destinations() {
  const { t } = useTranslation();
  const label = useLabel();
  const mayManage = usePermission("destinations:manage");
  const query = useInfiniteQuery(destinationsQuery);
  const connectors = useQuery(connectorsQuery).data ?? [];
  const [doing, setDoing] = useState<Doing | null>(null);
  const close = () => setDoing(null);

  function titleOf(kind: Destination["kind"]) {
    const connector = connectors.find((one) => one.kind === kind);
    return connector ? label(connector.title) : kind;
  }

  const columns: Column<Destination>[] = [
    {
      title: t("admin_destinations.name"),
      show: (destination) => (
        <>
          {destination.name}
          <Text size="xs" c="dimmed">
            {titleOf(destination.kind)}
          </Text>
        </>
      ),
    },
    {
      title: t("admin_destinations.address"),
      show: (destination) => <span className={classes.code}>{destination.url}</span>,
    },
    {
      title: t("admin_destinations.classes"),
      show: (destination) =>
        destination.classes.join(", ") || (
          <Text size="sm" c="dimmed">
            {t("admin_destinations.by_routing")}
          </Text>
        ),
    },
    {
      title: t("admin.state"),
      show: (destination) => (
        <>
          {destination.enabled ? (
            <StateBadge look="on" label={t("admin.active")} />
          ) : (
            <StateBadge look="wrong" label={t("admin.disabled")} />
          )}
          {(destination.signing_keys ?? 0) > 1 && (
            <StateBadge look="waiting" label={t("admin_destinations.keys_changing")} />
          )}
          {destination.disabled_reason && (
            <Text size="xs" c="dimmed">
              {destination.disabled_reason}
            </Text>
          )}
        </>
      ),
    },
    {
      title: "",
      show: (destination) =>
        mayManage && (
          <Group gap={4} wrap="nowrap" justify="flex-end">
            <Button
              size="compact-sm"
              variant="light"
              leftSection={<IconPlugConnected size={14} />}
              aria-label={t("admin_destinations.try_named", { name: destination.name })}
              onClick={() => setDoing({ what: "try", destination })}
            >
              {t("admin_destinations.try")}
            </Button>
            <RowMenu
              label={t("admin.actions_of", { name: destination.name })}
              actions={[
                {
                  label: t("admin_destinations.change"),
                  run: () => setDoing({ what: "change", destination }),
                },
                ...(destination.signing_keys === null
                  ? []
                  : [
                      {
                        label: t("admin_destinations.new_key"),
                        run: () => setDoing({ what: "key", destination }),
                      },
                    ]),
                ...((destination.signing_keys ?? 0) > 1
                  ? [
                      {
                        label: t("admin_destinations.end_keys"),
                        run: () => setDoing({ what: "end", destination }),
                      },
                    ]
                  : []),
                {
                  label: destination.enabled ? t("admin.disable") : t("admin.enable"),
                  color: destination.enabled ? "red" : undefined,
                  run: () => setDoing({ what: "switch", destination }),
                },
              ]}
            />
          </Group>
        ),
    },
  ];

  return (
    <Section
      title={t("admin_section.destinations")}
      hint={t("admin_destinations.hint")}
      action={
        mayManage && (
          <Button leftSection={<IconPlus size={16} />} onClick={() => setDoing({ what: "make" })}>
            {t("admin_destinations.make")}
          </Button>
        )
      }
    >
      <Listing
        label={t("admin_section.destinations")}
        query={query}
        columns={columns}
        rowKey={(destination) => destination.id}
        empty={t("admin_destinations.none")}
      />
      {doing?.what === "make" && (
        <DestinationDialog destination={null} connectors={connectors} onClose={close} />
      )}
      {doing?.what === "change" && (
        <DestinationDialog
          destination={doing.destination}
          connectors={connectors}
          onClose={close}
        />
      )}
      {doing?.what === "try" && (
        <TrialDialog destination={doing.destination} connectors={connectors} onClose={close} />
      )}
      {doing?.what === "key" && <NewKeyDialog destination={doing.destination} onClose={close} />}
      {doing?.what === "end" && <EndKeysDialog destination={doing.destination} onClose={close} />}
      {doing?.what === "switch" && <SwitchDialog destination={doing.destination} onClose={close} />}
    </Section>
  );
}
