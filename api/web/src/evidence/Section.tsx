import { Box, Title } from "@mantine/core";
import type { ReactNode } from "react";

import facts from "../findings/Facts.module.css";

interface Props {
  title: string;
  /** Names and what they are; those that are null are left out. */
  rows: [name: string, value: ReactNode][];
  /** Between the title and the facts. */
  children?: ReactNode;
}

/** What one inspection knows of a finding: a title, facts, and what else belongs to them. */
export function Section({ title, rows, children }: Props) {
  return (
    <section aria-label={title}>
      <Title order={2} size="h6" mb={6}>
        {title}
      </Title>
      {children && <Box mb="xs">{children}</Box>}
      <dl className={facts.facts}>
        {rows
          .filter(([, value]) => value != null)
          .map(([name, value]) => (
            <div key={name} className={facts.row}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
    </section>
  );
}
