import { Alert, Button, Group, Modal, Progress, Stack, Text, Textarea } from "@mantine/core";
import { useInterval } from "@mantine/hooks";
import { IconLock } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useEffect, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { useProblemText } from "../shared/States";

const LEAST = 5; // characters, as the service asks
const MOST = 500;
const SHOWN_S = 60;

interface Props<T> {
  opened: boolean;
  onClose: () => void;
  title: string;
  /** What is recorded, and of whom. */
  warning: string;
  ask: (purpose: string) => Promise<T>;
  show: (answer: T) => ReactNode;
  size?: string;
}

/** Gives what few may see: for a purpose, which is recorded, and for a minute only. */
export function PurposeDialog<T>({ opened, onClose, title, size, ...rest }: Props<T>) {
  const { t } = useTranslation();
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={title}
      size={size}
      centered
      closeButtonProps={{ "aria-label": t("evidence.close") }}
    >
      <Asking onClose={onClose} {...rest} />
    </Modal>
  );
}

/** Within the dialog, so that closing it forgets purpose and answer. */
function Asking<T>({ onClose, warning, ask, show }: Omit<Props<T>, "opened" | "title" | "size">) {
  const { t } = useTranslation();
  const problemText = useProblemText();
  const [purpose, setPurpose] = useState("");
  const asking = useMutation({ mutationFn: ask, retry: false, gcTime: 0 });
  const given = purpose.trim();
  if (asking.isSuccess) {
    return <Shown onOver={onClose}>{show(asking.data)}</Shown>;
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (given.length >= LEAST) asking.mutate(given);
      }}
    >
      <Stack>
        <Alert color="orange" icon={<IconLock />}>
          {warning}
        </Alert>
        <Textarea
          data-autofocus
          label={t("evidence.purpose")}
          description={t("evidence.purpose_hint", { count: LEAST })}
          value={purpose}
          maxLength={MOST}
          minRows={2}
          autosize
          required
          error={asking.isError && problemText(asking.error)}
          onChange={(event) => setPurpose(event.currentTarget.value)}
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("evidence.cancel")}
          </Button>
          <Button type="submit" disabled={given.length < LEAST} loading={asking.isPending}>
            {t("evidence.show")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function Shown({ onOver, children }: { onOver: () => void; children: ReactNode }) {
  const { t } = useTranslation();
  const [leftS, setLeftS] = useState(SHOWN_S);
  useInterval(() => setLeftS((seconds) => seconds - 1), 1000, { autoInvoke: true });
  useEffect(() => {
    if (leftS <= 0) onOver();
  }, [leftS, onOver]);
  return (
    <Stack>
      {children}
      <Progress value={(leftS / SHOWN_S) * 100} size="sm" aria-hidden />
      <Group justify="space-between">
        <Text size="sm" c="dimmed">
          {t("evidence.closes_in", { count: leftS })}
        </Text>
        <Button variant="default" onClick={onOver} data-autofocus>
          {t("evidence.close")}
        </Button>
      </Group>
    </Stack>
  );
}
