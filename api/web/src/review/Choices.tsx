import { Button, Group, Text } from "@mantine/core";
import { useEffect, useRef, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { CHOICES, useShortcut } from "../shared/keyMap";
import classes from "./Review.module.css";
import { Shortcut } from "./Shortcut";

interface Props<Name extends string> {
  title: string;
  names: readonly Name[];
  label: (name: Name) => string;
  current?: Name;
  color: string;
  onChoose: (name: Name) => void;
  onCancel: () => void;
  children?: ReactNode;
}

/** A short list over the bar, from which a digit picks. */
export function Choices<Name extends string>(props: Props<Name>) {
  const { t } = useTranslation();
  const shortcut = useShortcut();
  const list = useRef<HTMLDivElement>(null);
  // The button that was pressed is gone; Tab goes on from here.
  useEffect(() => list.current?.focus(), []);
  return (
    <div ref={list} className={classes.choices} tabIndex={-1}>
      <Text fw={600} w="100%">
        {props.title}
      </Text>
      <Group gap={6}>
        {props.names.map((name, index) => {
          const key = shortcut(CHOICES[index]);
          return (
            <Button
              key={name}
              size="sm"
              px="sm"
              variant={name === props.current ? "filled" : "light"}
              color={props.color}
              aria-pressed={props.current === undefined ? undefined : name === props.current}
              leftSection={<Shortcut of={key} />}
              aria-keyshortcuts={key}
              onClick={() => props.onChoose(name)}
            >
              {props.label(name)}
            </Button>
          );
        })}
      </Group>
      {props.children}
      <Button
        ml="auto"
        variant="subtle"
        color="gray"
        rightSection={<Shortcut of="Esc" />}
        onClick={props.onCancel}
      >
        {t("review.cancel")}
      </Button>
    </div>
  );
}
