import { useLocalStorage } from "@mantine/hooks";
import { useState } from "react";

import type { Finding, FindingDetail } from "../api/types";
import { picturesOf } from "../findings/pictures";
import type { DrawnBox } from "../findings/viewBox";
import { originalsOf } from "./verdicts";

/** What is being picked from a list with the keys 1 to 9. */
export type Choosing = "reason" | "class";

interface View {
  findingId: string;
  picture: number;
  original: number;
  choosing: Choosing | undefined;
  editing: boolean;
  /** The right class, where the model's is wrong. */
  rightClass: string | undefined;
  /** What a person drew, by the picture's evidence id; the model's boxes stay as they are. */
  drawn: Readonly<Record<string, readonly DrawnBox[]>>;
}

const start = (findingId: string): View => ({
  findingId,
  picture: 0,
  original: 0,
  choosing: undefined,
  editing: false,
  rightClass: undefined,
  drawn: {},
});

function moved(index: number, by: number, length: number): number {
  return length === 0 ? 0 : Math.min(Math.max(index + by, 0), length - 1);
}

/** What of a finding is on the screen and what was changed there before a word is given. */
export function useScreen(finding: Finding, detail: FindingDetail | undefined) {
  // Boxes and zoom are a person's habit and stay; the rest starts anew with each finding.
  const [showBoxes, setShowBoxes] = useLocalStorage({ key: "xunjian-boxes", defaultValue: true });
  const [zoomed, setZoomed] = useLocalStorage({ key: "xunjian-zoom", defaultValue: false });
  const [view, setView] = useState(start(finding.id));
  if (view.findingId !== finding.id) setView(start(finding.id));
  const change = (part: Partial<View>) => setView((old) => ({ ...old, ...part }));

  const pictures = picturesOf(finding, detail);
  const originals = detail ? originalsOf(detail) : [];
  const picture = pictures[view.picture];
  return {
    pictures,
    picture,
    pictureIndex: view.picture,
    originals,
    selected: originals[view.original],
    choosing: view.choosing,
    editing: view.editing && picture !== undefined,
    rightClass: view.rightClass,
    drawn: view.drawn,
    /** What goes with a confirmation. */
    corrections: {
      class: view.rightClass,
      boxes: Object.entries(view.drawn).flatMap(([evidence_id, boxes]) =>
        boxes.map((box) => ({ evidence_id, ...box })),
      ),
    },
    showBoxes,
    zoomed,
    toggleBoxes: () => setShowBoxes((shown) => !shown),
    toggleZoom: () => setZoomed((close) => !close),
    choose: (choosing: Choosing | undefined) => change({ choosing }),
    /** The finding's own class is none that has to be told. */
    correctClass: (name: string) =>
      change({ rightClass: name === finding.class ? undefined : name, choosing: undefined }),
    edit: (editing: boolean) => change({ editing }),
    draw: (evidenceId: string, boxes: readonly DrawnBox[]) =>
      setView((old) => ({ ...old, editing: false, drawn: { ...old.drawn, [evidenceId]: boxes } })),
    showPicture: (index: number) => change({ picture: index, editing: false }),
    movePicture: (by: number) =>
      setView((old) => ({ ...old, picture: moved(old.picture, by, pictures.length) })),
    select: (id: string) => change({ original: originals.findIndex((other) => other.id === id) }),
    moveSelection: (by: number) =>
      setView((old) => ({ ...old, original: moved(old.original, by, originals.length) })),
  };
}

export type Screen = ReturnType<typeof useScreen>;
