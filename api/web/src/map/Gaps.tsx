import { Text } from "@mantine/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";

import { useFormat } from "../i18n/format";
import classes from "./Map.module.css";
import { MarkIcon } from "./MarkIcon";
import { LOOK_MARKS } from "./marks";
import { middleOf, type Cell } from "./points";
import type { Chosen } from "./useMapState";

const LISTED = 8;

/** Where nobody looked though somebody usually does, the longest ago first. */
export function Gaps({ cells, onChoose }: { cells: Cell[]; onChoose: (chosen: Chosen) => void }) {
  const { t } = useTranslation();
  const { ago } = useFormat();
  const missed = useMemo(
    () =>
      cells
        .filter(({ properties }) => properties.look === "missed")
        .sort((a, b) => compare(a.properties.last_looked_at, b.properties.last_looked_at)),
    [cells],
  );
  if (missed.length === 0) {
    return (
      <Text size="xs" c="dimmed">
        {cells.length === 0 ? t("map.coverage_none") : t("map.gaps_none")}
      </Text>
    );
  }
  return (
    <div>
      <Text size="xs" c="dimmed" mb={2}>
        {t("map.gaps", { count: missed.length })}
      </Text>
      <ul className={classes.list}>
        {missed.slice(0, LISTED).map((cell) => {
          const [longitude, latitude] = middleOf(cell);
          return (
            <li key={cell.properties.id}>
              <button
                type="button"
                className={classes.entry}
                onClick={() => onChoose({ layer: "coverage", id: cell.properties.id })}
              >
                <MarkIcon mark={LOOK_MARKS.missed} />
                <span className={classes.entryName}>
                  {latitude.toFixed(4)}, {longitude.toFixed(4)}
                </span>
                <Text span size="xs" c="dimmed">
                  {cell.properties.last_looked_at && ago(cell.properties.last_looked_at)}
                </Text>
              </button>
            </li>
          );
        })}
      </ul>
    </div>
  );
}

const compare = (a: string | null, b: string | null) => ((a ?? "") < (b ?? "") ? -1 : 1);
