import { Button, Code, Group, Stack, Text } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useFormat } from "../../i18n/format";
import { usePermission } from "../../session/useSession";
import classes from "../Admin.module.css";
import { Listing, type Column } from "../parts/Listing";
import { RowMenu } from "../parts/RowMenu";
import { SecretDialog } from "../parts/SecretDialog";
import { Section } from "../parts/Section";
import { StateBadge } from "../parts/StateBadge";
import { devicesQuery, everyCameraQuery } from "../queries";
import type { Device, NewDevice } from "../types";
import { RemoveDialog, RenewDialog, SwitchDialog } from "./DeviceActions";
import { DeviceDialog } from "./DeviceDialog";

const SHOWN_CAMERAS = 3;

type Doing =
  { what: "change" | "switch" | "renew" | "remove"; device: Device } | { what: "make" } | null;

/** Cameras and recorders that already exist, and come in by a protocol of their own. */
export function Devices() {
  const { t } = useTranslation();
  const format = useFormat();
  const mayManage = usePermission("devices:manage");
  const query = useInfiniteQuery(devicesQuery);
  const [doing, setDoing] = useState<Doing>(null);
  const [made, setMade] = useState<NewDevice | null>(null);
  const close = () => setDoing(null);
  const show = (device: NewDevice) => {
    close();
    if (device.secret !== null) setMade(device);
  };

  const columns: Column<Device>[] = [
    {
      title: t("admin_devices.name"),
      show: (device) => (
        <>
          {device.name}
          <Text size="xs" c="dimmed">
            {t(`device_protocol.${device.protocol}`)}
          </Text>
          <span className={classes.identifier}>{device.identifier}</span>
        </>
      ),
    },
    { title: t("admin_devices.cameras"), show: (device) => <CamerasOf device={device} /> },
    {
      title: t("admin.state"),
      show: (device) => (
        <Stack gap={4} align="flex-start">
          {device.enabled ? (
            <StateBadge look="on" label={t("admin.active")} />
          ) : (
            <StateBadge look="off" label={t("admin_devices.not_let_in")} />
          )}
          {!device.door_open && <StateBadge look="waiting" label={t("admin_devices.closed")} />}
        </Stack>
      ),
    },
    {
      title: t("admin_devices.last_seen"),
      show: (device) => (
        <Text size="sm" className={classes.nowrap} c={device.last_seen_at ? undefined : "dimmed"}>
          {device.last_seen_at ? format.ago(device.last_seen_at) : t("admin_devices.never")}
        </Text>
      ),
    },
    {
      title: "",
      show: (device) =>
        mayManage && (
          <Group gap={4} wrap="nowrap" justify="flex-end">
            <Button
              size="compact-sm"
              variant="subtle"
              color={device.enabled ? "red" : undefined}
              aria-label={
                device.enabled
                  ? t("admin_devices.disable", { name: device.name })
                  : t("admin_devices.enable", { name: device.name })
              }
              onClick={() => setDoing({ what: "switch", device })}
            >
              {device.enabled ? t("admin.disable") : t("admin.enable")}
            </Button>
            <RowMenu
              label={t("admin.actions_of", { name: device.name })}
              actions={[
                {
                  label: t("admin_devices.change"),
                  run: () => setDoing({ what: "change", device }),
                },
                ...(device.protocol === "mqtt"
                  ? []
                  : [
                      {
                        label: t("admin_devices.renew"),
                        run: () => setDoing({ what: "renew", device }),
                      },
                    ]),
                {
                  label: t("admin_devices.remove"),
                  run: () => setDoing({ what: "remove", device }),
                  color: "red",
                },
              ]}
            />
          </Group>
        ),
    },
  ];

  return (
    <Section
      title={t("admin_section.devices")}
      hint={t("admin_devices.hint")}
      action={
        mayManage && (
          <Button leftSection={<IconPlus size={16} />} onClick={() => setDoing({ what: "make" })}>
            {t("admin_devices.make")}
          </Button>
        )
      }
    >
      <Listing
        label={t("admin_section.devices")}
        query={query}
        columns={columns}
        rowKey={(device) => device.id}
        empty={t("admin_devices.none")}
      />
      {doing?.what === "make" && <DeviceDialog device={null} onClose={close} onMade={show} />}
      {doing?.what === "change" && (
        <DeviceDialog device={doing.device} onClose={close} onMade={show} />
      )}
      {doing?.what === "switch" && <SwitchDialog device={doing.device} onClose={close} />}
      {doing?.what === "renew" && (
        <RenewDialog device={doing.device} onClose={close} onMade={show} />
      )}
      {doing?.what === "remove" && <RemoveDialog device={doing.device} onClose={close} />}
      {made?.secret && (
        <SecretDialog
          title={t("admin_devices.secret_of", { name: made.name })}
          hint={t(`device_secret_hint.${made.protocol}`)}
          secret={made.secret}
          onClose={() => setMade(null)}
        />
      )}
    </Section>
  );
}

function CamerasOf({ device }: { device: Device }) {
  const { t } = useTranslation();
  const cameras = useQuery(everyCameraQuery);
  const nameOf = (id: string) => cameras.data?.find((camera) => camera.id === id)?.name ?? "…";
  const others = device.cameras.length - SHOWN_CAMERAS;
  return (
    <>
      {device.cameras.slice(0, SHOWN_CAMERAS).map(({ channel, camera_id }) => (
        <Text key={channel} size="sm" className={classes.anywhere}>
          {nameOf(camera_id)} {channel && <Code>{channel}</Code>}
        </Text>
      ))}
      {others > 0 && (
        <Text size="xs" c="dimmed">
          {t("admin_devices.others", { count: others })}
        </Text>
      )}
    </>
  );
}
