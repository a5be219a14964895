import type { FindingDetail } from "../api/types";
import type { Box } from "../findings/viewBox";
import type { DetailsOf } from "./types";

export type FallDetails = DetailsOf<"falling_object">;
type Evidence = FindingDetail["evidence"][number];
export type ClipEvidence = Evidence & { clip: NonNullable<Evidence["clip"]> };
type Fall = FallDetails["falls"][number];

/** One thing that fell, in the pixels and in the time of the clip that is shown. */
export interface ShownFall {
  key: string;
  origin: Fall["origin"];
  points: { timeS: number; x: number; y: number }[];
}

const USUAL_FRAME_S = 1 / 25;

/** What fell in a clip; what other clips show of the same thing is left out. */
export function fallsIn({ falls }: FallDetails, { clip }: ClipEvidence): ShownFall[] {
  const startsAt = new Date(clip.starts_at).getTime();
  return falls
    .filter(({ same }) => !same)
    .map(({ clip_id, started_at, origin, track }) => {
      const startS = (new Date(started_at).getTime() - startsAt) / 1000;
      return {
        key: `${clip_id} ${started_at} ${origin.x}`,
        origin,
        points: track.map(([seconds, x, y]) => ({ timeS: startS + seconds!, x: x!, y: y! })),
      };
    });
}

/** Seconds from one frame to the next: the median of what the tracks have. */
export function frameOf(falls: ShownFall[]): number {
  const steps = falls
    .flatMap(({ points }) => points.slice(1).map(({ timeS }, n) => timeS - points[n]!.timeS))
    .sort((a, b) => a - b);
  return steps[Math.floor(steps.length / 2)] ?? USUAL_FRAME_S;
}

/** What to look at closely at a moment: where each thing is then, at first where it came from. */
export function thingsAt(falls: ShownFall[], timeS: number): Box[] {
  return falls.map(({ origin, points }) => {
    const { x, y } = points.findLast((point) => point.timeS <= timeS) ?? origin;
    return [x, y, x, y];
  });
}

/** What to look at closely: the way of everything that fell. */
export function boundsOf(falls: ShownFall[]): Box[] {
  const points = falls.flatMap(({ origin, points }) => [origin, ...points]);
  if (points.length === 0) return [];
  const xs = points.map(({ x }) => x);
  const ys = points.map(({ y }) => y);
  return [[Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)]];
}
