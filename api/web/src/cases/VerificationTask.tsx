import { Button, Group, Paper, Stack, Text, Textarea } from "@mantine/core";
import { IconCheck, IconX } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { CaseDetail } from "../api/types";
import { useCaseEvent } from "./useCaseEvent";

/** A person's word on a claim; that it is not true needs a reason, which the department is to know. */
export function VerificationTask({ shown }: { shown: CaseDetail }) {
  const { t } = useTranslation();
  const [comment, setComment] = useState("");
  const enter = useCaseEvent(shown.id);
  const said = comment.trim();
  return (
    <Paper withBorder p="sm">
      <Stack gap="xs">
        <Text size="sm" fw={600}>
          {t("verification.task")}
        </Text>
        <Textarea
          autosize
          minRows={2}
          maxLength={2000}
          aria-label={t("verification.comment")}
          placeholder={t("verification.comment")}
          value={comment}
          onChange={({ currentTarget }) => setComment(currentTarget.value)}
        />
        <Group gap="xs">
          <Button
            size="xs"
            color="teal"
            leftSection={<IconCheck size={15} />}
            loading={enter.isPending}
            onClick={() => enter.mutate({ event: "pass", comment: said || null })}
          >
            {t("case_event.pass")}
          </Button>
          <Button
            size="xs"
            color="red"
            variant="light"
            leftSection={<IconX size={15} />}
            disabled={!said}
            loading={enter.isPending}
            onClick={() => enter.mutate({ event: "fail", comment: said })}
          >
            {t("case_event.fail")}
          </Button>
          {!said && (
            <Text size="xs" c="dimmed">
              {t("verification.fail_needs_comment")}
            </Text>
          )}
        </Group>
      </Stack>
    </Paper>
  );
}
