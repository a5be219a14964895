import { Button, Group, Select, Text, TextInput } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { client, take } from "../../api/client";
import { useFormat } from "../../i18n/format";
import { SecretDialog } from "../parts/SecretDialog";
import { ConfirmDialog, FormDialog } from "../../shared/dialogs";
import { Listing, type Column } from "../parts/Listing";
import { Section } from "../parts/Section";
import { StateBadge } from "../parts/StateBadge";
import { useChange } from "../parts/useChange";
import { everyGatewayQuery, tokensQuery } from "../queries";
import type { NewToken, Role, Token } from "../types";

const ROLES = ["gateway", "operator", "supervisor", "ml_engineer", "admin"] as const;

export function Tokens() {
  const { t } = useTranslation();
  const format = useFormat();
  const query = useInfiniteQuery(tokensQuery);
  const gateways = useQuery(everyGatewayQuery);
  const [making, setMaking] = useState(false);
  const [made, setMade] = useState<NewToken | null>(null);
  const [revoking, setRevoking] = useState<Token | null>(null);
  const nameOf = (id: string) => gateways.data?.find((gateway) => gateway.id === id)?.name ?? id;

  const columns: Column<Token>[] = [
    { title: t("admin_tokens.name"), show: (token) => token.name },
    {
      title: t("admin_users.role"),
      show: (token) => (
        <>
          {t(`role.${token.role}`)}
          {token.gateway_id && (
            <Text size="xs" c="dimmed">
              {nameOf(token.gateway_id)}
            </Text>
          )}
        </>
      ),
    },
    { title: t("admin.state"), show: (token) => <TokenState token={token} /> },
    { title: t("admin.created"), show: (token) => format.time(token.created_at) },
    {
      title: t("admin_tokens.expires"),
      show: (token) =>
        token.expires_at ? format.time(token.expires_at) : t("admin_tokens.never_expires"),
    },
    {
      title: "",
      show: (token) =>
        token.revoked_at === null && (
          <Group justify="flex-end">
            <Button
              size="compact-sm"
              variant="subtle"
              color="red"
              aria-label={t("admin_tokens.revoke_named", { name: token.name })}
              onClick={() => setRevoking(token)}
            >
              {t("admin_tokens.revoke")}
            </Button>
          </Group>
        ),
    },
  ];

  return (
    <Section
      title={t("admin_section.tokens")}
      hint={t("admin_tokens.hint")}
      action={
        <Button leftSection={<IconPlus size={16} />} onClick={() => setMaking(true)}>
          {t("admin_tokens.make")}
        </Button>
      }
    >
      <Listing
        label={t("admin_section.tokens")}
        query={query}
        columns={columns}
        rowKey={(token) => token.id}
        empty={t("admin_tokens.none")}
      />
      {making && (
        <TokenDialog
          onClose={() => setMaking(false)}
          onMade={(token) => {
            setMaking(false);
            setMade(token);
          }}
        />
      )}
      {made && (
        <SecretDialog
          title={t("admin_tokens.made", { name: made.name })}
          hint={t("admin_tokens.use")}
          secret={made.secret}
          onClose={() => setMade(null)}
        />
      )}
      {revoking && <RevokeDialog token={revoking} onClose={() => setRevoking(null)} />}
    </Section>
  );
}

function TokenState({ token }: { token: Token }) {
  const { t } = useTranslation();
  if (token.revoked_at) return <StateBadge look="off" label={t("admin_tokens.revoked")} />;
  if (token.expires_at && new Date(token.expires_at) <= new Date()) {
    return <StateBadge look="waiting" label={t("admin_tokens.expired")} />;
  }
  return <StateBadge look="on" label={t("admin.active")} />;
}

function TokenDialog(props: { onClose: () => void; onMade: (token: NewToken) => void }) {
  const { t } = useTranslation();
  const gateways = useQuery(everyGatewayQuery);
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("gateway");
  const [gateway, setGateway] = useState<string | null>(null);
  const [lastDay, setLastDay] = useState("");
  const change = useChange({
    run: () =>
      take(
        client.POST("/v1/tokens", {
          body: {
            name,
            role,
            gateway_id: role === "gateway" ? gateway : null,
            expires_at: lastDay ? new Date(`${lastDay}T23:59:59`).toISOString() : null,
          },
        }),
      ),
    done: t("admin.saved"),
    touches: ["tokens"],
    onDone: props.onMade,
  });
  return (
    <FormDialog
      title={t("admin_tokens.make")}
      does={t("admin_tokens.make")}
      change={change}
      onSubmit={() => change.mutate()}
      onClose={props.onClose}
      disabled={role === "gateway" && !gateway}
    >
      <TextInput
        label={t("admin_tokens.name")}
        description={t("admin_tokens.name_hint")}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        maxLength={120}
        required
        data-autofocus
      />
      <Select
        label={t("admin_users.role")}
        data={ROLES.map((value) => ({ value, label: t(`role.${value}`) }))}
        value={role}
        onChange={(value) => value && setRole(value as Role)}
        allowDeselect={false}
      />
      {role === "gateway" && (
        <Select
          label={t("role.gateway")}
          placeholder={t("admin_tokens.choose_gateway")}
          data={(gateways.data ?? []).map(({ id, name: label }) => ({ value: id, label }))}
          value={gateway}
          onChange={setGateway}
          searchable
          required
        />
      )}
      <TextInput
        type="date"
        label={t("admin_tokens.last_day")}
        description={t("admin_tokens.last_day_hint")}
        value={lastDay}
        onChange={(event) => setLastDay(event.currentTarget.value)}
      />
    </FormDialog>
  );
}

function RevokeDialog({ token, onClose }: { token: Token; onClose: () => void }) {
  const { t } = useTranslation();
  const change = useChange({
    run: () =>
      take(client.DELETE("/v1/tokens/{token_id}", { params: { path: { token_id: token.id } } })),
    done: t("admin_tokens.revoked_done"),
    touches: ["tokens"],
    onDone: onClose,
  });
  return (
    <ConfirmDialog
      title={t("admin_tokens.revoke_named", { name: token.name })}
      text={t("admin_tokens.revoke_sure")}
      does={t("admin_tokens.revoke")}
      change={change}
      onSubmit={() => change.mutate()}
      onClose={onClose}
    />
  );
}
