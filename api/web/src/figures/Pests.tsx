import { Group, Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { PestChart } from "../evidence/PestChart";
import { PestNumbers } from "../evidence/PestNumbers";
import { seriesQuery } from "../evidence/queries";
import { useClassName } from "../findings/useClassName";
import { usePermission } from "../session/useSession";
import { Figure } from "./Figure";
import classes from "./Figures.module.css";
import { plotsQuery } from "./queries";
import type { useAsked } from "./useAsked";

const PESTS = [
  "brown_planthopper",
  "green_leafhopper",
  "leaf_folder",
  "rice_weevil",
  "stem_borer",
  "whorl_maggot",
  "insect",
];

type Asked = ReturnType<typeof useAsked>;

/** How a pest of a plot goes over time; nothing where the city watches no plots. */
export function Pests(asked: Asked) {
  const plots = useQuery({ ...plotsQuery, enabled: usePermission("plots:read") });
  const plot = plots.data?.find(({ id }) => id === asked.plot) ?? plots.data?.[0];
  if (!plots.data || !plot) return null;
  const choices = plots.data.map(({ id, name }) => ({ value: id, label: name }));
  return <Series {...asked} plot={plot.id} pest={asked.pest ?? PESTS[0]!} plots={choices} />;
}

interface Props extends Asked {
  plot: string;
  pest: string;
  plots: { value: string; label: string }[];
}

function Series({ asked, last, plot, pest, plots, change }: Props) {
  const { t } = useTranslation();
  const className = useClassName();
  const span = { pest, period: "day" as const, from: asked.from, to: last };
  const query = useQuery(seriesQuery({ plotId: plot, ...span }));
  return (
    <Figure
      title={t("figures.pests")}
      note={t("figures.pests_note")}
      query={query}
      isEmpty={({ points }) => points.every(({ value }) => value === null)}
      csv={`/v1/plots/${plot}/series?${new URLSearchParams({ ...span, format: "csv" })}`}
      tools={
        <Group gap="xs" wrap="nowrap">
          <Select
            size="xs"
            w={150}
            aria-label={t("figures.plot")}
            value={plot}
            onChange={(value) => change({ plot: value })}
            data={plots}
            allowDeselect={false}
          />
          <Select
            size="xs"
            w={150}
            aria-label={t("figures.pest")}
            value={pest}
            onChange={(value) => change({ pest: value })}
            data={PESTS.map((value) => ({ value, label: className(value) }))}
            allowDeselect={false}
          />
        </Group>
      }
    >
      {(series) => (
        <>
          <PestChart series={series} unit={t(`pest_unit.${series.unit as "per_m2"}`)} />
          <details className={classes.numbers}>
            <summary>{t("figures.as_table")}</summary>
            <PestNumbers series={series} />
          </details>
        </>
      )}
    </Figure>
  );
}
