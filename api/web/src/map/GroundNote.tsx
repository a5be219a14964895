import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import type { Ground } from "./ground";
import classes from "./Map.module.css";

/** Where the ground is from, and what positions refer to. */
export function GroundNote({ ground, error }: { ground: Ground; error: Error | null }) {
  const { t } = useTranslation();
  return (
    <Text size="xs" className={classes.note} role={error ? "alert" : undefined}>
      {error ? t("map.ground_failed") : ground.attribution} WGS-84
    </Text>
  );
}
