import "@mantine/charts/styles.css";

import { LineChart } from "@mantine/charts";
import { useTranslation } from "react-i18next";

import { useFormat } from "../i18n/format";
import classes from "./Evidence.module.css";
import type { Series } from "./types";

interface Props {
  series: Series;
  /** That of the finding, where it is one's. */
  period?: string;
  unit: string;
}

/** The densities of a pest, period by period, with the threshold in force. */
export function PestChart({ series, period, unit }: Props) {
  const { t } = useTranslation();
  const { number } = useFormat();
  const data = series.points.map((point) => ({
    period: point.period.slice(5),
    value: point.value,
    threshold: point.threshold?.value ?? null,
  }));
  return (
    <figure className={classes.chart} aria-label={t("evidence.chart", { unit })}>
      <LineChart
        h={190}
        data={data}
        dataKey="period"
        series={[
          { name: "value", label: t("evidence.count"), color: "blue.6" },
          {
            name: "threshold",
            label: t("evidence.threshold"),
            color: "orange.7",
            strokeDasharray: "6 4",
          },
        ]}
        referenceLines={period ? [{ x: period.slice(5), color: "gray.6" }] : []}
        lineProps={({ name }) => (name === "threshold" ? { dot: false, activeDot: false } : {})}
        curveType="linear"
        connectNulls={false}
        withLegend
        valueFormatter={number}
        yAxisProps={{ width: 34 }}
      />
      <figcaption>{period ? t("evidence.chart_note", { unit, period }) : unit}</figcaption>
    </figure>
  );
}
