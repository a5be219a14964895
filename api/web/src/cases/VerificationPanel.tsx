import { Alert, Group, Stack, Text, Title } from "@mantine/core";
import { IconCircle, IconCircleCheckFilled } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import type { CaseDetail, Verification } from "../api/types";
import { useFormat } from "../i18n/format";
import { BeforeAfter } from "./BeforeAfter";
import panel from "./CasePanel.module.css";
import { Looks } from "./Looks";
import { VerificationTask } from "./VerificationTask";

const MOST_DOTS = 10;

/** How the newest claim is verified: before and after, how many looks it takes, what each saw. */
export function VerificationPanel(props: { shown: CaseDetail; mayDecide: boolean }) {
  const { shown, mayDecide } = props;
  const { t } = useTranslation();
  const newest = shown.verifications.at(-1);
  if (!newest) return null;
  const open = newest.state === "waiting" || newest.state === "needs_person";
  return (
    <Stack gap="sm" component="section" aria-label={t("verification.title")}>
      <Title order={3} size="h6">
        {t("verification.title")}
      </Title>
      <BeforeAfter shown={shown} verification={newest} />
      <Standing verification={newest} />
      {open && mayDecide && shown.events.includes("pass") && <VerificationTask shown={shown} />}
      <Looks looks={newest.looks} />
      {shown.verifications.length > 1 && (
        <Text size="xs" c="dimmed">
          {t("verification.earlier", { count: shown.verifications.length - 1 })}
        </Text>
      )}
    </Stack>
  );
}

function Standing({ verification }: { verification: Verification }) {
  const { t } = useTranslation();
  const { time, percent } = useFormat();
  const { state, method, needed, clean, derivation, claimed_at, due_at, decided_at } = verification;
  return (
    <Stack gap={4}>
      <Group gap="sm">
        <Text size="sm" fw={600}>
          {t(`verification_state.${state}`)}
        </Text>
        {needed !== null && (
          <Text component="span" size="sm" display="inline-flex" className={panel.dots}>
            {needed <= MOST_DOTS &&
              Array.from({ length: needed }, (_, index) =>
                index < clean ? (
                  <IconCircleCheckFilled key={index} size={16} aria-hidden />
                ) : (
                  <IconCircle key={index} size={16} aria-hidden />
                ),
              )}
            {t("verification.clean_of", { clean, needed })}
          </Text>
        )}
      </Group>
      {state === "needs_person" && (
        <Alert color="orange" p="xs">
          {needsPerson(verification)}
        </Alert>
      )}
      <Text size="sm" c="dimmed">
        {t(`verification_method.${method}`)}
      </Text>
      {derivation && (
        <Text size="xs" c="dimmed">
          {derivation.set
            ? t("verification.set")
            : derivation.miss_rate != null
              ? t("verification.derived", {
                  seen: derivation.seen,
                  missed: derivation.missed,
                  miss_rate: percent(derivation.miss_rate),
                  false_share: percent(derivation.false_share),
                })
              : t("verification.not_derived")}
        </Text>
      )}
      <Text size="xs" c="dimmed">
        {t("verification.times", { claimed: time(claimed_at), due: time(due_at) })}
        {decided_at && ` ${t("verification.decided", { time: time(decided_at) })}`}
      </Text>
    </Stack>
  );

  /** Why a person is asked, in the language of the page; the service says it in one. */
  function needsPerson({ method, needed, clean, derivation }: Verification): string {
    if (method === "person") return t("verification.why_reply");
    if (method !== "looks") return t("verification.why_no_word");
    if (needed !== null) return t("verification.why_nobody_passed", { clean, needed });
    return derivation?.miss_rate != null
      ? t("verification.why_too_many")
      : t("verification.why_not_measured");
  }
}
