import { useDocumentTitle } from "@mantine/hooks";
import { useTranslation } from "react-i18next";

export function useTitle(page: string) {
  const { t } = useTranslation();
  useDocumentTitle(`${page} · ${t("app.name")}`);
}
