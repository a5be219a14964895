import { Autocomplete, Button, Group, NumberInput, Select, Text, Textarea } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { client, take } from "../../api/client";
import { modelsQuery } from "../../api/queries";
import { useClassName } from "../../findings/useClassName";
import { useFormat } from "../../i18n/format";
import { usePermission } from "../../session/useSession";
import { INSPECTIONS, type Inspection } from "../inspections";
import { ConfirmDialog, FormDialog } from "../../shared/dialogs";
import { Listing, type Column } from "../parts/Listing";
import { Section } from "../parts/Section";
import { StateBadge } from "../parts/StateBadge";
import { useChange } from "../parts/useChange";
import { policiesQuery } from "../queries";
import type { Policy } from "../types";

export function Policies() {
  const { t } = useTranslation();
  const format = useFormat();
  const className = useClassName();
  const mayManage = usePermission("policies:manage");
  const query = useInfiniteQuery(policiesQuery);
  const [making, setMaking] = useState(false);
  const [revoking, setRevoking] = useState<Policy | null>(null);

  const columns: Column<Policy>[] = [
    {
      title: t("admin_policies.class"),
      show: (policy) => (
        <>
          {className(policy.class)}
          <Text size="xs" c="dimmed">
            {t(`inspection.${policy.inspection as Inspection}`)}
          </Text>
        </>
      ),
    },
    {
      title: t("admin_policies.asks"),
      show: (policy) =>
        t("admin_policies.asks_value", {
          confidence: format.percent(policy.min_confidence),
          looks: policy.min_looks,
          precision: format.percent(policy.required_precision),
        }),
    },
    {
      title: t("admin_policies.measured"),
      show: (policy) => (
        <>
          {t("admin_policies.at_least", { precision: format.percent(policy.lower_bound) })}
          <Text size="xs" c="dimmed">
            {t("admin_policies.reviews", {
              confirmed: policy.confirmed,
              rejected: policy.rejected,
            })}
          </Text>
        </>
      ),
    },
    { title: t("admin_audit.reason"), show: (policy) => policy.reason },
    { title: t("admin.state"), show: (policy) => <PolicyState policy={policy} /> },
    {
      title: "",
      show: (policy) =>
        mayManage &&
        !policy.revoked_at && (
          <Button
            size="compact-sm"
            variant="subtle"
            color="red"
            onClick={() => setRevoking(policy)}
          >
            {t("admin_policies.revoke")}
          </Button>
        ),
    },
  ];

  return (
    <Section
      title={t("admin_section.policies")}
      hint={t("admin_policies.hint")}
      action={
        mayManage && (
          <Button leftSection={<IconPlus size={16} />} onClick={() => setMaking(true)}>
            {t("admin_policies.make")}
          </Button>
        )
      }
    >
      <Listing
        label={t("admin_section.policies")}
        query={query}
        columns={columns}
        rowKey={(policy) => policy.id}
        empty={t("admin_policies.none")}
      />
      {making && <PolicyDialog onClose={() => setMaking(false)} />}
      {revoking && <RevokeDialog policy={revoking} onClose={() => setRevoking(null)} />}
    </Section>
  );
}

function PolicyState({ policy }: { policy: Policy }) {
  const { t } = useTranslation();
  if (policy.revoked_at) return <StateBadge look="off" label={t("admin_policies.revoked")} />;
  if (!policy.in_force) return <StateBadge look="waiting" label={t("admin_policies.suspended")} />;
  return <StateBadge look="on" label={t("admin_policies.in_force")} />;
}

function PolicyDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const models = useQuery(modelsQuery).data?.items ?? [];
  const [draft, setDraft] = useState({
    inspection: "road_damage" as Inspection,
    class: "",
    min_confidence: 90,
    min_looks: 2,
    required_precision: 95,
    reason: "",
  });
  const set = (part: Partial<typeof draft>) => setDraft((known) => ({ ...known, ...part }));
  const change = useChange({
    run: () =>
      take(
        client.POST("/v1/policies", {
          body: {
            ...draft,
            min_confidence: draft.min_confidence / 100,
            required_precision: draft.required_precision / 100,
          },
        }),
      ),
    done: t("admin.saved"),
    touches: ["policies"],
    onDone: onClose,
  });
  return (
    <FormDialog
      title={t("admin_policies.make")}
      does={t("admin_policies.make")}
      change={change}
      onSubmit={() => change.mutate()}
      onClose={onClose}
    >
      <Text size="sm" c="dimmed">
        {t("admin_policies.refused_hint")}
      </Text>
      <Group grow>
        <Select
          label={t("admin_policies.inspection")}
          data={INSPECTIONS.map((value) => ({ value, label: t(`inspection.${value}`) }))}
          value={draft.inspection}
          onChange={(value) => value && set({ inspection: value as Inspection })}
          allowDeselect={false}
        />
        <Autocomplete
          label={t("admin_policies.class")}
          data={[
            ...new Set(
              models
                .filter((model) => model.inspection === draft.inspection)
                .flatMap((model) => model.classes.map(({ name }) => name)),
            ),
          ]}
          value={draft.class}
          onChange={(value) => set({ class: value })}
          required
          maxLength={60}
        />
      </Group>
      <Group grow>
        <NumberInput
          label={t("admin_policies.min_confidence")}
          suffix=" %"
          min={0}
          max={100}
          value={draft.min_confidence}
          onChange={(value) => set({ min_confidence: Number(value) })}
          required
        />
        <NumberInput
          label={t("admin_policies.min_looks")}
          min={1}
          max={1000}
          value={draft.min_looks}
          onChange={(value) => set({ min_looks: Number(value) })}
          required
        />
        <NumberInput
          label={t("admin_policies.required_precision")}
          suffix=" %"
          min={1}
          max={99.9}
          value={draft.required_precision}
          onChange={(value) => set({ required_precision: Number(value) })}
          required
        />
      </Group>
      <Textarea
        label={t("admin_audit.reason")}
        description={t("admin_policies.reason_hint")}
        value={draft.reason}
        onChange={(event) => set({ reason: event.currentTarget.value })}
        minLength={10}
        maxLength={2000}
        required
        autosize
        minRows={2}
      />
    </FormDialog>
  );
}

function RevokeDialog({ policy, onClose }: { policy: Policy; onClose: () => void }) {
  const { t } = useTranslation();
  const className = useClassName();
  const change = useChange({
    run: () =>
      take(
        client.DELETE("/v1/policies/{policy_id}", { params: { path: { policy_id: policy.id } } }),
      ),
    done: t("admin.saved"),
    touches: ["policies"],
    onDone: onClose,
  });
  return (
    <ConfirmDialog
      title={t("admin_policies.revoke_named", { name: className(policy.class) })}
      text={t("admin_policies.revoke_sure")}
      does={t("admin_policies.revoke")}
      change={change}
      onSubmit={() => change.mutate()}
      onClose={onClose}
    />
  );
}
