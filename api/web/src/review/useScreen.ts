import { useLocalStorage } from "@mantine/hooks";
import { useState } from "react";

import type { Finding, FindingDetail } from "../api/types";
import { picturesOf } from "../findings/pictures";

interface View {
  findingId: string;
  picture: number;
  nearby: number;
  rejecting: boolean;
}

const start = (findingId: string): View => ({ findingId, picture: 0, nearby: 0, rejecting: false });

function moved(index: number, by: number, length: number): number {
  return length === 0 ? 0 : Math.min(Math.max(index + by, 0), length - 1);
}

/** What of a finding is on the screen: which picture, which neighbour, boxes, zoom, rejecting. */
export function useScreen(finding: Finding, detail: FindingDetail | undefined) {
  // Boxes and zoom are a person's habit and stay; the rest starts anew with each finding.
  const [showBoxes, setShowBoxes] = useLocalStorage({ key: "xunjian-boxes", defaultValue: true });
  const [zoomed, setZoomed] = useLocalStorage({ key: "xunjian-zoom", defaultValue: false });
  const [view, setView] = useState(start(finding.id));
  if (view.findingId !== finding.id) setView(start(finding.id));

  const pictures = picturesOf(finding, detail);
  const nearby = detail?.nearby ?? [];
  return {
    pictures,
    picture: pictures[view.picture],
    pictureIndex: view.picture,
    selected: nearby[view.nearby],
    rejecting: view.rejecting,
    showBoxes,
    zoomed,
    toggleBoxes: () => setShowBoxes((shown) => !shown),
    toggleZoom: () => setZoomed((close) => !close),
    setRejecting: (rejecting: boolean) => setView((old) => ({ ...old, rejecting })),
    showPicture: (picture: number) => setView((old) => ({ ...old, picture })),
    movePicture: (by: number) =>
      setView((old) => ({ ...old, picture: moved(old.picture, by, pictures.length) })),
    select: (id: string) =>
      setView((old) => ({ ...old, nearby: nearby.findIndex((other) => other.id === id) })),
    moveSelection: (by: number) =>
      setView((old) => ({ ...old, nearby: moved(old.nearby, by, nearby.length) })),
  };
}

export type Screen = ReturnType<typeof useScreen>;
