import type { Finding, FindingDetail, FindingState, RejectReason, Verdict } from "../api/types";

/** The order is that of the keys 1 to 6. */
export const REJECT_REASONS: readonly RejectReason[] = [
  "not_a_problem",
  "wrong_class",
  "bad_picture",
  "already_repaired",
  "not_ours",
  "other",
];

/** The event by which each verdict changes a finding, as `FindingDetail.events` names it. */
const EVENT_OF: Record<Verdict, string> = {
  confirm: "confirm",
  reject: "reject",
  duplicate: "mark_duplicate",
  defer: "defer",
  reopen: "reopen",
};

const VERDICTS = Object.keys(EVENT_OF) as Verdict[];

/** What a second person can say, of whom only a word is asked. */
export const SECOND_VERDICTS: ReadonlySet<Verdict> = new Set(["confirm", "reject", "defer"]);

/** What the queue's findings allow, until the details say it themselves. */
const ASSUMED: Partial<Record<FindingState, Verdict[]>> = {
  pending_review: ["confirm", "reject", "duplicate", "defer"],
  deferred: ["confirm", "reject", "duplicate"],
};

const OPEN: readonly FindingState[] = [
  "candidate",
  "pending_review",
  "deferred",
  "confirmed",
  "cased",
];

/** The neighbours that a finding can be a duplicate of: open ones of the same group of classes. */
export function originalsOf({ class_group, nearby }: FindingDetail): Finding[] {
  return nearby.filter((other) => other.class_group === class_group && OPEN.includes(other.state));
}

interface Permissions {
  review: boolean;
  reopen: boolean;
}

/** The verdicts that this person can give on this finding now. */
export function allowedVerdicts(
  finding: Finding,
  detail: FindingDetail | undefined,
  may: Permissions,
): ReadonlySet<Verdict> {
  const byState = detail
    ? VERDICTS.filter((verdict) => detail.events.includes(EVENT_OF[verdict]))
    : (ASSUMED[finding.state] ?? []);
  return new Set(byState.filter((verdict) => (verdict === "reopen" ? may.reopen : may.review)));
}
