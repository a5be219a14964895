import { useQuery } from "@tanstack/react-query";
import { useCallback } from "react";
import { useTranslation } from "react-i18next";

import { modelsQuery, rulesQuery } from "../api/queries";

/** A class is called what its model or rule calls it, else as the page or its inspection does, in the language of the page. */
export function useClassName(): (name: string) => string {
  const { i18n, t } = useTranslation();
  const { data: models } = useQuery(modelsQuery);
  const { data: rules } = useQuery(rulesQuery);
  const chinese = i18n.language === "zh-CN";
  return useCallback(
    (name) => {
      const known =
        models?.items.flatMap(({ classes }) => classes).find((one) => one.name === name) ??
        rules?.find((one) => one.code === name);
      const label = known && (chinese ? known.label_zh : known.label_en);
      if (label) return label.charAt(0).toUpperCase() + label.slice(1);
      const inspection = t(`inspection.${name as "falling_object"}`, { defaultValue: name });
      return t(`class.${name as "new_structure"}`, { defaultValue: inspection });
    },
    [models, rules, chinese, t],
  );
}
