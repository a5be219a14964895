import { Code, Paper, Table, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import classes from "../Admin.module.css";
import type { Changes } from "./kinds";

function written(value: unknown): string {
  if (value === null || value === undefined) return "–";
  return typeof value === "string" ? value : JSON.stringify(value, null, 1);
}

/** What one version changes of another. A line or entry says by its mark what became of it. */
export function Differences({ changes }: { changes: Changes }) {
  const { t } = useTranslation();
  const none = ("lines" in changes ? changes.lines : changes.entries).length === 0;
  if (none) {
    return (
      <Text size="sm" c="dimmed">
        {t("admin_documents.no_changes")}
      </Text>
    );
  }
  if ("lines" in changes) {
    return (
      <Code block className={classes.text}>
        {changes.lines.map((line, index) => (
          <span key={index} className={classes.line} data-mark={line[0]}>
            {line}
            {"\n"}
          </span>
        ))}
      </Code>
    );
  }
  return (
    <Paper withBorder className={classes.scroll}>
      <Table verticalSpacing={6}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">{t("admin_documents.entry")}</Table.Th>
            <Table.Th scope="col">{t("admin_audit.before")}</Table.Th>
            <Table.Th scope="col">{t("admin_audit.after")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {changes.entries.map(({ part, key, before, after }) => (
            <Table.Tr key={`${part} ${key}`}>
              <Table.Td>
                {t(`admin_part.${part}`)}
                <Text size="xs" c="dimmed" className={classes.code}>
                  {key}
                </Text>
              </Table.Td>
              <Table.Td className={classes.value}>{written(before)}</Table.Td>
              <Table.Td className={classes.value}>{written(after)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Paper>
  );
}
