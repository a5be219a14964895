import { Alert, Button, NumberInput, Switch, Text, TextInput } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { client, take } from "../../api/client";
import { useFormat } from "../../i18n/format";
import { usePermission } from "../../session/useSession";
import { Failed } from "../../shared/States";
import { FormDialog } from "../../shared/dialogs";
import { Rows, Waiting, type Column } from "../parts/Listing";
import { Section } from "../parts/Section";
import { useChange } from "../parts/useChange";
import { retentionQuery } from "../queries";
import type { Retention as Kept } from "../types";

const USUAL_DAYS = 365;
const LONGEST_DAYS = 36_500;

function ask(kind: Kept["kind"], days: number | null, reason: string, check: boolean) {
  return take(
    client.PUT("/v1/retention/{kind}", {
      params: { path: { kind } },
      body: { days, reason, check },
    }),
  );
}

/** What is kept how long, how much there is of it, and what the next clean-up removes. */
export function Retention() {
  const { t } = useTranslation();
  const format = useFormat();
  const mayManage = usePermission("retention:manage");
  const { data, error, refetch } = useQuery(retentionQuery);
  const [changing, setChanging] = useState<Kept | null>(null);
  const columns: Column<Kept>[] = [
    {
      title: t("admin_retention.what"),
      show: (kept) => (
        <>
          {t(`admin_retention.${kept.kind}`)}
          <Text size="xs" c="dimmed" maw={420}>
            {t(`admin_retention.${kept.kind}_hint`)}
          </Text>
        </>
      ),
    },
    {
      title: t("admin_retention.kept_for"),
      show: (kept) =>
        kept.days === null
          ? t("admin_retention.for_good")
          : t("admin_retention.days", { count: kept.days }),
    },
    { title: t("admin_retention.count"), show: (kept) => format.number(kept.count) },
    {
      title: t("admin_retention.oldest"),
      show: (kept) => kept.oldest_at && format.time(kept.oldest_at),
    },
    {
      title: t("admin_retention.due"),
      show: (kept) => (kept.days === null ? "–" : format.number(kept.due)),
    },
    {
      title: "",
      show: (kept) =>
        mayManage && (
          <Button
            size="compact-sm"
            variant="light"
            aria-label={t("admin_retention.change_named", {
              name: t(`admin_retention.${kept.kind}`),
            })}
            onClick={() => setChanging(kept)}
          >
            {t("admin_users.change")}
          </Button>
        ),
    },
  ];
  return (
    <Section title={t("admin_section.retention")} hint={t("admin_retention.hint")}>
      {error && <Failed error={error} retry={() => void refetch()} />}
      {!data && !error && <Waiting />}
      {data && (
        <Rows
          label={t("admin_section.retention")}
          columns={columns}
          items={data}
          rowKey={(kept) => kept.kind}
          empty=""
        />
      )}
      {changing && <RetentionDialog kept={changing} onClose={() => setChanging(null)} />}
    </Section>
  );
}

function RetentionDialog({ kept, onClose }: { kept: Kept; onClose: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [days, setDays] = useState<number | null>(kept.days);
  const [reason, setReason] = useState("");
  const would = useQuery({
    queryKey: ["admin", "retention", kept.kind, days],
    queryFn: () => ask(kept.kind, days, t("admin_retention.check"), true),
    enabled: days !== null && days >= 1,
  });
  const change = useChange({
    run: () => ask(kept.kind, days, reason, false),
    done: t("admin.saved"),
    touches: ["retention"],
    onDone: onClose,
  });
  const due = days === null ? 0 : would.data?.due;
  return (
    <FormDialog
      title={t(`admin_retention.${kept.kind}`)}
      does={t("admin.save")}
      color={due ? "red" : undefined}
      change={change}
      onSubmit={() => change.mutate()}
      onClose={onClose}
      disabled={due === undefined}
    >
      <Text size="sm" c="dimmed">
        {t(`admin_retention.${kept.kind}_hint`)}
      </Text>
      <Switch
        label={t("admin_retention.keep_for_good")}
        checked={days === null}
        onChange={(event) => setDays(event.currentTarget.checked ? null : USUAL_DAYS)}
      />
      {days !== null && (
        <NumberInput
          label={t("admin_retention.kept_for")}
          suffix={t("admin_retention.days_unit")}
          min={1}
          max={LONGEST_DAYS}
          allowDecimal={false}
          value={days}
          onChange={(value) => setDays(Number(value))}
          required
        />
      )}
      {days !== null && due !== undefined && (
        <Alert
          color={due ? "red" : "green"}
          icon={due ? <IconAlertTriangle /> : undefined}
          role="status"
        >
          {due
            ? t("admin_retention.would_remove", { count: due, kept: format.number(kept.count) })
            : t("admin_retention.would_remove_none")}
        </Alert>
      )}
      <TextInput
        label={t("admin_audit.reason")}
        description={t("admin_letters.reason_hint")}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
        minLength={3}
        maxLength={2000}
        required
      />
    </FormDialog>
  );
}
