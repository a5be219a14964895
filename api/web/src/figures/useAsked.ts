import { useSession } from "../session/useSession";
import { useAddress } from "../shared/useAddress";
import type { Asked, By } from "./queries";

export const PERIODS = ["7", "28", "90", "365"] as const;
const USUAL = "28";

/** A day where the installation is, as the service counts them: not where the browser is. */
function localDay(daysAgo: number, timeZone?: string): string {
  const day = new Date(`${new Intl.DateTimeFormat("en-CA", { timeZone }).format()}T00:00Z`);
  day.setUTCDate(day.getUTCDate() - daysAgo);
  return day.toISOString().slice(0, 10);
}

type Name = "days" | "from" | "to" | "inspection" | "camera" | "by" | "plot" | "pest";

/** What is asked for stands in the address: a link shows the same figures to somebody else. */
export function useAsked() {
  const { params, change } = useAddress();
  const timeZone = useSession().data?.time_zone;
  const given = (name: Name) => params.get(name) || undefined;
  const from = given("from");
  const days = from ? undefined : (PERIODS.find((one) => one === given("days")) ?? USUAL);
  const asked: Asked = {
    from: from ?? localDay(Number(days) - 1, timeZone),
    to: given("to"),
    inspection: given("inspection"),
    camera: given("camera"),
  };
  return {
    asked,
    last: asked.to ?? localDay(0, timeZone),
    days,
    by: (given("by") === "camera" ? "camera" : "class") satisfies By as By,
    plot: given("plot"),
    pest: given("pest"),
    change: (values: Partial<Record<Name, string | null>>) => change(values),
  };
}
