import { ActionIcon, Kbd, Tooltip } from "@mantine/core";
import type { Icon } from "@tabler/icons-react";

import { keyLabel, useShortcut, type Action } from "./keyMap";

interface Props {
  label: string;
  /** Which key does the same. */
  action?: Action;
  pressed?: boolean;
  onClick: () => void;
  Icon: Icon;
}

/** A button over a picture or video. */
export function Tool({ label, action, pressed, onClick, Icon }: Props) {
  const key = useShortcut()(action);
  return (
    <Tooltip
      label={
        <>
          {label} {key && <Kbd size="xs">{keyLabel(key)}</Kbd>}
        </>
      }
    >
      <ActionIcon
        size="lg"
        variant={pressed ? "filled" : "default"}
        aria-label={label}
        aria-pressed={pressed}
        aria-keyshortcuts={key}
        onClick={onClick}
      >
        <Icon size={20} stroke={1.7} />
      </ActionIcon>
    </Tooltip>
  );
}
