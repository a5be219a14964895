import { useMemo } from "react";
import { useTranslation } from "react-i18next";

const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1_000],
];

const SPANS: [unit: string, seconds: number][] = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
];

/** Times, numbers and names in the language of the page; times in the browser's own time zone. */
export function useFormat() {
  const { i18n } = useTranslation();
  const language = i18n.language;
  return useMemo(() => {
    const absolute = new Intl.DateTimeFormat(language, {
      dateStyle: "medium",
      timeStyle: "medium",
    });
    const short = new Intl.DateTimeFormat(language, {
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
    });
    const day = new Intl.DateTimeFormat(language, {
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
    });
    const change = new Intl.NumberFormat(language, {
      signDisplay: "exceptZero",
      maximumFractionDigits: 2,
    });
    const seconds = new Intl.NumberFormat(language, {
      style: "unit",
      unit: "second",
      unitDisplay: "narrow",
      signDisplay: "exceptZero",
      minimumFractionDigits: 2,
      maximumFractionDigits: 2,
    });
    const clock = new Intl.DateTimeFormat(language, { timeStyle: "medium", hourCycle: "h23" });
    const spans = SPANS.map(([unit, size]) => {
      const style = {
        style: "unit",
        unit,
        unitDisplay: "short",
        maximumFractionDigits: 1,
      } as const;
      return { size, format: new Intl.NumberFormat(language, style) };
    });
    const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "short" });
    const percent = new Intl.NumberFormat(language, { style: "percent" });
    const number = new Intl.NumberFormat(language);
    return {
      time: (iso: string) => absolute.format(new Date(iso)),
      day: (iso: string) => day.format(new Date(iso)),
      change: (value: number) => change.format(value),
      seconds: (value: number) => seconds.format(value),
      shortTime: (iso: string) => short.format(new Date(iso)),
      duration: (value: number) => {
        const span = spans.find(({ size }) => value >= 2 * size) ?? spans.at(-1)!;
        return span.format.format(value / span.size);
      },
      clock: (time: number) => clock.format(time),
      ago: (iso: string) => {
        const elapsed = new Date(iso).getTime() - Date.now();
        const [unit, size] =
          UNITS.find(([, milliseconds]) => Math.abs(elapsed) >= milliseconds) ?? UNITS.at(-1)!;
        return relative.format(Math.trunc(elapsed / size), unit);
      },
      percent: (fraction: number) => percent.format(fraction),
      number: (value: number) => number.format(value),
    };
  }, [language]);
}
