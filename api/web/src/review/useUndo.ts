import { useEffect, useState } from "react";

import { useGiven, useTakeBack } from "./useWords";

/** The word that stands last, and how to take it back; several can be, one after another. */
export function useUndo() {
  const standing = useGiven().filter(({ failed, undone }) => !failed && !undone);
  const last = standing.at(-1);
  const takeBack = useTakeBack();
  // Whoever asks while the word is on its way means that word.
  const [asked, setAsked] = useState<string>();
  const { word, saved } = last ?? {};
  useEffect(() => {
    if (!word || !saved || asked !== word.key) return;
    setAsked(undefined);
    if (saved.undoUntil && saved.undoUntil > Date.now()) takeBack({ word, saved });
  }, [asked, word, saved]);
  return { last, undo: () => setAsked(word?.key) };
}
