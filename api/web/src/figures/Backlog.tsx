import { CompositeChart } from "@mantine/charts";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { useFormat } from "../i18n/format";
import { Figure } from "./Figure";
import classes from "./Figures.module.css";
import { csvAddress, figuresQuery, type Row } from "./queries";
import { Rows } from "./Rows";
import type { useAsked } from "./useAsked";

type Day = Row<"backlog">;

const CHARTS = {
  findings: ["findings_came", "findings_judged", "findings_waiting"],
  cases: ["cases_opened", "cases_ended", "cases_open"],
} as const satisfies Record<string, readonly (keyof Day)[]>;

/** What came, what was dealt with, and what waited, day by day. */
export function Backlog({ asked }: ReturnType<typeof useAsked>) {
  const { t } = useTranslation();
  const query = useQuery({ ...figuresQuery("backlog", asked), placeholderData: keepPreviousData });
  return (
    <Figure
      title={t("figures.backlog")}
      note={t("figures.backlog_note")}
      query={query}
      isEmpty={({ items }) => items.length === 0}
      csv={csvAddress("backlog", asked)}
    >
      {({ items }) => (
        <>
          <div className={classes.charts}>
            <Chart days={items} of="findings" />
            <Chart days={items} of="cases" />
          </div>
          <details className={classes.numbers}>
            <summary>{t("figures.as_table")}</summary>
            <Numbers days={items} />
          </details>
        </>
      )}
    </Figure>
  );
}

function Chart({ days, of }: { days: Day[]; of: keyof typeof CHARTS }) {
  const { t } = useTranslation();
  const { number } = useFormat();
  const [came, left, level] = CHARTS[of];
  return (
    <figure className={classes.part} aria-label={t(`figures.backlog_${of}`)}>
      <h3>{t(`figures.backlog_${of}`)}</h3>
      <CompositeChart
        h={230}
        data={days}
        dataKey="day"
        xAxisProps={{ tickFormatter: (day: string) => day.slice(5), minTickGap: 16 }}
        yAxisProps={{ width: 44, allowDecimals: false }}
        series={[
          { name: came, label: t(`figures.${came}`), color: "orange.4", type: "bar" },
          { name: left, label: t(`figures.${left}`), color: "teal.5", type: "bar" },
          { name: level, label: t(`figures.${level}`), color: "signal.7", type: "line" },
        ]}
        maxBarWidth={14}
        strokeWidth={2.5}
        withDots={false}
        curveType="linear"
        withLegend
        legendProps={{ verticalAlign: "bottom" }}
        valueFormatter={number}
      />
    </figure>
  );
}

function Numbers({ days }: { days: Day[] }) {
  const { t } = useTranslation();
  const { number } = useFormat();
  return (
    <Rows
      caption={t("figures.backlog")}
      rows={days}
      keyOf={({ day }) => day}
      columns={[
        { head: t("figures.day"), cell: ({ day }) => day },
        ...Object.values(CHARTS)
          .flat()
          .map((name) => ({
            head: t(`figures.${name}`),
            cell: (row: Day) => number(row[name]),
            isNumber: true,
          })),
      ]}
    />
  );
}
