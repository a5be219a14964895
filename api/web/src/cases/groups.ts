import type { CaseState } from "../api/types";

/** Whose turn it is, by the state of a case. */
export const CASE_GROUPS = {
  all: [],
  ours: ["opened", "returned", "reopened", "undeliverable", "claimed_done", "verifying"],
  department: ["dispatching", "dispatched", "accepted", "in_progress", "suspended"],
  done: ["closed", "cancelled"],
} as const satisfies Record<string, readonly CaseState[]>;

export type CaseGroup = keyof typeof CASE_GROUPS;

const DONE: readonly string[] = CASE_GROUPS.done;

export function isOpenCase(state: string): boolean {
  return !DONE.includes(state);
}
