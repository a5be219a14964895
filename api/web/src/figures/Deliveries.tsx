import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { useFormat } from "../i18n/format";
import { Figure } from "./Figure";
import { csvAddress, figuresQuery, type Row } from "./queries";
import { Rows } from "./Rows";
import type { useAsked } from "./useAsked";

const COUNTS = ["delivered", "pending", "dead", "withdrawn", "repeated"] as const;

/** How messages reached the departments. */
export function Deliveries({ asked }: ReturnType<typeof useAsked>) {
  const { t } = useTranslation();
  const { number, duration } = useFormat();
  const query = useQuery({
    ...figuresQuery("deliveries", asked),
    placeholderData: keepPreviousData,
  });
  const time = (seconds: number | null) => (seconds == null ? "–" : duration(seconds));
  return (
    <Figure
      title={t("figures.deliveries")}
      note={t("figures.deliveries_note")}
      query={query}
      isEmpty={({ items }) => items.length === 0}
      csv={csvAddress("deliveries", asked)}
    >
      {({ items }) => (
        <Rows
          caption={t("figures.deliveries")}
          rows={items}
          keyOf={(row) => row.destination_id}
          columns={[
            { head: t("figures.department"), cell: (row) => row.name },
            ...COUNTS.map((name) => ({
              head: t(`figures.${name}`),
              cell: (row: Row<"deliveries">) => number(row[name]),
              isNumber: true,
            })),
            { head: t("figures.median"), cell: (row) => time(row.median_s), isNumber: true },
            { head: t("figures.p90"), cell: (row) => time(row.p90_s), isNumber: true },
          ]}
        />
      )}
    </Figure>
  );
}
