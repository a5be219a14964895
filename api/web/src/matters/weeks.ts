/** ISO 8601 weeks, as the service names them: "2026-W47". */

const DAY_MS = 86_400_000;

function nameOf(day: Date): string {
  const thursday = new Date(day);
  thursday.setUTCDate(day.getUTCDate() + 4 - (day.getUTCDay() || 7));
  const first = Date.UTC(thursday.getUTCFullYear(), 0, 1);
  const week = Math.ceil(((thursday.getTime() - first) / DAY_MS + 1) / 7);
  return `${thursday.getUTCFullYear()}-W${String(week).padStart(2, "0")}`;
}

/** The names of the last weeks, this one included, oldest first, in the browser's time zone. */
export function lastWeeks(count: number, today = new Date()): string[] {
  const local = Date.UTC(today.getFullYear(), today.getMonth(), today.getDate());
  return Array.from({ length: count }, (_, index) =>
    nameOf(new Date(local - (count - 1 - index) * 7 * DAY_MS)),
  );
}
