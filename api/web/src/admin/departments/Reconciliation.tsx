import { Button, Group, Stack, Text, TextInput, Title } from "@mantine/core";
import { IconAffiliate } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { useFormat } from "../../i18n/format";
import { Failed } from "../../shared/States";
import { Rows, Waiting, type Column } from "../parts/Listing";
import { Section } from "../parts/Section";
import { StateBadge } from "../parts/StateBadge";
import { useAddress } from "../../shared/useAddress";
import { reconciliationQuery } from "../queries";
import type { Account, Accounting } from "../types";

const COUNTS = ["made", "delivered", "waiting", "dead", "withdrawn"] as const;

export function Reconciliation() {
  const { t } = useTranslation();
  const { params, change } = useAddress();
  const day = params.get("day") ?? undefined;
  const ask = params.get("ask") === "true";
  const { data, error, isFetching, refetch } = useQuery(reconciliationQuery(day, ask));
  return (
    <Section
      title={t("admin_section.reconciliation")}
      hint={t("admin_reconciliation.hint")}
      action={
        <Button
          variant="default"
          leftSection={<IconAffiliate size={16} />}
          loading={ask && isFetching}
          onClick={() => (ask ? void refetch() : change({ ask: "true" }))}
        >
          {t("admin_reconciliation.ask")}
        </Button>
      }
    >
      <Group align="flex-end">
        <TextInput
          type="date"
          label={t("admin_reconciliation.day")}
          value={day ?? data?.day ?? ""}
          onChange={(event) => change({ day: event.currentTarget.value })}
        />
        {data &&
          (data.agrees ? (
            <StateBadge look="on" label={t("admin_reconciliation.agrees")} />
          ) : (
            <StateBadge look="wrong" label={t("admin_reconciliation.differs")} />
          ))}
      </Group>
      {error && <Failed error={error} retry={() => void refetch()} />}
      {!data && !error && <Waiting />}
      {data && <Accounts data={data} />}
    </Section>
  );
}

function Accounts({ data }: { data: Accounting }) {
  const { t } = useTranslation();
  const format = useFormat();
  const columns: Column<Account>[] = [
    { title: t("admin_letters.destination"), show: (account) => account.destination.name },
    ...COUNTS.map((name) => ({
      title: t(`admin_reconciliation.${name}`),
      show: (account: Account) => format.number(account[name]),
    })),
  ];
  return (
    <Stack>
      <Rows
        label={t("admin_section.reconciliation")}
        columns={columns}
        items={data.destinations}
        rowKey={(account) => account.destination.id}
        empty={t("admin_reconciliation.none")}
      />
      {data.departments && (
        <>
          <Title order={2} size="h5">
            {t("admin_reconciliation.asked")}
          </Title>
          <Rows
            label={t("admin_reconciliation.asked")}
            columns={[
              { title: t("admin_letters.destination"), show: (one) => one.destination.name },
              { title: t("admin_reconciliation.delivered"), show: (one) => one.delivered },
              { title: t("admin_reconciliation.listed"), show: (one) => one.listed ?? "–" },
              { title: t("admin_reconciliation.problem"), show: (one) => one.problem },
            ]}
            items={data.departments}
            rowKey={(one) => one.destination.id}
            empty={t("admin_reconciliation.nobody_lists")}
          />
        </>
      )}
      {data.discrepancies.length > 0 && (
        <>
          <Title order={2} size="h5">
            {t("admin_reconciliation.discrepancies")}
          </Title>
          <Rows
            label={t("admin_reconciliation.discrepancies")}
            columns={[
              {
                title: t("admin_letters.case"),
                show: (one) => (
                  <Link to={`/cases/${one.case_id}`}>{t("admin_reconciliation.open_case")}</Link>
                ),
              },
              {
                title: t("admin_reconciliation.problem"),
                show: (one) => t(`admin_fault.${one.fault}`),
              },
              { title: t("cases.external"), show: (one) => one.external_ids.join(", ") },
            ]}
            items={data.discrepancies}
            rowKey={(one) => `${one.fault} ${one.case_id} ${one.message_id}`}
            empty=""
          />
        </>
      )}
      <Text size="xs" c="dimmed">
        {t("admin_reconciliation.counted", { time: format.time(data.at), zone: data.time_zone })}
      </Text>
    </Stack>
  );
}
