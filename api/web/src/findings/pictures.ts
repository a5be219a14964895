import { useEffect, useState } from "react";

import type { Finding, FindingDetail } from "../api/types";
import type { Box } from "./viewBox";

/** One picture of a finding, with its video if it has one; boxes in pixels of a frame of this size. */
export interface ShownPicture {
  evidenceId: string;
  /** Whether it is a camera's frame, not a picture that was made of several. */
  ofFrame: boolean;
  url: string;
  capturedAt: string | null;
  size: { width: number; height: number } | null;
  boxes: ShownBox[];
  clipUrl: string | null;
}

export interface ShownBox {
  class: string;
  score: number | null;
  box: Box;
}

/** The generated types lose that a box has four corners' numbers. */
const shownBoxes = (boxes: { class: string; score: number | null; box: number[] }[]) =>
  boxes as unknown as ShownBox[];

/** The pictures of a finding, the best first; before the details have come, the best alone. */
export function picturesOf(finding: Finding, detail: FindingDetail | undefined): ShownPicture[] {
  const best = finding.picture;
  const others = (detail?.evidence ?? []).filter(({ id }) => id !== best?.evidence_id);
  const shownBest = detail?.evidence.find(({ id }) => id === best?.evidence_id);
  const bestShown = best && {
    evidenceId: best.evidence_id,
    ofFrame: shownBest?.frame_id != null,
    url: best.plain_url,
    capturedAt: shownBest?.captured_at ?? null,
    size: { width: best.width, height: best.height },
    boxes: shownBoxes(best.boxes),
    clipUrl: shownBest?.clip?.annotated_url ?? null,
  };
  return [
    ...(bestShown ? [bestShown] : []),
    ...others.map((evidence) => ({
      evidenceId: evidence.id,
      ofFrame: evidence.frame_id !== null,
      url: evidence.plain_url,
      capturedAt: evidence.captured_at,
      size: null,
      boxes: shownBoxes(
        detail!.detections.filter(({ frame_id }) => frame_id === evidence.frame_id),
      ),
      clipUrl: evidence.clip?.annotated_url ?? null,
    })),
  ];
}

const KEPT = 12;

/** Pictures that are loaded and decoded, so that they show at once; the newest stand last. */
const decoded = new Map<string, HTMLImageElement>();

/** Load and decode a picture. Throws where that fails. */
export async function loadPicture(url: string): Promise<HTMLImageElement> {
  const image = decoded.get(url) ?? new Image();
  if (!image.src) image.src = url;
  await image.decode();
  decoded.delete(url);
  decoded.set(url, image);
  for (const oldest of decoded.keys()) {
    if (decoded.size <= KEPT) break;
    decoded.delete(oldest);
  }
  return image;
}

type Loaded =
  { state: "loading" } | { state: "failed" } | { state: "ready"; width: number; height: number };

/** Load a picture and tell how it stands; `attempt` counts the tries that a person asked for. */
export function useLoadedPicture(url: string, attempt: number): Loaded {
  const [, setTold] = useState(0);
  const [failed, setFailed] = useState<string>();
  const key = `${attempt} ${url}`;
  useEffect(() => {
    let wanted = true;
    loadPicture(url).then(
      () => wanted && setTold((times) => times + 1),
      () => wanted && setFailed(key),
    );
    return () => {
      wanted = false;
    };
  }, [key, url]);
  const image = decoded.get(url);
  if (image) return { state: "ready", width: image.naturalWidth, height: image.naturalHeight };
  return { state: failed === key ? "failed" : "loading" };
}
