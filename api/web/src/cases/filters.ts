import { useCallback, useMemo } from "react";

import type { CaseState, Light } from "../api/types";
import { useAddress } from "../shared/useAddress";
import { LIGHTS } from "./lights";
import { CASE_STATES } from "./steps";

const ORDERS = ["newest", "oldest", "due", "due_last", "updated", "updated_first"] as const;
export type Order = (typeof ORDERS)[number];

/** What a person has narrowed the cases down to; all of it stands in the address. */
export interface CaseFilters {
  states: CaseState[];
  lights: Light[];
  destination?: string;
  className?: string;
  grid?: string;
  number?: string;
  order: Order;
}

const NAMES: Record<keyof CaseFilters, string> = {
  states: "state",
  lights: "light",
  destination: "destination",
  className: "class",
  grid: "grid",
  number: "number",
  order: "order",
};

export const AFTER = "after"; // where a page of the table begins

const known = <T extends string>(values: string[], all: readonly T[]): T[] =>
  all.filter((one) => values.includes(one));

/** The filters of the address, and a function that changes some of them, back on the first page. */
export function useCaseFilters() {
  const { params, change: changeAddress } = useAddress();
  const filters = useMemo<CaseFilters>(
    () => ({
      states: known(params.getAll("state"), CASE_STATES),
      lights: known(params.getAll("light"), LIGHTS),
      destination: params.get("destination") ?? undefined,
      className: params.get("class") ?? undefined,
      grid: params.get("grid") ?? undefined,
      number: params.get("number") ?? undefined,
      order: known([params.get("order") ?? ""], ORDERS)[0] ?? "newest",
    }),
    [params],
  );
  const change = useCallback(
    (changes: Partial<CaseFilters>) =>
      changeAddress({
        [AFTER]: null,
        ...Object.fromEntries(
          Object.entries(changes).map(([key, value]) => [NAMES[key as keyof CaseFilters], value]),
        ),
      }),
    [changeAddress],
  );
  return [filters, change] as const;
}

export const NOT_NARROWED: Partial<CaseFilters> = {
  states: [],
  lights: [],
  destination: undefined,
  className: undefined,
  grid: undefined,
  number: undefined,
};

export function isNarrowed({ states, lights, destination, className, grid, number }: CaseFilters) {
  return Boolean(states.length || lights.length || destination || className || grid || number);
}
