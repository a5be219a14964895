import { Badge } from "@mantine/core";
import { IconBan, IconCheck, IconClock } from "@tabler/icons-react";

const LOOKS = {
  on: { color: "green", Icon: IconCheck },
  off: { color: "gray", Icon: IconBan },
  waiting: { color: "yellow", Icon: IconClock },
  wrong: { color: "red", Icon: IconBan },
} as const;

/** Whether something holds, by shape and word; colour is only a help. */
export function StateBadge({ look, label }: { look: keyof typeof LOOKS; label: string }) {
  const { color, Icon } = LOOKS[look];
  return (
    <Badge
      miw="max-content"
      color={color}
      variant="light"
      tt="none"
      leftSection={<Icon size={12} aria-hidden />}
    >
      {label}
    </Badge>
  );
}
