import type { RefObject } from "react";

import type { ReviewRequest, Verdict } from "../api/types";
import type { StageKeys } from "../evidence/Stage";
import type { KeyBindings } from "../shared/useKeys";
import { CHOICES, type Action, type KeyMap } from "../shared/keyMap";
import type { ClassNames } from "./useClassNames";
import type { Screen } from "./useScreen";
import { REJECT_REASONS } from "./verdicts";

type Actions = Partial<Record<Action, (() => void) | undefined>>;

interface Possible {
  screen: Screen;
  /** What keys do in the clip or comparison, where there is one. */
  stage: RefObject<StageKeys | null>;
  allowed: ReadonlySet<Verdict>;
  classNames: ClassNames;
  give: (request: ReviewRequest) => void;
  confirm: () => void;
}

/** Whether the picture on the screen is one in which a model finds boxes. */
export function canDraw({ picture }: Screen, { drawable }: ClassNames): boolean {
  return picture?.ofFrame === true && drawable.length > 0;
}

/** What can be done with a finding now. While choosing, only a choice, a way back and looking. */
export function findingActions({ screen, stage, ...rest }: Possible): Actions {
  const { allowed, classNames, give, confirm } = rest;
  const looking: Actions = {
    boxes: screen.toggleBoxes,
    zoom: screen.toggleZoom,
    clip: () => stage.current?.play(),
    picture_previous: () => (stage.current ? stage.current.step(-1) : screen.movePicture(-1)),
    picture_next: () => (stage.current ? stage.current.step(1) : screen.movePicture(1)),
  };
  const stop = () => screen.choose(undefined);
  if (screen.choosing === "reason") {
    const reasons = REJECT_REASONS.map((reason) => () => give({ verdict: "reject", reason }));
    return { ...looking, ...choices(reasons), reject: stop };
  }
  if (screen.choosing === "class") {
    const names = classNames.possible.map((name) => () => screen.correctClass(name));
    return { ...looking, ...choices(names), class: stop };
  }
  const { selected } = screen;
  const mayConfirm = allowed.has("confirm");
  return {
    ...looking,
    confirm: mayConfirm ? confirm : undefined,
    reject: allowed.has("reject") ? () => screen.choose("reason") : undefined,
    duplicate:
      allowed.has("duplicate") && selected
        ? () => give({ verdict: "duplicate", duplicate_of: selected.id })
        : undefined,
    defer: allowed.has("defer") ? () => give({ verdict: "defer" }) : undefined,
    class: mayConfirm && classNames.possible.length > 1 ? () => screen.choose("class") : undefined,
    edit: mayConfirm && canDraw(screen, classNames) ? () => screen.edit(true) : undefined,
    nearby_previous: () => screen.moveSelection(-1),
    nearby_next: () => screen.moveSelection(1),
  };
}

function choices(picks: (() => void)[]): Actions {
  return Object.fromEntries(CHOICES.map((choice, index) => [choice, picks[index]]));
}

/** Actions by the keys that a person has for them. */
export function boundTo(keys: KeyMap, actions: Actions): KeyBindings {
  return Object.fromEntries(
    Object.entries(actions).map(([action, run]) => [keys[action as Action], run]),
  );
}
