import { useTranslation } from "react-i18next";

/** The words of something that names itself in both languages, in that of the page. */
export function useLabel() {
  const { i18n } = useTranslation();
  return (label: { zh: string; en: string }) => (i18n.language === "en" ? label.en : label.zh);
}
