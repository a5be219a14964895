import { Group } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { useFormat } from "../i18n/format";
import { LIGHT_MARKS } from "../map/marks";
import { MarkIcon } from "../map/MarkIcon";
import { Figure } from "./Figure";
import classes from "./Figures.module.css";
import { csvAddress, figuresQuery, type Row } from "./queries";
import { Rows } from "./Rows";
import type { useAsked } from "./useAsked";

const LIGHTS = ["red", "yellow", "green", "blue", "white"] as const;

/** How the cases of each department stand to their terms. */
export function Lights({ asked }: ReturnType<typeof useAsked>) {
  const { t } = useTranslation();
  const { number } = useFormat();
  const query = useQuery({ ...figuresQuery("lights", asked), placeholderData: keepPreviousData });
  return (
    <Figure
      title={t("figures.lights")}
      note={t("figures.lights_note")}
      query={query}
      isEmpty={({ items }) => items.length === 0}
      csv={csvAddress("lights", asked)}
    >
      {({ items }) => (
        <Rows
          caption={t("figures.lights")}
          rows={items}
          keyOf={(row) => row.destination_id ?? ""}
          columns={[
            {
              head: t("figures.department"),
              cell: (row) => row.name ?? t("figures.no_department"),
            },
            { head: t("figures.parts"), cell: (row) => <Parts row={row} /> },
            ...LIGHTS.map((light) => ({
              head: t(`map_light.${light}`),
              cell: (row: Row<"lights">) => (
                <Group component="span" gap={5} justify="flex-end" wrap="nowrap">
                  <MarkIcon mark={LIGHT_MARKS[light]} />
                  {number(row[light])}
                </Group>
              ),
              isNumber: true,
            })),
            { head: t("figures.cases"), cell: (row) => number(row.cases), isNumber: true },
          ]}
        />
      )}
    </Figure>
  );
}

/** The lights as parts of a line, in the order of the columns beside it. */
function Parts({ row }: { row: Row<"lights"> }) {
  let before = 0;
  return (
    <svg className={classes.interval} height="18" aria-hidden>
      {LIGHTS.map((light) => {
        const [x, width] = [before / row.cases, row[light] / row.cases];
        before += row[light];
        return (
          <rect
            key={light}
            className={classes.share}
            x={`${100 * x}%`}
            width={`${100 * width}%`}
            y="3"
            height="12"
            fill={LIGHT_MARKS[light].color}
          />
        );
      })}
    </svg>
  );
}
