import { useTranslation } from "react-i18next";

import type { Matter } from "../api/types";
import classes from "./Matters.module.css";

const HEIGHT = 28;
const WIDTH = 9;
const GAP = 2;

/** How many began in each week, as bars; what a bar says is also text. */
export function WeekBars({ weeks, counted }: { weeks: string[]; counted: Matter["weeks"] }) {
  const { t } = useTranslation();
  const counts = new Map(counted.map(({ week, findings }) => [week, findings]));
  const most = Math.max(...counts.values(), 1);
  const width = weeks.length * (WIDTH + GAP);
  const text = counted.map(({ week, findings }) => `${week}: ${findings}`).join(", ");
  return (
    <svg
      className={classes.bars}
      viewBox={`0 0 ${width} ${HEIGHT}`}
      width={width}
      height={HEIGHT}
      role="img"
      aria-label={t("matters.weeks_label", { text })}
    >
      {weeks.map((week, index) => {
        const count = counts.get(week) ?? 0;
        const height = count ? Math.max((count / most) * HEIGHT, 4) : 1;
        return (
          <rect
            key={week}
            x={index * (WIDTH + GAP)}
            y={HEIGHT - height}
            width={WIDTH}
            height={height}
            data-empty={count === 0 || undefined}
          >
            <title>{`${week}: ${count}`}</title>
          </rect>
        );
      })}
    </svg>
  );
}
