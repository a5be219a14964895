import { Group, Tooltip } from "@mantine/core";
import { IconAccessPoint, IconAccessPointOff, IconRefresh } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import { useFormat } from "../i18n/format";
import classes from "./LiveMark.module.css";
import { useLive } from "./useLive";

const ICONS = { live: IconAccessPoint, reconnecting: IconRefresh, stale: IconAccessPointOff };

/** Says whether what the page shows is up to date. */
export function LiveMark() {
  const { t } = useTranslation();
  const { clock } = useFormat();
  const live = useLive();
  if (!live) return null;
  const Icon = ICONS[live.state];
  const time = live.state === "stale" ? clock(live.since) : "";
  return (
    <Tooltip label={t(live.state === "live" ? "live.live_hint" : "live.lost_hint")}>
      <Group
        gap={5}
        wrap="nowrap"
        className={classes.mark}
        data-state={live.state}
        role="status"
        aria-label={t("live.label")}
      >
        <Icon size={16} stroke={1.8} aria-hidden />
        <span className={classes.word}>{t(`live.${live.state}`, { time })}</span>
      </Group>
    </Tooltip>
  );
}
