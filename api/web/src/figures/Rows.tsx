import { Table } from "@mantine/core";
import type { ReactNode } from "react";

import classes from "./Figures.module.css";

export interface Column<Row> {
  head: string;
  cell: (row: Row) => ReactNode;
  isNumber?: boolean;
}

interface Props<Row> {
  caption: string;
  /** The first names the row. */
  columns: Column<Row>[];
  rows: Row[];
  keyOf: (row: Row) => string;
}

/** A table of figures; a long one scrolls by itself. */
export function Rows<Row>({ caption, columns, rows, keyOf }: Props<Row>) {
  const side = (column: Column<Row>) => (column.isNumber ? "end" : "start");
  return (
    <div className={classes.scroll} tabIndex={0} role="group" aria-label={caption}>
      <Table verticalSpacing={6} stickyHeader aria-label={caption}>
        <Table.Thead>
          <Table.Tr>
            {columns.map((column) => (
              <Table.Th key={column.head} scope="col" ta={side(column)}>
                {column.head}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={keyOf(row)}>
              {columns.map((column, index) =>
                index === 0 ? (
                  <Table.Th key={column.head} scope="row" fw={500}>
                    {column.cell(row)}
                  </Table.Th>
                ) : (
                  <Table.Td key={column.head} ta={side(column)}>
                    {column.cell(row)}
                  </Table.Td>
                ),
              )}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}
