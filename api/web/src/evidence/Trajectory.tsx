import { useTranslation } from "react-i18next";

import classes from "./Evidence.module.css";
import type { ShownFall } from "./falls";

const LABEL_PX = 14;
const RING_PX = 12;

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
    const now = points.findLast((point) => point.timeS <= timeS);
    const here = timeS <= (points.at(-1)?.timeS ?? 0) ? now : undefined;
    // The thing itself stays visible: no line within its ring.
    const beside = points.filter(
      ({ x, y }) => !here || Math.hypot(x - here.x, y - here.y) > RING_PX * pixel,
    );
    const ways = {
      past: beside.filter((point) => point.timeS <= timeS),
      future: beside.filter((point) => point.timeS > timeS),
    };
    return (
      <g key={key} data-testid="trajectory">
        {Object.entries(ways).map(([part, way]) => {
          const line = way.map(({ x, y }) => `${x},${y}`).join(" ");
          return (
            <g key={part}>
              <polyline className={classes.wayHalo} points={line} />
              <polyline className={classes.way} data-part={part} points={line} />
            </g>
          );
        })}
        {here && <circle className={classes.outline} cx={here.x} cy={here.y} r={RING_PX * pixel} />}
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
