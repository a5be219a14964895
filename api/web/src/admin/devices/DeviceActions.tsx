import { useTranslation } from "react-i18next";

import { client, take } from "../../api/client";
import { ConfirmDialog } from "../../shared/dialogs";
import { useChange } from "../parts/useChange";
import type { Device, NewDevice } from "../types";

interface Props {
  device: Device;
  onClose: () => void;
}

export function SwitchDialog({ device, onClose }: Props) {
  const { t } = useTranslation();
  const enable = !device.enabled;
  const change = useChange({
    run: () =>
      take(
        client.PATCH("/v1/devices/{device_id}", {
          params: { path: { device_id: device.id } },
          body: { enabled: enable },
        }),
      ),
    done: t("admin.saved"),
    touches: ["devices"],
    onDone: onClose,
  });
  return (
    <ConfirmDialog
      title={device.name}
      text={enable ? t("admin_devices.enable_sure") : t("admin_devices.disable_sure")}
      does={enable ? t("admin.enable") : t("admin.disable")}
      color={enable ? undefined : "red"}
      change={change}
      onSubmit={() => change.mutate()}
      onClose={onClose}
    />
  );
}

export function RenewDialog(props: Props & { onMade: (device: NewDevice) => void }) {
  const { t } = useTranslation();
  const { device, onClose, onMade } = props;
  const change = useChange({
    run: () =>
      take(
        client.POST("/v1/devices/{device_id}/secret", {
          params: { path: { device_id: device.id } },
        }),
      ),
    done: t("admin.saved"),
    touches: ["devices"],
    onDone: onMade,
  });
  return (
    <ConfirmDialog
      title={device.name}
      text={t("admin_devices.renew_sure")}
      does={t("admin_devices.renew")}
      change={change}
      onSubmit={() => change.mutate()}
      onClose={onClose}
    />
  );
}

export function RemoveDialog({ device, onClose }: Props) {
  const { t } = useTranslation();
  const change = useChange({
    run: () =>
      take(
        client.DELETE("/v1/devices/{device_id}", { params: { path: { device_id: device.id } } }),
      ),
    done: t("admin_devices.removed"),
    touches: ["devices"],
    onDone: onClose,
  });
  return (
    <ConfirmDialog
      title={device.name}
      text={t("admin_devices.remove_sure")}
      does={t("admin_devices.remove")}
      change={change}
      onSubmit={() => change.mutate()}
      onClose={onClose}
    />
  );
}
