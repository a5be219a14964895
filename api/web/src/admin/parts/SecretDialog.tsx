import { Alert, Button, Code, CopyButton, Group, Modal, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconCheck, IconCopy } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import classes from "../Admin.module.css";

/** A secret that is nowhere kept: it can be copied now and never again. */
export function SecretDialog(props: {
  title: string;
  hint: string;
  secret: string;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  return (
    <Modal
      opened
      onClose={props.onClose}
      title={props.title}
      withCloseButton={false}
      closeOnClickOutside={false}
      closeOnEscape={false}
    >
      <Stack>
        <Alert color="yellow" icon={<IconAlertTriangle />}>
          {t("admin.secret_once")}
        </Alert>
        <Text size="sm">{props.hint}</Text>
        <Code block className={classes.secret} aria-label={props.title}>
          {props.secret}
        </Code>
        <Group justify="space-between">
          <CopyButton value={props.secret}>
            {({ copied, copy }) => (
              <Button
                variant="light"
                onClick={copy}
                leftSection={copied ? <IconCheck size={16} /> : <IconCopy size={16} />}
                data-autofocus
              >
                {copied ? t("admin.copied") : t("admin.copy")}
              </Button>
            )}
          </CopyButton>
          <Button onClick={props.onClose}>{t("admin.secret_stored")}</Button>
        </Group>
      </Stack>
    </Modal>
  );
}
