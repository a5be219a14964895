import { Button, Center, Paper, Skeleton, Stack, Table, Text } from "@mantine/core";
import type { InfiniteData, UseInfiniteQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { Failed } from "../../shared/States";
import classes from "../Admin.module.css";

const SKELETON_ROWS = 4;

export interface Column<T> {
  title: string;
  show: (item: T) => ReactNode;
}

interface Props<T> {
  label: string;
  columns: Column<T>[];
  items: T[];
  rowKey: (item: T) => string;
  empty: string;
}

/** A table of things, or the words that say that there are none. */
export function Rows<T>({ label, columns, items, rowKey, empty }: Props<T>) {
  if (items.length === 0) {
    return (
      <Paper withBorder p="xl">
        <Center>
          <Text c="dimmed" ta="center" maw={480}>
            {empty}
          </Text>
        </Center>
      </Paper>
    );
  }
  return (
    <Paper withBorder className={classes.scroll}>
      <Table verticalSpacing="xs" aria-label={label}>
        <Table.Thead>
          <Table.Tr>
            {columns.map((column, index) => (
              <Table.Th key={index} scope="col">
                {column.title}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {items.map((item) => (
            <Table.Tr key={rowKey(item)}>
              {columns.map((column, index) => (
                <Table.Td key={index}>{column.show(item)}</Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Paper>
  );
}

/** A list that comes page by page, with what shows while it comes and when it does not. */
export function Listing<T>({
  query,
  ...table
}: Omit<Props<T>, "items"> & {
  query: UseInfiniteQueryResult<InfiniteData<{ items: T[] }>>;
}) {
  const { t } = useTranslation();
  if (query.isError && !query.data) {
    return <Failed error={query.error} retry={() => void query.refetch()} />;
  }
  if (!query.data) return <Waiting />;
  return (
    <Stack>
      <Rows {...table} items={query.data.pages.flatMap(({ items }) => items)} />
      {query.hasNextPage && (
        <Button
          variant="default"
          mx="auto"
          loading={query.isFetchingNextPage}
          onClick={() => void query.fetchNextPage()}
        >
          {t("admin.more")}
        </Button>
      )}
    </Stack>
  );
}

export function Waiting() {
  const { t } = useTranslation();
  return (
    <Stack gap="xs" role="status" aria-label={t("error.loading")}>
      {Array.from({ length: SKELETON_ROWS }, (_, row) => (
        <Skeleton key={row} height={40} />
      ))}
    </Stack>
  );
}
