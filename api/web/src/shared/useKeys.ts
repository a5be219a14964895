import { useEffect, useRef } from "react";

export type KeyBindings = Record<string, (() => void) | undefined>;

const INPUT_TYPES_WITHOUT_TYPING = ["button", "checkbox", "radio", "submit"];
const COMPOSING_KEY_CODE = 229; // what browsers report for every key while an input method composes

function isTyping(event: KeyboardEvent): boolean {
  const target = event.target;
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement && INPUT_TYPES_WITHOUT_TYPING.includes(target.type)) {
    return event.key.startsWith("Arrow"); // arrows choose among radio buttons
  }
  return target.isContentEditable || target.matches("input, textarea, select, [role=textbox]");
}

/** The name of a key alone: letters in lower case, so that Caps Lock does not matter. */
export function keyOf(event: KeyboardEvent): string | undefined {
  if (event.isComposing || event.keyCode === COMPOSING_KEY_CODE) return undefined;
  if (event.ctrlKey || event.metaKey || event.altKey) return undefined;
  return event.key.length === 1 ? event.key.toLowerCase() : event.key;
}

/** Whether a dialog lies over the page: no key does anything beneath it. */
function isUnderDialog(): boolean {
  return document.querySelector("[role=dialog][aria-modal=true]") !== null;
}

/** Single-key shortcuts on the whole page; silent while someone types, composes or holds a key. */
export function useKeys(bindings: KeyBindings, enabled: boolean) {
  const latest = useRef(bindings);
  useEffect(() => {
    latest.current = bindings;
  });
  useEffect(() => {
    if (!enabled) return;
    function onKeyDown(event: KeyboardEvent) {
      const key = keyOf(event);
      if (!key || event.defaultPrevented || event.repeat || isTyping(event)) return;
      const action = latest.current[key];
      if (!action || isUnderDialog()) return;
      event.preventDefault();
      action();
    }
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, [enabled]);
}
