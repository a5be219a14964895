import { Badge } from "@mantine/core";
import {
  IconAlertTriangle,
  IconArrowBackUp,
  IconBan,
  IconCheck,
  IconClockPause,
  IconEye,
  IconFolderOpen,
  IconRefresh,
  IconSend,
  IconTool,
  IconUserCheck,
} from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import type { CaseState } from "../api/types";

const LOOKS: Record<CaseState, { color: string; Icon: typeof IconCheck }> = {
  opened: { color: "gray", Icon: IconFolderOpen },
  dispatching: { color: "blue", Icon: IconSend },
  dispatched: { color: "blue", Icon: IconSend },
  accepted: { color: "indigo", Icon: IconUserCheck },
  in_progress: { color: "indigo", Icon: IconTool },
  claimed_done: { color: "violet", Icon: IconCheck },
  verifying: { color: "violet", Icon: IconEye },
  closed: { color: "green", Icon: IconCheck },
  returned: { color: "orange", Icon: IconArrowBackUp },
  suspended: { color: "gray", Icon: IconClockPause },
  reopened: { color: "orange", Icon: IconRefresh },
  cancelled: { color: "gray", Icon: IconBan },
  undeliverable: { color: "red", Icon: IconAlertTriangle },
};

export function CaseStateBadge({ state }: { state: CaseState }) {
  const { t } = useTranslation();
  const { color, Icon } = LOOKS[state];
  return (
    <Badge
      miw="max-content"
      color={color}
      variant="light"
      tt="none"
      leftSection={<Icon size={12} aria-hidden />}
    >
      {t(`case_state.${state}`)}
    </Badge>
  );
}
