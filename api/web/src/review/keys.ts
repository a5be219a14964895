import type { RefObject } from "react";

import type { ReviewRequest, Verdict } from "../api/types";
import type { StageKeys } from "../evidence/Stage";
import type { KeyBindings } from "../shared/useKeys";
import type { Screen } from "./useScreen";
import { REJECT_REASONS } from "./verdicts";

/** Single-key shortcuts can be turned off (WCAG 2.1.4). */
export const KEYS_ENABLED = { key: "xunjian-keys", defaultValue: true };

/** What the list of keys shows; the order is that of use. */
export const KEY_HELP = [
  { keys: ["A"], text: "confirm" },
  { keys: ["R"], text: "reject" },
  { keys: ["D"], text: "duplicate" },
  { keys: ["S"], text: "defer" },
  { keys: ["↑", "↓"], text: "nearby" },
  { keys: ["←", "→"], text: "pictures" },
  { keys: ["B"], text: "boxes" },
  { keys: ["Z"], text: "zoom" },
  { keys: ["V"], text: "clip" },
  { keys: ["Esc"], text: "cancel" },
  { keys: ["?"], text: "help" },
] as const;

interface Actions {
  screen: Screen;
  stage: RefObject<StageKeys | null>;
  allowed: ReadonlySet<Verdict>;
  give: (request: ReviewRequest) => void;
  help: () => void;
}

/** The keys of the review page. While rejecting, only a reason, a way back and looking count. */
export function reviewKeys({ screen, stage, allowed, give, help }: Actions): KeyBindings {
  const looking: KeyBindings = {
    b: screen.toggleBoxes,
    z: screen.toggleZoom,
    v: () => stage.current?.play(),
    ArrowLeft: () => (stage.current ? stage.current.step(-1) : screen.movePicture(-1)),
    ArrowRight: () => (stage.current ? stage.current.step(1) : screen.movePicture(1)),
    "?": help,
  };
  if (screen.rejecting) {
    const reasons = REJECT_REASONS.map((reason, index) => [
      String(index + 1),
      () => give({ verdict: "reject", reason }),
    ]);
    return {
      ...looking,
      ...Object.fromEntries(reasons),
      r: () => screen.setRejecting(false),
      Escape: () => screen.setRejecting(false),
    };
  }
  const { selected } = screen;
  return {
    ...looking,
    a: allowed.has("confirm") ? () => give({ verdict: "confirm" }) : undefined,
    r: allowed.has("reject") ? () => screen.setRejecting(true) : undefined,
    d:
      allowed.has("duplicate") && selected
        ? () => give({ verdict: "duplicate", duplicate_of: selected.id })
        : undefined,
    s: allowed.has("defer") ? () => give({ verdict: "defer" }) : undefined,
    ArrowUp: () => screen.moveSelection(-1),
    ArrowDown: () => screen.moveSelection(1),
  };
}
