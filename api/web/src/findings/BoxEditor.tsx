import { Button, Group, Kbd, NativeSelect, Text } from "@mantine/core";
import { IconCheck, IconPlus, IconTrash } from "@tabler/icons-react";
import { useEffect, useRef, useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";

import { keyOf } from "../shared/useKeys";
import classes from "./BoxEditor.module.css";
import { loadPicture, type ShownPicture } from "./pictures";
import { useBoxes } from "./useBoxes";
import { useClassName } from "./useClassName";
import type { Box, DrawnBox } from "./viewBox";

const STEP = 0.01; // of the picture, by an arrow key
const NEW_BOX = { x1: 0.4, y1: 0.4, x2: 0.6, y2: 0.6 };

/** How far an arrow moves a box: left, top, right, bottom. */
const MOVES: Record<string, Box> = {
  ArrowLeft: [-STEP, 0, -STEP, 0],
  ArrowRight: [STEP, 0, STEP, 0],
  ArrowUp: [0, -STEP, 0, -STEP],
  ArrowDown: [0, STEP, 0, STEP],
};

interface Props {
  picture: ShownPicture;
  /** What was drawn before, else the model's boxes are there at the beginning. */
  drawn: readonly DrawnBox[] | undefined;
  classNames: readonly string[];
  /** The class of a new box. */
  newClass: string;
  /** The key that ends the drawing, as it began it. */
  doneKey: string | undefined;
  onDone: (boxes: DrawnBox[]) => void;
  onCancel: () => void;
}

/** Boxes drawn by a person over a picture, by mouse, finger or keys. */
export function BoxEditor({ picture, drawn, classNames, newClass, doneKey, ...on }: Props) {
  const { t } = useTranslation();
  const className = useClassName();
  const root = useRef<HTMLDivElement>(null);
  const [image, setImage] = useState<HTMLImageElement>();
  const boxes = useBoxes(image, picture, drawn, newClass);
  const { selected } = boxes;
  const done = () => on.onDone(boxes.list.map(({ box }) => box));
  const add = () => boxes.add({ class: newClass, ...NEW_BOX });

  useEffect(() => {
    root.current?.focus();
    void loadPicture(picture.url).then(setImage);
  }, [picture.url]);

  function onKeyDown(event: KeyboardEvent) {
    const key = keyOf(event.nativeEvent);
    if (!key || event.target instanceof HTMLSelectElement) return;
    const move = MOVES[key];
    if (key === "Escape") on.onCancel();
    else if (key === doneKey) done();
    else if (key === "n") add();
    else if (!selected) return;
    else if (key === "Delete" || key === "Backspace") boxes.remove(selected.id);
    else if (move) boxes.shift(selected.id, event.shiftKey ? [0, 0, move[2], move[3]] : move);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  return (
    <div
      ref={root}
      className={classes.editor}
      role="group"
      aria-label={t("boxes.title")}
      tabIndex={-1}
      onKeyDown={onKeyDown}
    >
      <div ref={boxes.ref} className={classes.canvas} />
      <div className={classes.bar}>
        <Text size="xs" w="100%">
          {t("boxes.hint")}
        </Text>
        <Group gap={4} role="group" aria-label={t("boxes.list")}>
          {boxes.list.map(({ id, box }, index) => (
            <Button
              key={id}
              size="compact-sm"
              variant={id === selected?.id ? "filled" : "default"}
              aria-pressed={id === selected?.id}
              onClick={() => boxes.select(id)}
            >
              {index + 1} {className(box.class)}
            </Button>
          ))}
          <Button
            size="compact-sm"
            variant="default"
            leftSection={<IconPlus size={14} />}
            rightSection={<Kbd size="xs">N</Kbd>}
            onClick={add}
          >
            {t("boxes.add")}
          </Button>
        </Group>
        {selected && (
          <>
            <NativeSelect
              size="xs"
              aria-label={t("boxes.class")}
              value={selected.box.class}
              data={classNames.map((name) => ({
                value: name,
                label: className(name),
              }))}
              onChange={(event) => boxes.setClass(selected.id, event.currentTarget.value)}
            />
            <Button
              size="compact-sm"
              variant="default"
              leftSection={<IconTrash size={14} />}
              onClick={() => boxes.remove(selected.id)}
            >
              {t("boxes.remove")}
            </Button>
          </>
        )}
        <Group gap={6} ml="auto">
          <Button size="compact-sm" variant="default" onClick={on.onCancel}>
            {t("boxes.cancel")} <Kbd size="xs">Esc</Kbd>
          </Button>
          <Button size="compact-sm" leftSection={<IconCheck size={14} />} onClick={done}>
            {t("boxes.done")}
          </Button>
        </Group>
      </div>
    </div>
  );
}
