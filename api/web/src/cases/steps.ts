import type { CaseState } from "../api/types";

/** The columns of the board: the steps of digital city management that a case can stand at. */
export const STEPS = {
  filing: ["opened"],
  dispatch: ["dispatching", "returned", "reopened", "undeliverable"],
  handling: ["dispatched", "accepted", "in_progress", "suspended"],
  check: ["claimed_done", "verifying"],
  closed: ["closed"],
} as const satisfies Record<string, readonly CaseState[]>;

export type Step = keyof typeof STEPS;

export const STEP_NAMES = Object.keys(STEPS) as Step[];

export const CASE_STATES: readonly CaseState[] = [...Object.values(STEPS).flat(), "cancelled"];

const ENDED: readonly string[] = ["closed", "cancelled"];

export function isOpenCase(state: string): boolean {
  return !ENDED.includes(state);
}

/** Whether the department's term runs on: only then is there something to be late with. */
export function isWithDepartment(state: CaseState): boolean {
  return state === "dispatched" || state === "accepted" || state === "in_progress";
}
