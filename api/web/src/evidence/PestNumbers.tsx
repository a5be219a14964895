import { Table } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { useFormat } from "../i18n/format";
import type { Series } from "./types";

/** What a chart of a pest shows, as a table. */
export function PestNumbers({ series }: { series: Series }) {
  const { t } = useTranslation();
  const { number } = useFormat();
  const shown = (value: number | null | undefined) => (value == null ? "–" : number(value));
  return (
    <Table fz="xs" verticalSpacing={2}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t("evidence.period")}</Table.Th>
          <Table.Th>{t("evidence.count")}</Table.Th>
          <Table.Th>{t("evidence.threshold")}</Table.Th>
          <Table.Th>{t("evidence.frames")}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {series.points.map((point) => (
          <Table.Tr key={point.period}>
            <Table.Td>{point.period}</Table.Td>
            <Table.Td>{shown(point.value)}</Table.Td>
            <Table.Td>{shown(point.threshold?.value)}</Table.Td>
            <Table.Td>{shown(point.frames)}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
