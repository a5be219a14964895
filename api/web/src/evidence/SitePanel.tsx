import { useTranslation } from "react-i18next";

import { useFormat } from "../i18n/format";
import { Section } from "./Section";
import type { SiteDetails } from "./sites";

/** Since when something stands there, how far it is, and what it was compared with. */
export function SitePanel({ details }: { details: SiteDetails }) {
  const { t } = useTranslation();
  const { day, percent } = useFormat();
  const { stage, structure, first_at, confirmed_at, gone_at, approved_at, area_share } = details;
  return (
    <Section
      title={t("evidence.site")}
      rows={[
        [t("evidence.stage"), t(`site_stage.${stage as "new_structure"}`)],
        [
          t("evidence.structure"),
          structure && t(`structure.${structure as "container"}`, { defaultValue: structure }),
        ],
        [t("evidence.since"), day(first_at)],
        [t("evidence.sure_since"), confirmed_at && day(confirmed_at)],
        [t("evidence.gone_since"), gone_at && day(gone_at)],
        [t("evidence.approved"), approved_at && day(approved_at)],
        [t("evidence.area"), t("evidence.area_value", { share: percent(area_share) })],
      ]}
    />
  );
}
