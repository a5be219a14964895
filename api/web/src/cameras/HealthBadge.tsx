import { Badge } from "@mantine/core";
import {
  IconAntennaBarsOff,
  IconArrowsMove,
  IconBlur,
  IconCheck,
  IconClockQuestion,
  IconDatabaseX,
  IconEyeOff,
  IconMoon,
  IconPlugX,
  IconReplace,
  IconSnowflake,
} from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import type { HealthState } from "./types";

const LOOKS: Record<HealthState, { color: string; Icon: typeof IconCheck }> = {
  well: { color: "green", Icon: IconCheck },
  new: { color: "gray", Icon: IconClockQuestion },
  disabled: { color: "gray", Icon: IconPlugX },
  frozen: { color: "red", Icon: IconSnowflake },
  losing: { color: "orange", Icon: IconDatabaseX },
  silent: { color: "red", Icon: IconAntennaBarsOff },
  dark: { color: "red", Icon: IconMoon },
  blocked: { color: "red", Icon: IconEyeOff },
  blurred: { color: "orange", Icon: IconBlur },
  moved: { color: "orange", Icon: IconArrowsMove },
  other_view: { color: "orange", Icon: IconReplace },
};

export function HealthBadge({ state }: { state: HealthState }) {
  const { t } = useTranslation();
  const { color, Icon } = LOOKS[state];
  return (
    <Badge
      miw="max-content"
      color={color}
      variant="light"
      tt="none"
      leftSection={<Icon size={13} aria-hidden />}
    >
      {t(`camera_health.${state}`)}
    </Badge>
  );
}
