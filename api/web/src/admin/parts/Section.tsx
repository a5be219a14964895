import { Group, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";

import { useTitle } from "../../shared/useTitle";

/** What stands at the top of every section: its name, what it is for, and what can be made here. */
export function Section(props: {
  title: string;
  hint: string;
  action?: ReactNode;
  children: ReactNode;
}) {
  useTitle(props.title);
  return (
    <Stack gap="md">
      <Group justify="space-between" align="flex-start" wrap="nowrap">
        <div>
          <Title order={1} size="h3">
            {props.title}
          </Title>
          <Text c="dimmed" size="sm" maw={720}>
            {props.hint}
          </Text>
        </div>
        <Group gap="xs" wrap="nowrap">
          {props.action}
        </Group>
      </Group>
      {props.children}
    </Stack>
  );
}
