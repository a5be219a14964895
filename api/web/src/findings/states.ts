import type { FindingState } from "../api/types";

/** How a state is drawn: a shape as well as a colour, so that neither is needed to tell it. */
interface Mark {
  /** Colour on light and on dark ground; Okabe and Ito's palette, safe for the colour-blind. */
  color: string;
  /** SVG path in a square from -10 to 10. */
  path: string;
}

const CIRCLE = "M0-8A8 8 0 1 1 0 8A8 8 0 1 1 0-8Z";
const RING = `${CIRCLE}M0-4.500A4.500 4.500 0 1 0 0 4.500A4.500 4.500 0 1 0 0-4.500Z`;
const DIAMOND = "M0-9.500L9.500 0L0 9.500L-9.500 0Z";
const SQUARE = "M-7.500-7.500H7.500V7.500H-7.500Z";
const CROSS = "M-8-5L-5-8L0-3L5-8L8-5L3 0L8 5L5 8L0 3L-5 8L-8 5L-3 0Z";
const TRIANGLE = "M0-9L9.500 7.500H-9.500Z";
const HEXAGON = "M-4.500-8H4.500L9 0L4.500 8H-4.500L-9 0Z";
const TWO_BARS = "M-8-7.500H8V-1.500H-8ZM-8 1.500H8V7.500H-8Z";
const BAR = "M-8-3H8V3H-8Z";

export const FINDING_MARKS: Record<FindingState, Mark> = {
  pending_review: { color: "#e69f00", path: DIAMOND },
  candidate: { color: "#7d8794", path: RING },
  deferred: { color: "#cc79a7", path: TRIANGLE },
  confirmed: { color: "#009e73", path: CIRCLE },
  cased: { color: "#0072b2", path: SQUARE },
  rejected: { color: "#7d8794", path: CROSS },
  duplicate: { color: "#56b4e9", path: TWO_BARS },
  expired_unreviewed: { color: "#d55e00", path: HEXAGON },
  withdrawn: { color: "#7d8794", path: BAR },
};

export const FINDING_STATES = Object.keys(FINDING_MARKS) as FindingState[];

export const SEVERITY_COLORS: Record<number, string> = {
  1: "gray.3",
  2: "yellow.4",
  3: "orange.6",
  4: "red.8",
};
