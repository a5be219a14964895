import { Alert } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { HealthBadge } from "../cameras/HealthBadge";
import { useFormat } from "../i18n/format";
import type { DeviceDetails } from "./devices";
import { Section } from "./Section";

const NAMES_SHOWN = 6;

/** What is wrong with a camera or gateway, since when, and what to do about it. */
export function DevicePanel({ details }: { details: DeviceDetails }) {
  const { t } = useTranslation();
  const { time } = useFormat();
  const { trouble, first_at, last_at, lasting, shift_px, detail, gateway, cameras, earlier } =
    details;
  const names = cameras.slice(0, NAMES_SHOWN).join(t("cameras.comma"));
  return (
    <Section
      title={t("device.title")}
      rows={[
        [t("device.trouble"), <HealthBadge key="trouble" state={trouble} />],
        [t("device.gateway"), gateway?.name],
        [
          t("device.cameras", { count: cameras.length }),
          gateway && cameras.length > 0
            ? cameras.length > NAMES_SHOWN
              ? t("device.and_more", { names, count: cameras.length })
              : names
            : null,
        ],
        [t("device.since"), time(first_at)],
        [t("device.until"), lasting ? t("cameras.lasts") : time(last_at)],
        [t("device.shift"), shift_px && t("cameras.shift", { pixels: Math.round(shift_px) })],
        [t("device.detail"), detail || null],
        [t("device.earlier"), earlier > 0 ? t("device.earlier_value", { count: earlier }) : null],
      ]}
    >
      <Alert color="orange" p="xs">
        {gateway ? t(`gateway_advice.${trouble as "silent"}`) : t(`camera_advice.${trouble}`)}
      </Alert>
    </Section>
  );
}
