import { Group, SegmentedControl, Switch, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { FINDING_MARKS } from "../findings/states";
import { useFormat } from "../i18n/format";
import classes from "./Map.module.css";
import { MarkIcon } from "./MarkIcon";
import { HEALTH_GROUPS, HEALTH_MARKS, LIGHT_MARKS, LOOK_MARKS, type Mark } from "./marks";
import { countBy } from "./points";
import type { Features } from "./useFeatures";
import { LAYERS, PERIODS_DAYS, type LayerName, type MapState } from "./useMapState";

interface Props {
  state: MapState;
  all: Features;
  truncated: LayerName[];
  /** What else belongs under a layer that is on. */
  extras: Partial<Record<LayerName, ReactNode>>;
}

/** These have one period; it stands below the first of them that is on. */
const TIMED: readonly LayerName[] = ["coverage", "passes"];

/** Every layer with its switch; its legend below, whose entries are switches too. */
export function LayerPanel({ state, all, truncated, extras }: Props) {
  const { t } = useTranslation();
  const { number } = useFormat();
  const { layers } = state;
  const legends = useLegends(all);
  const timed = TIMED.find((name) => layers.has(name));
  return (
    <div role="group" aria-label={t("map.layers")} className={classes.layers}>
      {LAYERS.map((name) => (
        <section key={name}>
          <Group justify="space-between" wrap="nowrap">
            <Switch
              size="xs"
              label={t(`map_layer.${name}`)}
              checked={layers.has(name)}
              onChange={() => state.toggleLayer(name)}
            />
            {layers.has(name) && (
              <Text size="xs" c="dimmed">
                {number(all[name].length)}
              </Text>
            )}
          </Group>
          {layers.has(name) && (
            <div className={classes.under}>
              {legends[name] && <Legend layer={name} entries={legends[name]} state={state} />}
              {truncated.includes(name) && (
                <Text size="xs" c="orange">
                  {t("map.truncated")}
                </Text>
              )}
              {name === timed && <Period state={state} />}
              {extras[name]}
            </div>
          )}
        </section>
      ))}
    </div>
  );
}

function Period({ state }: { state: MapState }) {
  const { t } = useTranslation();
  return (
    <SegmentedControl
      size="xs"
      fullWidth
      aria-label={t("map.period")}
      value={String(state.period)}
      onChange={(days) => state.setPeriod(Number(days))}
      data={PERIODS_DAYS.map((days) => ({
        value: String(days),
        label: t("map.days", { count: days }),
      }))}
    />
  );
}

interface Entry {
  value: string;
  words: string;
  mark: Mark;
  count: number;
}

function useLegends(all: Features): Partial<Record<LayerName, Entry[]>> {
  const { t } = useTranslation();
  const states = countBy(all.findings, ({ properties }) => properties.state);
  const lights = countBy(all.cases, ({ properties }) => properties.light);
  const healths = countBy(all.cameras, ({ properties }) => HEALTH_GROUPS[properties.health]);
  const looks = countBy(all.coverage, ({ properties }) => properties.look);
  const entries = <K extends string>(
    marks: Record<K, Mark>,
    counts: ReadonlyMap<string, number>,
    words: (value: K) => string,
  ): Entry[] =>
    (Object.keys(marks) as K[])
      .filter((value) => counts.has(value))
      .map((value) => ({
        value,
        words: words(value),
        mark: marks[value],
        count: counts.get(value)!,
      }));
  return {
    findings: entries(FINDING_MARKS, states, (state) => t(`finding_state.${state}`)),
    cases: entries(LIGHT_MARKS, lights, (light) => t(`map_light.${light}`)),
    cameras: entries(HEALTH_MARKS, healths, (health) =>
      health === "troubled" ? t("map.troubled") : t(`camera_health.${health}`),
    ),
    coverage: entries(LOOK_MARKS, looks, (look) => t(`map_look.${look}`)),
  };
}

interface LegendProps {
  layer: LayerName;
  entries: Entry[];
  state: MapState;
}

function Legend({ layer, entries, state }: LegendProps) {
  const { t } = useTranslation();
  const { number } = useFormat();
  return (
    <div className={classes.legend} role="group" aria-label={t(`map_layer.${layer}`)}>
      {entries.map(({ value, words, mark, count }) => (
        <button
          key={value}
          type="button"
          className={classes.chip}
          aria-pressed={!state.off.has(`${layer}.${value}`)}
          onClick={() => state.toggleEntry(`${layer}.${value}`)}
        >
          <MarkIcon mark={mark} size={12} />
          {words} {number(count)}
        </button>
      ))}
    </div>
  );
}
