import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { findingQuery } from "../api/queries";
import type { CaseDetail, FindingDetail, Verification } from "../api/types";
import { useFormat } from "../i18n/format";
import panel from "./CasePanel.module.css";

interface Shown {
  url: string;
  capturedAt: string;
}

type Evidence = FindingDetail["evidence"][number];

const shownOf = (one: Evidence): Shown => ({ url: one.annotated_url, capturedAt: one.captured_at });

/** The place before the claim and after it: marked as such, else the best and the newest look. */
function sidesOf(detail: FindingDetail, { looks, claimed_at }: Verification) {
  const marked = (...names: string[]) =>
    detail.evidence.find(({ shows }) => names.includes(shows ?? ""));
  const best = detail.evidence.find(({ id }) => id === detail.picture?.evidence_id);
  const before = marked("before") ?? best;
  const after = marked("cleared") ?? marked("after");
  const seen = looks.findLast(({ picture }) => picture)?.picture;
  const isAfter = after && after.captured_at >= claimed_at;
  return {
    before: before && shownOf(before),
    after: isAfter
      ? shownOf(after)
      : seen && { url: seen.annotated_url, capturedAt: seen.captured_at },
  };
}

export function BeforeAfter(props: { shown: CaseDetail; verification: Verification }) {
  const { t } = useTranslation();
  const { data } = useQuery(findingQuery(props.shown.finding.id));
  const sides = data ? sidesOf(data, props.verification) : undefined;
  return (
    <div className={panel.pair}>
      <Side name={t("verification.before")} shown={sides?.before} none={t("picture.none")} />
      <Side name={t("verification.after")} shown={sides?.after} none={t("verification.no_after")} />
    </div>
  );
}

function Side({
  name,
  shown,
  none,
}: {
  name: string;
  shown: Shown | null | undefined;
  none: string;
}) {
  const { time } = useFormat();
  return (
    <figure>
      {shown ? (
        <a href={shown.url} target="_blank" rel="noreferrer">
          <img src={shown.url} alt={name} />
        </a>
      ) : (
        <div className={panel.none}>{none}</div>
      )}
      <figcaption>
        {name}
        {shown && ` · ${time(shown.capturedAt)}`}
      </figcaption>
    </figure>
  );
}
