import { useTranslation } from "react-i18next";

const TERM = /^(\d+) ?(min|h|working hour|working day)s?$/;
const UNITS = {
  min: "minutes",
  h: "hours",
  "working hour": "working_hours",
  "working day": "working_days",
} as const;

/** A term as the service writes it ("3 working days"), in the language of the page. */
export function useTermText() {
  const { t } = useTranslation();
  return (term: string): string => {
    const [, amount, unit] = TERM.exec(term) ?? [];
    return unit ? t(`term.${UNITS[unit as keyof typeof UNITS]}`, { count: Number(amount) }) : term;
  };
}
