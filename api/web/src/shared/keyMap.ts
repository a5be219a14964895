import { useLocalStorage } from "@mantine/hooks";

/** The key of each action until a person chooses another; the order is that of the list of keys. */
const DEFAULT_KEYS = {
  confirm: "a",
  reject: "r",
  duplicate: "d",
  class: "c",
  edit: "e",
  defer: "s",
  clip: "v",
  undo: "u",
  batch: "g",
  nearby_previous: "ArrowUp",
  nearby_next: "ArrowDown",
  picture_previous: "ArrowLeft",
  picture_next: "ArrowRight",
  boxes: "b",
  zoom: "z",
  help: "?",
  choice_1: "1",
  choice_2: "2",
  choice_3: "3",
  choice_4: "4",
  choice_5: "5",
  choice_6: "6",
  choice_7: "7",
  choice_8: "8",
  choice_9: "9",
};

export type Action = keyof typeof DEFAULT_KEYS;
export type KeyMap = Record<Action, string>;

export const ACTIONS = Object.keys(DEFAULT_KEYS) as Action[];

/** The keys that pick from a list, in the order of the list. */
export const CHOICES = ACTIONS.filter((action) => action.startsWith("choice_"));

const ARROWS: Record<string, string> = {
  ArrowUp: "↑",
  ArrowDown: "↓",
  ArrowLeft: "←",
  ArrowRight: "→",
};

/** Whether an action can have this key: a sign or an arrow. The rest moves about in the page. */
export function canBeKey(key: string): boolean {
  return key in ARROWS || (key.length === 1 && key !== " ");
}

export function keyLabel(key: string): string {
  return ARROWS[key] ?? key.toUpperCase();
}

/** The keys in use. What the browser keeps may be of another version, or not ours at all. */
function inUse(stored: unknown): KeyMap {
  const own = typeof stored === "object" && stored !== null ? stored : {};
  const keys = { ...DEFAULT_KEYS };
  for (const [action, key] of Object.entries(own)) {
    if (action in keys && typeof key === "string" && canBeKey(key)) keys[action as Action] = key;
  }
  const unique = new Set(Object.values(keys)).size === ACTIONS.length;
  return unique ? keys : DEFAULT_KEYS;
}

/** The keys of the review page: each can be another, and all can be off (WCAG 2.1.4). */
export function useKeyMap() {
  const [stored, setStored, forget] = useLocalStorage<Partial<KeyMap>>({
    key: "xunjian-key-map",
    defaultValue: {},
  });
  const [enabled, setEnabled] = useLocalStorage({ key: "xunjian-keys", defaultValue: true });
  const keys = inUse(stored);
  return {
    keys,
    enabled,
    setEnabled,
    changed: ACTIONS.some((action) => keys[action] !== DEFAULT_KEYS[action]),
    /** Give an action a key; return the action that has it already, which changes nothing. */
    assign: (action: Action, key: string): Action | undefined => {
      const holder = ACTIONS.find((other) => other !== action && keys[other] === key);
      if (!holder) setStored({ ...keys, [action]: key });
      return holder;
    },
    reset: forget,
  };
}

/** The key that a button shows beside what it does: none where keys are off. */
export function useShortcut(): (action: Action | undefined) => string | undefined {
  const { keys, enabled } = useKeyMap();
  return (action) => (enabled && action ? keys[action] : undefined);
}
