import { Alert, Button, Group, List, Paper, Stack, Text, Title } from "@mantine/core";
import { IconCheck } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useChange } from "../parts/useChange";
import { Differences } from "./Differences";
import type { Checked, Kind } from "./kinds";
import { Mistakes } from "./Mistakes";
import { TextFile } from "./TextFile";

/** A new text: checked first, with what it would change, then put in force. */
export function DraftPanel(props: {
  kind: Kind;
  text: string;
  onChange: (text: string) => void;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const { kind, text } = props;
  const [inOrder, setInOrder] = useState<string | null>(null);
  const check = useMutation({
    mutationFn: kind.check,
    retry: false,
    onSuccess: (_, checked) => setInOrder(checked),
  });
  const load = useChange({
    run: kind.load,
    done: t("admin_documents.is_in_force"),
    touches: [kind.key],
    onDone: props.onClose,
  });
  const checked = inOrder === text ? check.data : undefined;
  return (
    <Paper withBorder p="md">
      <Stack>
        <TextFile
          label={t("admin_documents.text")}
          accept=".yaml,.yml"
          value={text}
          onChange={(written) => {
            props.onChange(written);
            check.reset();
            load.reset();
          }}
        />
        <Mistakes error={check.error ?? load.error} />
        {checked && <CheckedPanel checked={checked} />}
        <Group justify="flex-end">
          <Button variant="subtle" onClick={props.onClose}>
            {t("dialog.cancel")}
          </Button>
          <Button
            variant="default"
            disabled={!text.trim()}
            loading={check.isPending}
            onClick={() => check.mutate(text)}
          >
            {t("admin_documents.check")}
          </Button>
          <Button disabled={!checked} loading={load.isPending} onClick={() => load.mutate(text)}>
            {t("admin_documents.load")}
          </Button>
        </Group>
      </Stack>
    </Paper>
  );
}

function CheckedPanel({ checked }: { checked: Checked }) {
  const { t } = useTranslation();
  return (
    <Stack gap="xs">
      <Alert
        color="green"
        icon={<IconCheck />}
        role="status"
        title={t("admin_documents.in_order", { name: checked.name })}
      >
        <Text size="sm">{checked.parts.join(" · ")}</Text>
      </Alert>
      {checked.warnings.length > 0 && (
        <Alert color="yellow" title={t("admin_documents.warnings")}>
          <List size="sm">
            {checked.warnings.map((warning) => (
              <List.Item key={warning}>{warning}</List.Item>
            ))}
          </List>
        </Alert>
      )}
      <Title order={3} size="h6">
        {t("admin_documents.would_change")}
      </Title>
      <Differences changes={checked.changes} />
    </Stack>
  );
}
