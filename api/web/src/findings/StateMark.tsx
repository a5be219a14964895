import { Group } from "@mantine/core";
import { useTranslation } from "react-i18next";

import type { FindingState } from "../api/types";
import { FINDING_MARKS } from "./states";

export function StateMark({ state, size = 14 }: { state: FindingState; size?: number }) {
  const { color, path } = FINDING_MARKS[state];
  return (
    <svg viewBox="-10 -10 20 20" width={size} height={size} aria-hidden focusable="false">
      <path d={path} fill={color} fillRule="evenodd" />
    </svg>
  );
}

export function StateLabel({ state }: { state: FindingState }) {
  const { t } = useTranslation();
  return (
    <Group component="span" gap={5} wrap="nowrap" display="inline-flex">
      <StateMark state={state} />
      {t(`finding_state.${state}`)}
    </Group>
  );
}
