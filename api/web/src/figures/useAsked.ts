import { useCallback } from "react";
import { useSearchParams } from "react-router";

import type { Asked, By } from "./queries";

export const PERIODS = ["7", "28", "90", "365"] as const;
const USUAL = "28";
const DAY_MS = 86_400_000;

const pad = (value: number) => String(value).padStart(2, "0");

/** A day where the browser is. */
export function localDay(daysAgo: number): string {
  const day = new Date(Date.now() - daysAgo * DAY_MS);
  return `${day.getFullYear()}-${pad(day.getMonth() + 1)}-${pad(day.getDate())}`;
}

type Name = "days" | "from" | "to" | "inspection" | "camera" | "by" | "plot" | "pest";

/** What is asked for stands in the address: a link shows the same figures to somebody else. */
export function useAsked() {
  const [params, setParams] = useSearchParams();
  const given = (name: Name) => params.get(name) || undefined;
  const change = useCallback(
    (values: Partial<Record<Name, string | null>>) =>
      setParams(
        (before) => {
          const after = new URLSearchParams(before);
          for (const [name, value] of Object.entries(values)) {
            if (value) after.set(name, value);
            else after.delete(name);
          }
          return after;
        },
        { replace: true },
      ),
    [setParams],
  );
  const from = given("from");
  const days = from ? undefined : (PERIODS.find((one) => one === given("days")) ?? USUAL);
  const asked: Asked = {
    from: from ?? localDay(Number(days) - 1),
    to: given("to"),
    inspection: given("inspection"),
    camera: given("camera"),
  };
  return {
    asked,
    days,
    by: (given("by") === "camera" ? "camera" : "class") satisfies By as By,
    plot: given("plot"),
    pest: given("pest"),
    change,
  };
}
