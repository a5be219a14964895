import { Button, Group, Radio, Stack, Text, Textarea, Title } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { client, take } from "../api/client";
import type { CaseDetail } from "../api/types";
import { useProblemText } from "../shared/States";
import { caseQuery } from "./queries";

type Audience = "internal" | "department";

/** Says something of a case: among ourselves, or to the department that has it. */
export function CommentForm({ shown }: { shown: CaseDetail }) {
  const { t } = useTranslation();
  const problemText = useProblemText();
  const queryClient = useQueryClient();
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState<Audience>("internal");
  const [key, setKey] = useState(() => crypto.randomUUID());
  const told = shown.comments_to;
  const audience = told ? chosen : "internal";
  const say = useMutation({
    mutationFn: () =>
      take(
        client.POST("/v1/cases/{case_id}/comments", {
          params: { path: { case_id: shown.id }, header: { "idempotency-key": key } },
          body: { text, audience },
        }),
      ),
    onSuccess: (changed) => {
      queryClient.setQueryData(caseQuery(shown.id).queryKey, changed);
      setText("");
      setChosen("internal");
      setKey(crypto.randomUUID());
      void queryClient.invalidateQueries({ queryKey: ["cases"] });
    },
  });
  return (
    <Stack
      gap="xs"
      component="form"
      aria-label={t("comments.title")}
      onSubmit={(event) => {
        event.preventDefault();
        say.mutate();
      }}
    >
      <Title order={3} size="h6">
        {t("comments.title")}
      </Title>
      <Textarea
        autosize
        minRows={2}
        maxRows={8}
        maxLength={2000}
        aria-label={t("comments.text")}
        placeholder={t("comments.text")}
        value={text}
        onChange={({ currentTarget }) => setText(currentTarget.value)}
      />
      <Group justify="space-between" gap="xs">
        <Radio.Group
          value={audience}
          onChange={(value) => setChosen(value as Audience)}
          aria-label={t("comments.audience")}
        >
          <Group gap="sm">
            <Radio size="xs" value="internal" label={t("comments.internal")} />
            <Radio
              size="xs"
              value="department"
              disabled={!told}
              label={told ? t("comments.to", { name: told.name }) : t("comments.department")}
            />
          </Group>
        </Radio.Group>
        <Button type="submit" size="xs" loading={say.isPending} disabled={!text.trim()}>
          {t("comments.say")}
        </Button>
      </Group>
      {!told && (
        <Text size="xs" c="dimmed">
          {t("comments.not_carried")}
        </Text>
      )}
      {say.isError && (
        <Text size="sm" c="red" role="alert">
          {problemText(say.error)}
        </Text>
      )}
    </Stack>
  );
}
