import { Alert, Button, Group, Modal, Stack, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import type { FormEvent, ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { useProblemText } from "./States";

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
  /** What it means. */
  text?: ReactNode;
  children?: ReactNode;
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
      closeButtonProps={{ "aria-label": t("dialog.close") }}
    >
      <form onSubmit={submit}>
        <Stack>
          {props.text && <Text size="sm">{props.text}</Text>}
          {props.children}
          <Problem error={props.change.error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={props.onClose}>
              {t("dialog.cancel")}
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
export function ConfirmDialog(props: DialogProps) {
  return <FormDialog color="red" {...props} />;
}

/** Why a change was refused. */
export function Problem({ error }: { error: Error | null }) {
  const { t } = useTranslation();
  const problemText = useProblemText();
  if (!error) return null;
  return (
    <Alert color="red" role="alert" icon={<IconAlertTriangle />} title={t("dialog.not_done")}>
      {problemText(error)}
    </Alert>
  );
}
