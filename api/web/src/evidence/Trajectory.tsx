import { useTranslation } from "react-i18next";

import classes from "./Evidence.module.css";
import type { ShownFall } from "./falls";

const LABEL_PX = 14;

interface Props {
  falls: ShownFall[];
  /** Of the clip: the way is drawn as far as things have come by then. */
  timeS: number;
  /** The clip's pixels in one of the screen's. */
  pixel: number;
}

/** Where each thing came from and its way down, in the clip's pixels. */
export function Trajectory({ falls, timeS, pixel }: Props) {
  const { t } = useTranslation();
  return falls.map(({ key, origin, points }) => {
    const all = points.map(({ x, y }) => `${x},${y}`).join(" ");
    const past = points.filter((point) => point.timeS <= timeS);
    const here = past.at(-1);
    return (
      <g key={key} data-testid="trajectory">
        <polyline className={classes.way} data-part="halo" points={all} />
        <polyline className={classes.way} data-part="all" points={all} />
        <polyline
          className={classes.way}
          data-part="now"
          points={past.map(({ x, y }) => `${x},${y}`).join(" ")}
        />
        {here && timeS <= points.at(-1)!.timeS && (
          <circle className={classes.outline} cx={here.x} cy={here.y} r={10 * pixel} />
        )}
        <circle className={classes.origin} cx={origin.x} cy={origin.y} r={origin.uncertainty_px} />
        {origin.floor && (
          <text
            className={classes.label}
            x={origin.x + origin.uncertainty_px + 6 * pixel}
            y={origin.y}
            fontSize={LABEL_PX * pixel}
            strokeWidth={LABEL_PX * pixel * 0.28}
          >
            {t("evidence.floor", origin.floor)}
          </text>
        )}
      </g>
    );
  });
}
