import { Group, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import type { Light } from "../api/types";

/** A light is a shape and a word as well as a colour, so that none of them alone must be seen. */
const MARKS: Record<Light, { color: string; path: string }> = {
  red: { color: "#d5421e", path: "M-8-8H8V8H-8Z" },
  yellow: { color: "#e69f00", path: "M0-9L9.500 8H-9.500Z" },
  green: {
    color: "#009e73",
    path: "M0-8.500A8.500 8.500 0 1 1 0 8.500A8.500 8.500 0 1 1 0-8.500Z",
  },
  blue: {
    color: "#2680d6",
    path: "M0-10L2.700-3.700L9.500-3.100L4.400 1.400L5.900 8.100L0 4.600L-5.900 8.100L-4.400 1.400L-9.500-3.100L-2.700-3.700Z",
  },
  white: {
    color: "#7d8794",
    path: "M0-8.500A8.500 8.500 0 1 1 0 8.500A8.500 8.500 0 1 1 0-8.500ZM0-5.500A5.500 5.500 0 1 0 0 5.500A5.500 5.500 0 1 0 0-5.500Z",
  },
};

/** In the order in which they ask for somebody. */
export const LIGHTS = Object.keys(MARKS) as Light[];

export function LightMark({ light, size = 13 }: { light: Light; size?: number }) {
  const { color, path } = MARKS[light];
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
        {t(`light.${light}`)}
      </Text>
    </Group>
  );
}
