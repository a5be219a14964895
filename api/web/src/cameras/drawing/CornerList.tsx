import { ActionIcon, Button, Group, NumberInput, Stack, Text } from "@mantine/core";
import { IconPlus, IconX } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import type { Corner, Size } from "./corners";

const START: Corner[] = [
  [0.3, 0.3],
  [0.7, 0.3],
  [0.7, 0.7],
  [0.3, 0.7],
];
const LEAST = 3;

interface Props {
  label: string;
  corners: readonly Corner[] | null;
  onChange: (corners: Corner[] | null) => void;
  /** Of the picture in which the corners are told, in pixels. */
  size: Size;
  disabled?: boolean;
  /** Names of the corners where there must be as many. */
  names?: readonly string[];
  /** How far outside the picture a corner may lie, in pictures. */
  outside?: number;
}

/** The corners in numbers: all that the mouse does, by keyboard. */
export function CornerList(props: Props) {
  const { t } = useTranslation();
  const { label, corners, onChange, size, disabled, names, outside = 0 } = props;
  const scale = [size.width, size.height] as const;

  function move(index: number, axis: 0 | 1, pixels: number) {
    const moved = corners!.map((corner, n) => {
      if (n !== index) return corner;
      const share = pixels / scale[axis];
      return axis === 0 ? ([share, corner[1]] as const) : ([corner[0], share] as const);
    });
    onChange(moved);
  }

  function add() {
    const [first, last] = [corners![0]!, corners!.at(-1)!];
    onChange([...corners!, [(first[0] + last[0]) / 2, (first[1] + last[1]) / 2]]);
  }

  if (corners === null) {
    return (
      <Button variant="default" size="xs" disabled={disabled} onClick={() => onChange(START)}>
        {names ? t("drawing.place") : t("drawing.start")}
      </Button>
    );
  }
  return (
    <Stack gap={6} role="group" aria-label={label}>
      <Text size="xs" c="dimmed">
        {t("drawing.pixels", { width: size.width, height: size.height })}
      </Text>
      {corners.map((corner, index) => {
        const name = names?.[index] ?? t("drawing.corner", { number: index + 1 });
        return (
          <Group key={index} gap={6} wrap="nowrap">
            <Text size="xs" w={names ? 62 : 44} c="dimmed">
              {name}
            </Text>
            {([0, 1] as const).map((axis) => (
              <NumberInput
                key={axis}
                size="xs"
                flex={1}
                aria-label={axis === 0 ? t("drawing.x", { name }) : t("drawing.y", { name })}
                min={-outside * scale[axis]}
                max={(1 + outside) * scale[axis]}
                decimalScale={0}
                disabled={disabled}
                value={Math.round(corner[axis] * scale[axis])}
                onChange={(value) => typeof value === "number" && move(index, axis, value)}
              />
            ))}
            {!names && (
              <ActionIcon
                variant="subtle"
                color="gray"
                aria-label={t("drawing.remove", { name })}
                disabled={disabled || corners.length <= LEAST}
                onClick={() => onChange(corners.filter((_, n) => n !== index))}
              >
                <IconX size={15} />
              </ActionIcon>
            )}
          </Group>
        );
      })}
      <Group gap="xs">
        {!names && (
          <Button
            size="compact-xs"
            variant="subtle"
            leftSection={<IconPlus size={14} aria-hidden />}
            disabled={disabled}
            onClick={add}
          >
            {t("drawing.add")}
          </Button>
        )}
        <Button
          size="compact-xs"
          variant="subtle"
          color="red"
          disabled={disabled}
          onClick={() => onChange(null)}
        >
          {t("drawing.clear")}
        </Button>
      </Group>
    </Stack>
  );
}
