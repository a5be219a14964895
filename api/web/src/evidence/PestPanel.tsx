import { Alert, Skeleton, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";

import { useClassName } from "../findings/useClassName";
import { useFormat } from "../i18n/format";
import { useProblemText } from "../shared/States";
import classes from "./Evidence.module.css";
import { PestNumbers } from "./PestNumbers";
import { chartSpan, type PestDetails } from "./pests";
import { seriesQuery } from "./queries";
import { Section } from "./Section";

const PestChart = lazy(async () => ({ default: (await import("./PestChart")).PestChart }));

/** How many of a pest there were, what the threshold is, and how it goes over time. */
export function PestPanel({ details }: { details: PestDetails }) {
  const { t, i18n } = useTranslation();
  const { number, change: signed } = useFormat();
  const className = useClassName();
  const { plot, pest, threshold, trend, next } = details;
  const unit = t(`pest_unit.${details.unit as "per_m2"}`);
  const change = trend && {
    slope: signed(trend.slope),
    low: trend.low == null ? null : signed(trend.low),
    high: trend.high == null ? null : signed(trend.high),
  };
  return (
    <Section
      title={t("evidence.pest")}
      rows={[
        [t("evidence.plot"), plot.name],
        [t("evidence.species"), className(pest)],
        [t("evidence.period"), details.period],
        [t("evidence.count"), `${number(details.value)} ${unit}`],
        [
          t("evidence.threshold"),
          <>
            {number(threshold.value)} {unit}
            <Text component="span" display="block" size="xs" c="dimmed">
              {t("evidence.threshold_source", { ...threshold })}
            </Text>
          </>,
        ],
        [t("evidence.ratio"), t("evidence.ratio_value", { times: number(details.ratio) })],
        [t("evidence.frames"), number(details.frames)],
        [
          t("evidence.growth"),
          t("evidence.growth_value", {
            stage:
              i18n.language === "zh-CN" ? details.stage_zh : t(`growth_stage.${details.stage}`),
            bbch: details.bbch,
          }),
        ],
        [
          t("evidence.trend"),
          change &&
            (change.low == null
              ? t("evidence.trend_value", change)
              : t("evidence.trend_range", change)),
        ],
        [
          t("evidence.next"),
          next &&
            t(next.below ? "evidence.next_below" : "evidence.next_above", {
              period: next.period,
              value: number(next.value),
            }),
        ],
      ]}
    >
      <Trend details={details} unit={unit} />
    </Section>
  );
}

function Trend({ details, unit }: { details: PestDetails; unit: string }) {
  const { t } = useTranslation();
  const problemText = useProblemText();
  const { data, error } = useQuery(
    seriesQuery({
      plotId: details.plot.id,
      pest: details.pest,
      period: details.period_kind,
      ...chartSpan(details),
    }),
  );
  if (error) {
    return (
      <Alert color="red" mt="xs">
        {t("evidence.series_failed")} {problemText(error)}
      </Alert>
    );
  }
  if (!data) return <Skeleton h={190} mt="xs" />;
  return (
    <>
      <Suspense fallback={<Skeleton h={190} mt="xs" />}>
        <PestChart series={data} period={details.period} unit={unit} />
      </Suspense>
      <details className={classes.numbers}>
        <summary>{t("evidence.as_table")}</summary>
        <PestNumbers series={data} />
      </details>
    </>
  );
}
