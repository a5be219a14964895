import { Kbd } from "@mantine/core";

import { keyLabel } from "../shared/keyMap";
import classes from "./Review.module.css";

/** The key beside what it does. */
export function Shortcut({ of: key }: { of: string | undefined }) {
  return key ? <Kbd className={classes.shortcut}>{keyLabel(key)}</Kbd> : null;
}
