import { Button, RingProgress } from "@mantine/core";
import { IconArrowBackUp } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

import { useShortcut } from "../shared/keyMap";
import { Shortcut } from "./Shortcut";

const TICK_MS = 200;

/** How long something can still be undone, in milliseconds; 0 when it cannot. */
export function useTimeLeft(until: number | undefined): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (until === undefined || until <= Date.now()) return;
    setNow(Date.now());
    const timer = setInterval(() => {
      setNow(Date.now());
      if (Date.now() >= until) clearInterval(timer);
    }, TICK_MS);
    return () => clearInterval(timer);
  }, [until]);
  return until === undefined ? 0 : Math.max(until - now, 0);
}

/** Takes the last word back, and shows how long that is possible. */
export function Undo({ until, onUndo }: { until: number; onUndo: () => void }) {
  const { t } = useTranslation();
  const key = useShortcut()("undo");
  const [whole] = useState(() => until - Date.now());
  const left = useTimeLeft(until);
  if (left === 0) return null;
  return (
    <Button
      size="compact-sm"
      variant="light"
      leftSection={<IconArrowBackUp size={16} aria-hidden />}
      rightSection={<Shortcut of={key} />}
      aria-keyshortcuts={key}
      onClick={onUndo}
    >
      {t("review.undo")}
      <RingProgress
        size={22}
        thickness={3}
        mx={4}
        sections={[{ value: (100 * left) / whole, color: "blue" }]}
        aria-hidden
      />
      {t("review.undo_left", { seconds: Math.ceil(left / 1000) })}
    </Button>
  );
}
