import { Text } from "@mantine/core";
import type { ReactNode } from "react";

/** A smaller line beneath what a cell says. */
export function Beneath({ children }: { children: ReactNode }) {
  return (
    <Text component="span" display="block" size="xs" c="dimmed">
      {children}
    </Text>
  );
}
