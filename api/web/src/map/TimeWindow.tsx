import { Button, RangeSlider, Text } from "@mantine/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";

import { useFormat } from "../i18n/format";
import classes from "./Map.module.css";
import type { FindingPoint } from "./points";
import type { Seen } from "./useMapState";

const DAY_MS = 86_400_000;
const HOUR_DAYS = 1 / 24;
const LONGEST_DAYS = 365;
const SHORT_DAYS = 4; // so few days are told by the hour

interface Props {
  findings: FindingPoint[];
  seen: Seen;
  onChange: (seen: Seen) => void;
  onChangeEnd: (seen: Seen) => void;
}

/** Which findings and cases are shown, by when they were seen or changed last. */
export function TimeWindow({ findings, seen, onChange, onChangeEnd }: Props) {
  const { t } = useTranslation();
  const { shortTime } = useFormat();
  const days = useMemo(() => {
    const oldest = findings.reduce(
      (least, { properties: { last_seen_at } }) => (last_seen_at < least ? last_seen_at : least),
      new Date().toISOString(),
    );
    const age = Math.ceil((Date.now() - Date.parse(oldest)) / DAY_MS);
    return Math.min(Math.max(age, 1), LONGEST_DAYS);
  }, [findings]);
  const step = days <= SHORT_DAYS ? HOUR_DAYS : 1;

  const seenOf = ([from, to]: [number, number]): Seen => ({
    from: from <= -days ? null : rounded(-from),
    to: rounded(-to),
  });
  const words = (value: number) =>
    value >= 0 ? t("map_time.now") : shortTime(new Date(Date.now() + value * DAY_MS).toISOString());
  const from = seen.from === null ? -days : Math.max(-seen.from, -days);
  const isWhole = seen.from === null && seen.to === 0;
  return (
    <div className={classes.time} role="group" aria-label={t("map_time.title")}>
      <Text size="xs" className={classes.timeWords}>
        {isWhole
          ? t("map_time.whole")
          : t("map_time.window", { from: words(from), to: words(-seen.to) })}
      </Text>
      <RangeSlider
        className={classes.slider}
        size="sm"
        min={-days}
        max={0}
        step={step}
        minRange={step}
        value={[from, -seen.to]}
        label={words}
        thumbFromLabel={t("map_time.from")}
        thumbToLabel={t("map_time.to")}
        onChange={(value) => onChange(seenOf(value))}
        onChangeEnd={(value) => onChangeEnd(seenOf(value))}
      />
      <Button
        size="compact-xs"
        variant="subtle"
        disabled={isWhole}
        onClick={() => {
          onChange({ from: null, to: 0 });
          onChangeEnd({ from: null, to: 0 });
        }}
      >
        {t("map_time.reset")}
      </Button>
    </div>
  );
}

const rounded = (days: number) => Math.round(Math.max(days, 0) * 100) / 100;
