import type { DetailsOf } from "./types";

export type PestDetails = DetailsOf<"crop_pest">;

const DAY_MS = 86_400_000;
const BEFORE_DAYS = { day: 27, week: 77 };
const AFTER_DAYS = { day: 7, week: 14 };

const dayOf = (ms: number) => new Date(ms).toISOString().slice(0, 10);

/** What the chart spans: some periods before that of the finding, and what came after. */
export function chartSpan({ period_kind, period_start, period_end }: PestDetails) {
  // Noon, for the period begins at midnight of another time zone than UTC.
  const start = new Date(period_start).getTime() + DAY_MS / 2;
  const end = new Date(period_end).getTime() - DAY_MS / 2;
  return {
    from: dayOf(start - BEFORE_DAYS[period_kind] * DAY_MS),
    to: dayOf(Math.max(end, Math.min(end + AFTER_DAYS[period_kind] * DAY_MS, Date.now()))),
  };
}
