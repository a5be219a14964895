import { Group, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import type { Light } from "../api/types";
import { LIGHT_MARKS } from "../map/marks";

/** In the order in which they ask for somebody. */
export const LIGHTS = ["red", "yellow", "green", "blue", "white"] as const satisfies Light[];

export function LightMark({ light, size = 13 }: { light: Light; size?: number }) {
  const { color, path } = LIGHT_MARKS[light];
  return (
    <svg viewBox="-10 -10 20 20" width={size} height={size} aria-hidden focusable="false">
      <path d={path} fill={color} fillRule="evenodd" />
    </svg>
  );
}

export function LightLabel({ light }: { light: Light }) {
  const { t } = useTranslation();
  return (
    <Group component="span" gap={5} wrap="nowrap" display="inline-flex">
      <LightMark light={light} />
      <Text component="span" size="sm">
        {t(`map_light.${light}`)}
      </Text>
    </Group>
  );
}
