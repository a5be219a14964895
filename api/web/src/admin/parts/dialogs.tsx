import { Alert, Button, Code, CopyButton, Group, Modal, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconCheck, IconCopy } from "@tabler/icons-react";
import type { FormEvent, ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { useProblemText } from "../../shared/States";
import classes from "../Admin.module.css";

interface Changing {
  isPending: boolean;
  error: Error | null;
}

interface DialogProps {
  title: string;
  /** What the button that does it says. */
  does: string;
  change: Changing;
  onSubmit: () => void;
  onClose: () => void;
  children: ReactNode;
  color?: string;
  size?: string | number;
  disabled?: boolean;
}

/** A form that stands over the page until what it says is done, or it is left. */
export function FormDialog(props: DialogProps) {
  const { t } = useTranslation();
  function submit(event: FormEvent) {
    event.preventDefault();
    event.stopPropagation();
    props.onSubmit();
  }
  return (
    <Modal
      opened
      onClose={props.onClose}
      title={props.title}
      size={props.size ?? "md"}
      closeButtonProps={{ "aria-label": t("admin.close") }}
      classNames={{ title: classes.dialogTitle }}
    >
      <form onSubmit={submit}>
        <Stack>
          {props.children}
          <Problem error={props.change.error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={props.onClose}>
              {t("admin.cancel")}
            </Button>
            <Button
              type="submit"
              color={props.color}
              loading={props.change.isPending}
              disabled={props.disabled}
            >
              {props.does}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

/** Asks before something that cannot simply be undone. */
export function ConfirmDialog(props: Omit<DialogProps, "children"> & { text: ReactNode }) {
  const { text, ...dialog } = props;
  return (
    <FormDialog color="red" {...dialog}>
      <Text size="sm">{text}</Text>
    </FormDialog>
  );
}

/** Why a change was refused. */
export function Problem({ error }: { error: Error | null }) {
  const { t } = useTranslation();
  const problemText = useProblemText();
  if (!error) return null;
  return (
    <Alert color="red" role="alert" icon={<IconAlertTriangle />} title={t("admin.not_done")}>
      {problemText(error)}
    </Alert>
  );
}

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
      classNames={{ title: classes.dialogTitle }}
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
