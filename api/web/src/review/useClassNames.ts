import { useQuery } from "@tanstack/react-query";

import { modelsQuery } from "../api/queries";
import type { Finding } from "../api/types";

/** What a finding could be instead, and what a box in its pictures can be; nothing where only a word counts. */
export function useClassNames(finding: Finding, blind: boolean) {
  const { data } = useQuery(modelsQuery);
  if (blind) return { drawable: [], possible: [] };
  const models = data?.items.filter(({ inspection }) => inspection === finding.inspection) ?? [];
  const drawable = models.flatMap(({ classes }) => classes.map(({ name }) => name));
  // Only what stays where it is has its class from a model of pictures alone.
  const correctable = finding.kind === "place" && drawable.includes(finding.class);
  return { drawable, possible: correctable ? drawable : [] };
}

export type ClassNames = ReturnType<typeof useClassNames>;
