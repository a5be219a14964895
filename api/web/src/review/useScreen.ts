import { useLocalStorage } from "@mantine/hooks";
import { useState } from "react";

import type { Finding, FindingDetail } from "../api/types";
import { picturesOf } from "../findings/pictures";
import { originalsOf } from "./verdicts";

interface View {
  findingId: string;
  picture: number;
  original: number;
  rejecting: boolean;
}

const start = (findingId: string): View => ({
  findingId,
  picture: 0,
  original: 0,
  rejecting: false,
});

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
  const originals = detail ? originalsOf(detail) : [];
  return {
    pictures,
    picture: pictures[view.picture],
    pictureIndex: view.picture,
    originals,
    selected: originals[view.original],
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
      setView((old) => ({ ...old, original: originals.findIndex((other) => other.id === id) })),
    moveSelection: (by: number) =>
      setView((old) => ({ ...old, original: moved(old.original, by, originals.length) })),
  };
}

export type Screen = ReturnType<typeof useScreen>;
