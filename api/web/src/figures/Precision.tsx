import { SegmentedControl } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { useClassName } from "../findings/useClassName";
import { useFormat } from "../i18n/format";
import { Beneath } from "./Beneath";
import { Figure } from "./Figure";
import { Interval } from "./Interval";
import { csvAddress, figuresQuery, type By, type Row } from "./queries";
import { Rows, type Column } from "./Rows";
import type { useAsked } from "./useAsked";

type PrecisionRow = Row<"precision">;

/** How often people confirm what was found. */
export function Precision({ asked, by, change }: ReturnType<typeof useAsked>) {
  const { t } = useTranslation();
  const { number } = useFormat();
  const className = useClassName();
  const query = useQuery({
    ...figuresQuery("precision", { ...asked, by }),
    placeholderData: keepPreviousData,
  });
  const ofClass: Column<PrecisionRow> = {
    head: t("figures.class"),
    cell: (row) => (
      <>
        {className(row.class_name)}
        <Beneath>{t(`inspection.${row.inspection as "road_damage"}`)}</Beneath>
      </>
    ),
  };
  const columns: Column<PrecisionRow>[] = [
    ...(by === "camera"
      ? [{ head: t("figures.camera"), cell: (row: PrecisionRow) => row.camera }]
      : []),
    ofClass,
    { head: t("figures.interval"), cell: (row) => <Known row={row} /> },
    { head: t("figures.share"), cell: (row) => <Share row={row} />, isNumber: true },
    {
      head: t("figures.confirmed"),
      cell: (row) => `${number(row.confirmed)} / ${number(row.judged)}`,
      isNumber: true,
    },
    { head: t("figures.not_judged"), cell: (row) => number(row.not_judged), isNumber: true },
    { head: t("figures.duplicates"), cell: (row) => number(row.duplicates), isNumber: true },
  ];
  return (
    <Figure
      title={t("figures.precision")}
      note={t("figures.precision_note")}
      query={query}
      isEmpty={({ items }) => items.length === 0}
      csv={csvAddress("precision", { ...asked, by })}
      tools={
        <SegmentedControl
          size="xs"
          aria-label={t("figures.by")}
          value={by}
          onChange={(value) => change({ by: value === "camera" ? value : null })}
          data={(["class", "camera"] satisfies By[]).map((value) => ({
            value,
            label: t(`figures.by_${value}`),
          }))}
        />
      }
    >
      {({ items }) => (
        <Rows
          caption={t("figures.precision")}
          columns={columns}
          rows={items}
          keyOf={(row) => `${row.camera_id} ${row.inspection} ${row.class_name}`}
        />
      )}
    </Figure>
  );
}

function Known({ row: { low, precision, high } }: { row: PrecisionRow }) {
  if (low == null || precision == null || high == null) return null;
  return <Interval from={low} dot={precision} to={high} />;
}

function Share({ row: { low, precision, high } }: { row: PrecisionRow }) {
  const { t } = useTranslation();
  const { percent } = useFormat();
  if (low == null || precision == null || high == null) return t("figures.unknown");
  return (
    <>
      {percent(precision)}
      <Beneath>
        {percent(low)} – {percent(high)}
      </Beneath>
    </>
  );
}
