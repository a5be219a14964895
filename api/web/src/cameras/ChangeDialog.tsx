import { Alert, Button, Group, Modal, Stack, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import type { FormEvent, ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { useProblemText } from "../shared/States";

interface Props {
  title: string;
  text: string;
  /** What the button that does it says. */
  does: string;
  change: { isPending: boolean; error: Error | null };
  onSubmit: () => void;
  onClose: () => void;
  color?: string;
  disabled?: boolean;
  children?: ReactNode;
}

/** Says what a change means before it is made, and why it was refused. */
export function ChangeDialog(props: Props) {
  const { t } = useTranslation();
  function submit(event: FormEvent) {
    event.preventDefault();
    props.onSubmit();
  }
  return (
    <Modal
      opened
      onClose={props.onClose}
      title={props.title}
      closeButtonProps={{ "aria-label": t("cameras.cancel") }}
    >
      <form onSubmit={submit}>
        <Stack>
          <Text size="sm">{props.text}</Text>
          {props.children}
          <Problem error={props.change.error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={props.onClose}>
              {t("cameras.cancel")}
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

/** Why a change was refused. */
export function Problem({ error }: { error: Error | null }) {
  const { t } = useTranslation();
  const problemText = useProblemText();
  if (!error) return null;
  return (
    <Alert color="red" role="alert" icon={<IconAlertTriangle />} title={t("cameras.not_saved")}>
      {problemText(error)}
    </Alert>
  );
}
