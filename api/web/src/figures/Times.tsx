import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { useClassName } from "../findings/useClassName";
import { useFormat } from "../i18n/format";
import { Beneath } from "./Beneath";
import { Figure } from "./Figure";
import classes from "./Figures.module.css";
import { Interval } from "./Interval";
import { csvAddress, figuresQuery } from "./queries";
import { Rows } from "./Rows";
import type { useAsked } from "./useAsked";

const STEPS = ["review", "close"] as const;

/** How long findings wait for a person, and cases for their end. */
export function Times({ asked }: ReturnType<typeof useAsked>) {
  const { t } = useTranslation();
  const { number, duration } = useFormat();
  const className = useClassName();
  const query = useQuery({ ...figuresQuery("times", asked), placeholderData: keepPreviousData });
  return (
    <Figure
      title={t("figures.times")}
      note={t("figures.times_note")}
      query={query}
      isEmpty={({ items }) => items.length === 0}
      csv={csvAddress("times", asked)}
    >
      {({ items }) =>
        STEPS.map((step) => {
          const rows = items.filter((row) => row.step === step);
          const longest = Math.max(1, ...rows.map((row) => row.p90_s));
          return rows.length === 0 ? null : (
            <div key={step} className={classes.part}>
              <h3>{t(`figures.step_${step}`)}</h3>
              <Rows
                caption={t(`figures.step_${step}`)}
                rows={rows}
                keyOf={(row) => `${row.inspection} ${row.class_name}`}
                columns={[
                  {
                    head: t("figures.class"),
                    cell: (row) =>
                      row.class_name ? (
                        <>
                          {className(row.class_name)}
                          <Beneath>{t(`inspection.${row.inspection as "road_damage"}`)}</Beneath>
                        </>
                      ) : (
                        <strong>{t("figures.all_classes")}</strong>
                      ),
                  },
                  {
                    head: t("figures.span"),
                    cell: (row) => (
                      <Interval from={0} dot={row.median_s / longest} to={row.p90_s / longest} />
                    ),
                  },
                  {
                    head: t("figures.median"),
                    cell: (row) => duration(row.median_s),
                    isNumber: true,
                  },
                  { head: t("figures.p90"), cell: (row) => duration(row.p90_s), isNumber: true },
                  { head: t("figures.count"), cell: (row) => number(row.count), isNumber: true },
                ]}
              />
            </div>
          );
        })
      }
    </Figure>
  );
}
