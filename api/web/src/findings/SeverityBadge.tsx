import { Badge } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { SEVERITY_COLORS } from "./states";

type Level = "1" | "2" | "3" | "4";

export function SeverityBadge({ severity }: { severity: number }) {
  const { t } = useTranslation();
  return (
    <Badge
      color={SEVERITY_COLORS[severity]}
      title={t("severity.label", { level: severity })}
      tt="none"
      flex="none"
    >
      {t(`severity.${String(severity) as Level}`)} {severity}/4
    </Badge>
  );
}
