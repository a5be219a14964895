import type { FindingDetail } from "../api/types";
import type { DetailsOf } from "./types";

export type DeviceDetails = DetailsOf<"camera_health">;
type Evidence = FindingDetail["evidence"][number];

export interface DevicePair {
  before: Evidence;
  after: Evidence;
}

/** The last good picture and the newest one; null where only one was kept. */
export function devicePair({ evidence }: FindingDetail): DevicePair | null {
  const before = evidence.find(({ shows }) => shows === "before");
  const after = evidence.find(({ shows }) => shows === "after");
  return before && after ? { before, after } : null;
}
