import { Autocomplete, Button, Group, NumberInput, Select, Text } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { client, take } from "../../api/client";
import { modelsQuery } from "../../api/queries";
import { useClassName } from "../../findings/useClassName";
import { useFormat } from "../../i18n/format";
import { usePermission } from "../../session/useSession";
import { Failed } from "../../shared/States";
import { INSPECTIONS, type Inspection } from "../inspections";
import { FormDialog } from "../../shared/dialogs";
import { Rows, Waiting, type Column } from "../parts/Listing";
import { Section } from "../parts/Section";
import { useChange } from "../parts/useChange";
import { verificationRulesQuery } from "../queries";
import type { VerificationRule } from "../types";

const isSet = ({ looks, gap_minutes, wait_hours }: VerificationRule) =>
  looks !== null || gap_minutes !== null || wait_hours !== null;

/** How claims of classes are verified where it is set; everywhere else it is derived. */
export function VerificationRules() {
  const { t } = useTranslation();
  const format = useFormat();
  const className = useClassName();
  const mayManage = usePermission("policies:manage");
  const { data, error, refetch } = useQuery(verificationRulesQuery);
  const [doing, setDoing] = useState<{ rule: VerificationRule | null } | null>(null);
  const derived = (value: string | null) => value ?? t("admin_verification.derived");
  const columns: Column<VerificationRule>[] = [
    {
      title: t("admin_policies.class"),
      show: (rule) => (
        <>
          {className(rule.class_name)}
          <Text size="xs" c="dimmed">
            {t(`inspection.${rule.inspection as Inspection}`)}
          </Text>
        </>
      ),
    },
    {
      title: t("admin_verification.looks"),
      show: (rule) => derived(rule.looks === null ? null : format.number(rule.looks)),
    },
    {
      title: t("admin_verification.gap"),
      show: (rule) =>
        derived(
          rule.gap_minutes === null
            ? null
            : t("admin_verification.minutes", { count: rule.gap_minutes }),
        ),
    },
    {
      title: t("admin_verification.wait"),
      show: (rule) =>
        derived(
          rule.wait_hours === null
            ? null
            : t("admin_verification.hours", { count: rule.wait_hours }),
        ),
    },
    { title: t("admin_registers.updated"), show: (rule) => format.time(rule.updated_at) },
    {
      title: "",
      show: (rule) =>
        mayManage && (
          <Button size="compact-sm" variant="subtle" onClick={() => setDoing({ rule })}>
            {t("admin_users.change")}
          </Button>
        ),
    },
  ];
  return (
    <Section
      title={t("admin_section.verification")}
      hint={t("admin_verification.hint")}
      action={
        mayManage && (
          <Button leftSection={<IconPlus size={16} />} onClick={() => setDoing({ rule: null })}>
            {t("admin_verification.make")}
          </Button>
        )
      }
    >
      {error && <Failed error={error} retry={() => void refetch()} />}
      {!data && !error && <Waiting />}
      {data && (
        <Rows
          label={t("admin_section.verification")}
          columns={columns}
          items={data.filter(isSet)}
          rowKey={(rule) => `${rule.inspection} ${rule.class_name}`}
          empty={t("admin_verification.none")}
        />
      )}
      {doing && <RuleDialog rule={doing.rule} onClose={() => setDoing(null)} />}
    </Section>
  );
}

/** A number, or nothing: then it is derived. */
const orNull = (value: string | number) => (value === "" ? null : Number(value));

function RuleDialog({ rule, onClose }: { rule: VerificationRule | null; onClose: () => void }) {
  const { t } = useTranslation();
  const models = useQuery(modelsQuery).data?.items ?? [];
  const [inspection, setInspection] = useState(rule?.inspection ?? "road_damage");
  const [name, setName] = useState(rule?.class_name ?? "");
  const [draft, setDraft] = useState({
    looks: rule?.looks ?? null,
    gap_minutes: rule?.gap_minutes ?? null,
    wait_hours: rule?.wait_hours ?? null,
  });
  const set = (part: Partial<typeof draft>) => setDraft((known) => ({ ...known, ...part }));
  const change = useChange({
    run: (body: typeof draft) =>
      take(
        client.PUT("/v1/verification-rules/{inspection}/{class_name}", {
          params: { path: { inspection, class_name: name } },
          body,
        }),
      ),
    done: t("admin.saved"),
    touches: ["verification-rules"],
    onDone: onClose,
  });
  return (
    <FormDialog
      title={t("admin_section.verification")}
      does={t("admin.save")}
      change={change}
      onSubmit={() => change.mutate(draft)}
      onClose={onClose}
    >
      <Text size="sm" c="dimmed">
        {t("admin_verification.empty_is_derived")}
      </Text>
      <Group grow>
        <Select
          label={t("admin_policies.inspection")}
          data={INSPECTIONS.map((value) => ({ value, label: t(`inspection.${value}`) }))}
          value={inspection}
          onChange={(value) => value && setInspection(value)}
          allowDeselect={false}
          disabled={rule !== null}
        />
        <Autocomplete
          label={t("admin_policies.class")}
          data={[
            ...new Set(
              models
                .filter((model) => model.inspection === inspection)
                .flatMap((model) => model.classes.map((one) => one.name)),
            ),
          ]}
          value={name}
          onChange={setName}
          disabled={rule !== null}
          maxLength={60}
          required
        />
      </Group>
      <Group grow>
        <NumberInput
          label={t("admin_verification.looks")}
          min={1}
          max={50}
          value={draft.looks ?? ""}
          onChange={(value) => set({ looks: orNull(value) })}
        />
        <NumberInput
          label={t("admin_verification.gap")}
          suffix={t("admin_verification.minutes_unit")}
          min={0}
          max={10_080}
          value={draft.gap_minutes ?? ""}
          onChange={(value) => set({ gap_minutes: orNull(value) })}
        />
        <NumberInput
          label={t("admin_verification.wait")}
          suffix={t("admin_verification.hours_unit")}
          min={1}
          max={8760}
          value={draft.wait_hours ?? ""}
          onChange={(value) => set({ wait_hours: orNull(value) })}
        />
      </Group>
      {rule && (
        <Button
          variant="subtle"
          onClick={() => change.mutate({ looks: null, gap_minutes: null, wait_hours: null })}
        >
          {t("admin_verification.derive_again")}
        </Button>
      )}
    </FormDialog>
  );
}
