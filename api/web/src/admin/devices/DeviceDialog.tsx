import { Select, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { client, take } from "../../api/client";
import { FormDialog } from "../../shared/dialogs";
import { useChange } from "../parts/useChange";
import type { Device, DeviceProtocol, NewDevice } from "../types";
import { ChannelFields, type Channel } from "./ChannelFields";

const PROTOCOLS: readonly DeviceProtocol[] = ["viid", "isapi", "gb28181", "mqtt"];
const PATTERNS: Record<DeviceProtocol, string> = {
  viid: "[0-9]{20}",
  gb28181: "[0-9]{20}",
  isapi: "[A-Za-z0-9][A-Za-z0-9_.\\-]{0,63}",
  mqtt: "\\S+",
};

/** Makes a device, or changes its name and its cameras. */
export function DeviceDialog(props: {
  device: Device | null;
  onClose: () => void;
  onMade: (device: NewDevice) => void;
}) {
  const { t } = useTranslation();
  const { device } = props;
  const [name, setName] = useState(device?.name ?? "");
  const [protocol, setProtocol] = useState<DeviceProtocol>(device?.protocol ?? "viid");
  const [identifier, setIdentifier] = useState(device?.identifier ?? "");
  const [channels, setChannels] = useState<Channel[]>(
    device?.cameras ?? [{ channel: "", camera_id: null }],
  );
  const cameras = channels.flatMap(({ channel, camera_id }) =>
    camera_id === null ? [] : [{ channel: channel.trim(), camera_id }],
  );
  const change = useChange({
    run: () =>
      device
        ? take(
            client.PATCH("/v1/devices/{device_id}", {
              params: { path: { device_id: device.id } },
              body: { name, cameras },
            }),
          ).then((changed): NewDevice => ({ ...changed, secret: null }))
        : take(
            client.POST("/v1/devices", {
              body: { name, protocol, identifier: identifier.trim(), cameras },
            }),
          ),
    done: device ? t("admin.saved") : t("admin_devices.made"),
    touches: ["devices"],
    onDone: props.onMade,
  });
  return (
    <FormDialog
      title={device ? t("admin_devices.change") : t("admin_devices.make")}
      does={device ? t("admin.save") : t("admin_devices.make")}
      change={change}
      onSubmit={() => change.mutate()}
      onClose={props.onClose}
      size="lg"
      disabled={cameras.length === 0}
    >
      <TextInput
        label={t("admin_devices.name")}
        description={t("admin_devices.name_hint")}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        maxLength={120}
        required
        data-autofocus
      />
      {!device && (
        <>
          <Select
            label={t("admin_devices.protocol")}
            data={PROTOCOLS.map((value) => ({ value, label: t(`device_protocol.${value}`) }))}
            value={protocol}
            onChange={(value) => value && setProtocol(value as DeviceProtocol)}
            allowDeselect={false}
          />
          <TextInput
            label={t("admin_devices.identifier")}
            description={t(`device_identifier_hint.${protocol}`)}
            value={identifier}
            onChange={(event) => setIdentifier(event.currentTarget.value)}
            pattern={PATTERNS[protocol]}
            maxLength={200}
            autoComplete="off"
            required
          />
        </>
      )}
      <ChannelFields channels={channels} onChange={setChannels} />
    </FormDialog>
  );
}
