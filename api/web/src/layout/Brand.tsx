import { Group, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

export function Brand() {
  const { t } = useTranslation();
  return (
    <Group gap="xs" wrap="nowrap">
      <img src="/favicon.svg" width={28} height={28} alt="" />
      <Text fw={700} size="lg" lh={1}>
        {t("app.name")}
      </Text>
    </Group>
  );
}
