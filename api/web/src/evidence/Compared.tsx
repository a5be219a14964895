import { useMove } from "@mantine/hooks";
import { IconArrowsHorizontal } from "@tabler/icons-react";
import type { KeyboardEvent, ReactNode } from "react";
import { useTranslation } from "react-i18next";

import classes from "./Evidence.module.css";
import type { useFit } from "./fit";

const STEP = 0.05; // of the picture's width, by an arrow key

interface Side {
  url: string;
  text: string;
}

interface Props {
  before: Side;
  after: Side;
  label: string;
  fit: ReturnType<typeof useFit>;
  /** How much of the picture's width, from the left, shows what was before: 0 to 1. */
  share: number;
  setShare: (share: number) => void;
  onError: () => void;
  children: ReactNode;
}

const within = (value: number) => Math.min(Math.max(value, 0), 1);

/** Two pictures of one size over each other; a divider that is dragged shows more of one. */
export function Compared({ before, after, label, fit, share, setShare, onError, children }: Props) {
  const { t } = useTranslation();
  const { from, to } = fit.shown;
  const { ref } = useMove<HTMLDivElement>(({ x }) => setShare(within((x - from) / (to - from))));
  const atPercent = (from + share * (to - from)) * 100;

  function onKeyDown(event: KeyboardEvent) {
    const next = {
      ArrowLeft: share - STEP,
      ArrowRight: share + STEP,
      Home: 0,
      End: 1,
    }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    setShare(within(next));
  }

  const percent = Math.round(share * 100);
  return (
    <>
      <div ref={ref} className={`${classes.layer} ${classes.compared}`}>
        <img
          className={classes.media}
          style={fit.style}
          src={before.url}
          alt={before.text}
          draggable={false}
          onError={onError}
        />
        <div className={classes.layer} style={{ clipPath: `inset(0 0 0 ${atPercent}%)` }}>
          <img
            className={classes.media}
            style={fit.style}
            src={after.url}
            alt={label}
            draggable={false}
            onError={onError}
          />
        </div>
        {children}
        <div
          className={classes.divider}
          style={{ left: `${atPercent}%` }}
          role="slider"
          tabIndex={0}
          aria-label={t("evidence.divider")}
          aria-valuemin={0}
          aria-valuemax={100}
          aria-valuenow={percent}
          aria-valuetext={t("evidence.divider_value", { percent })}
          onKeyDown={onKeyDown}
        >
          <span className={classes.grip}>
            <IconArrowsHorizontal size={20} aria-hidden />
          </span>
        </div>
      </div>
      <span className={classes.tag} data-side="before">
        {before.text}
      </span>
      <span className={classes.tag} data-side="after">
        {after.text}
      </span>
    </>
  );
}
