import { useEffect, useState } from "react";

import type { Finding, FindingDetail } from "../api/types";
import type { Box } from "./viewBox";

/** One picture of a finding, with its video if it has one; boxes in pixels of a frame of this size. */
export interface ShownPicture {
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
    url: best.plain_url,
    capturedAt: shownBest?.captured_at ?? null,
    size: { width: best.width, height: best.height },
    boxes: shownBoxes(best.boxes),
    clipUrl: shownBest?.clip?.annotated_url ?? null,
  };
  return [
    ...(bestShown ? [bestShown] : []),
    ...others.map((evidence) => ({
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

type Loaded =
  { state: "loading" } | { state: "failed" } | { state: "ready"; width: number; height: number };

/** Load a picture and tell how it stands; `attempt` counts the tries that a person asked for. */
export function useLoadedPicture(url: string, attempt: number): Loaded {
  const [loaded, setLoaded] = useState<{ key: string; value: Loaded } | null>(null);
  const key = `${attempt} ${url}`;
  useEffect(() => {
    const image = new Image();
    image.onload = () =>
      setLoaded({
        key,
        value: { state: "ready", width: image.naturalWidth, height: image.naturalHeight },
      });
    image.onerror = () => setLoaded({ key, value: { state: "failed" } });
    image.src = url;
    return () => {
      image.onload = image.onerror = null;
    };
  }, [key, url]);
  return loaded?.key === key ? loaded.value : { state: "loading" };
}

/** Have the browser fetch a picture before it is shown. */
export function prefetchPicture(finding: Finding) {
  if (finding.picture) new Image().src = finding.picture.plain_url;
}
