import { Group } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { summaryQuery } from "../api/queries";
import type { Summary } from "../api/types";
import { isOpenCase } from "../cases/steps";
import { useFormat } from "../i18n/format";
import classes from "./Shell.module.css";

function countOpenCases(cases: Summary["cases"]): number {
  return Object.entries(cases)
    .filter(([state]) => isOpenCase(state))
    .reduce((total, [, count]) => total + count, 0);
}

function Counter(props: { to: string; label: string; value: number; alarm?: boolean }) {
  const { number } = useFormat();
  return (
    <Link to={props.to} className={classes.counter} data-alarm={props.alarm || undefined}>
      <span>{props.label}</span> <strong>{number(props.value)}</strong>
    </Link>
  );
}

export function Counters() {
  const { t } = useTranslation();
  const { data } = useQuery(summaryQuery);
  if (!data) return null;
  const undelivered = data.deliveries.pending + data.deliveries.dead;
  return (
    <Group gap={6} wrap="nowrap" role="group" aria-label={t("counters.label")}>
      <Counter
        to="/review"
        label={t("counters.pending")}
        value={data.findings.pending_review ?? 0}
      />
      <Counter to="/cases" label={t("counters.open_cases")} value={countOpenCases(data.cases)} />
      <Counter
        to="/cases"
        label={t("counters.undelivered")}
        value={undelivered}
        alarm={data.deliveries.dead > 0}
      />
    </Group>
  );
}
