import type { FindingDetail } from "../api/types";
import type { Composite, DetailsOf } from "./types";

export type SiteDetails = DetailsOf<"illegal_building">;

/** One day of a site beside its baseline. */
export interface Pair {
  key: string;
  at: string;
  /** Day or night; null where that is not known. */
  light: string | null;
  before: string;
  after: string;
}

/** The pair kept with a finding; null where it was kept in another way. */
export function keptPair({ evidence }: FindingDetail): Pair | null {
  const before = evidence.find(({ shows }) => shows === "before");
  const after = evidence.find(({ shows }) => shows === "after");
  if (!before || !after) return null;
  return {
    key: after.id,
    at: after.captured_at,
    light: null,
    before: before.plain_url,
    after: after.plain_url,
  };
}

/** Every day that can be compared, oldest first; the one that was kept takes its day's place. */
export function daysOf(kept: Pair, composites: readonly Composite[]): Pair[] {
  const days = composites.map((one) => ({
    key: one.id,
    at: one.last_at,
    light: one.light,
    before: `/v1/sites/${one.camera_id}/baselines/${one.baseline_id}/picture`,
    after: one.picture_url,
  }));
  const same = days.find(({ at }) => at === kept.at);
  return [...days.filter((day) => day !== same), { ...kept, light: same?.light ?? null }].sort(
    (a, b) => a.at.localeCompare(b.at),
  );
}
