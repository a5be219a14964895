import { useAddress } from "../shared/useAddress";
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
  const { params, change } = useAddress();
  const given = (name: Name) => params.get(name) || undefined;
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
    change: (values: Partial<Record<Name, string | null>>) => change(values),
  };
}
