import { Button, Group, Paper, Skeleton, Text, Title } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import type { UseQueryResult } from "@tanstack/react-query";
import { useId, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { Failed } from "../shared/States";

interface Props<Data> {
  title: string;
  /** What the figures are of, and what they are not. */
  note: string;
  query: UseQueryResult<Data>;
  isEmpty: (data: Data) => boolean;
  csv?: string;
  tools?: ReactNode;
  children: (data: Data) => ReactNode;
}

/** One table or plot, with its words, its export, and what stands there without figures. */
export function Figure<Data>(props: Props<Data>) {
  const { t } = useTranslation();
  const id = useId();
  const { data, error, refetch } = props.query;
  return (
    <Paper component="section" withBorder p="md" aria-labelledby={id}>
      <Group justify="space-between" align="flex-start" wrap="nowrap" mb="sm">
        <div>
          <Title order={2} size="h4" id={id}>
            {props.title}
          </Title>
          <Text size="sm" c="dimmed" maw={760}>
            {props.note}
          </Text>
        </div>
        <Group gap="xs" wrap="nowrap">
          {props.tools}
          {props.csv && (
            <Button
              component="a"
              href={props.csv}
              download
              variant="default"
              size="xs"
              leftSection={<IconDownload size={14} />}
              aria-label={t("figures.export", { title: props.title })}
            >
              CSV
            </Button>
          )}
        </Group>
      </Group>
      {error ? (
        <Failed error={error} retry={() => void refetch()} />
      ) : !data ? (
        <Skeleton h={160} />
      ) : props.isEmpty(data) ? (
        <Text c="dimmed" py="md">
          {t("figures.none")}
        </Text>
      ) : (
        props.children(data)
      )}
    </Paper>
  );
}
