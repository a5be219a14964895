import { useState } from "react";

import { ringOf, type Area, type Corner, type Draft } from "./areas";

export interface DraftState {
  current: Draft | null;
  begin: (area: Area | null) => void;
  /** Set the corners; the ones before can come back. */
  draw: (ring: Corner[], closed?: boolean) => void;
  name: (words: Partial<Pick<Draft, "code" | "name">>) => void;
  undo: (() => void) | null;
  end: () => void;
}

/** The area that is being drawn, and the way back. */
export function useDraft(): DraftState {
  const [drafts, setDrafts] = useState<Draft[]>([]);
  const current = drafts.at(-1) ?? null;
  return {
    current,
    begin: (area) =>
      setDrafts([
        area
          ? {
              of: area.properties.code,
              code: area.properties.code,
              name: area.properties.name,
              ring: ringOf(area) ?? [],
              closed: true,
            }
          : { of: null, code: "", name: "", ring: [], closed: false },
      ]),
    draw: (ring, closed) =>
      setDrafts((old) => {
        const last = old.at(-1)!;
        return [...old, { ...last, ring, closed: closed ?? last.closed }];
      }),
    name: (words) => setDrafts((old) => old.map((each) => ({ ...each, ...words }))),
    undo: drafts.length > 1 ? () => setDrafts((old) => old.slice(0, -1)) : null,
    end: () => setDrafts([]),
  };
}
