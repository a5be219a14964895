import { Group, Kbd, Modal, Switch, Table, Text } from "@mantine/core";
import { useLocalStorage } from "@mantine/hooks";
import { useTranslation } from "react-i18next";

import { KEY_HELP, KEYS_ENABLED } from "./keys";

export function HelpDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const [enabled, setEnabled] = useLocalStorage(KEYS_ENABLED);
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={t("keys.title")}
      closeButtonProps={{ "aria-label": t("keys.close") }}
      centered
    >
      <Table verticalSpacing={7}>
        <Table.Tbody>
          {KEY_HELP.map(({ keys, text }) => (
            <Table.Tr key={text}>
              <Table.Td w={90}>
                <Group gap={4} wrap="nowrap">
                  {keys.map((key) => (
                    <Kbd key={key}>{key}</Kbd>
                  ))}
                </Group>
              </Table.Td>
              <Table.Td>{t(`keys.${text}`)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <Text size="sm" c="dimmed" my="sm">
        {t("keys.intro")}
      </Text>
      <Switch
        label={t("keys.enabled")}
        checked={enabled}
        onChange={(event) => setEnabled(event.currentTarget.checked)}
      />
    </Modal>
  );
}
