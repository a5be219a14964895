import classes from "./Figures.module.css";

interface Props {
  /** Where the line begins and ends, and where the dot stands: shares of the width, 0 to 1. */
  from: number;
  dot: number;
  to: number;
}

const percent = (share: number) => `${(100 * Math.min(1, Math.max(0, share))).toFixed(2)}%`;

/** A value and what it may lie between, in a cell of a table that tells both in figures. */
export function Interval({ from, dot, to }: Props) {
  return (
    <svg className={classes.interval} height="18" aria-hidden>
      {[0, 0.25, 0.5, 0.75, 1].map((share) => (
        <line
          key={share}
          className={classes.tick}
          x1={percent(share)}
          x2={percent(share)}
          y2="18"
        />
      ))}
      <line className={classes.span} x1={percent(from)} x2={percent(to)} y1="9" y2="9" />
      <circle className={classes.dot} cx={percent(dot)} cy="9" r="4.5" />
    </svg>
  );
}
