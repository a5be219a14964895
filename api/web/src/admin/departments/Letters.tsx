import { Button, Checkbox, Group, Paper, Select, Text } from "@mantine/core";
import { IconRefresh } from "@tabler/icons-react";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { useFormat } from "../../i18n/format";
import { usePermission } from "../../session/useSession";
import { useAddress } from "../../shared/useAddress";
import { Days } from "../parts/Days";
import { Listing, type Column } from "../parts/Listing";
import { Section } from "../parts/Section";
import { StateBadge } from "../parts/StateBadge";
import { everyDestinationQuery, lettersQuery, span } from "../queries";
import type { Letter, LetterState } from "../types";
import { LetterDialog } from "./LetterDialog";
import { ReplayDialog, type ReplayOf } from "./ReplayDialog";

const STATES = ["dead", "pending", "leased", "delivered", "withdrawn"] as const;
const LOOKS = {
  dead: "wrong",
  pending: "waiting",
  leased: "waiting",
  delivered: "on",
  withdrawn: "off",
} as const;

/** Messages to departments; the dead ones first, for they wait for somebody. */
export function Letters() {
  const { t } = useTranslation();
  const format = useFormat();
  const mayReplay = usePermission("outbox:replay");
  const { params } = useAddress();
  const state = (params.get("state") ?? "dead") as LetterState;
  const destination = params.get("destination") ?? undefined;
  const filters = { state: [state], destination, ...span(params) };
  const query = useInfiniteQuery(lettersQuery(filters));
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [shown, setShown] = useState<string | null>(null);
  const [replaying, setReplaying] = useState<ReplayOf | null>(null);
  const letters = query.data?.pages.flatMap(({ items }) => items) ?? [];
  const picked = letters.filter((letter) => letter.state === "dead" && chosen.has(letter.id));

  function toggle(id: string) {
    setChosen((known) => {
      const next = new Set(known);
      if (!next.delete(id)) next.add(id);
      return next;
    });
  }

  const columns: Column<Letter>[] = [
    ...(mayReplay && state === "dead"
      ? [
          {
            title: "",
            show: (letter: Letter) => (
              <Checkbox
                aria-label={t("admin_letters.choose", { number: letter.case_number })}
                checked={chosen.has(letter.id)}
                onChange={() => toggle(letter.id)}
              />
            ),
          },
        ]
      : []),
    {
      title: t("admin_letters.case"),
      show: (letter) => <Link to={`/cases/${letter.case_id}`}>{letter.case_number}</Link>,
    },
    { title: t("admin_letters.message"), show: (letter) => t(`message_type.${letter.event_type}`) },
    { title: t("admin_letters.destination"), show: (letter) => letter.destination.name },
    {
      title: t("admin.state"),
      show: (letter) => (
        <>
          <StateBadge look={LOOKS[letter.state]} label={t(`message_state.${letter.state}`)} />
          {letter.asks && (
            <Text size="xs" c="dimmed">
              {t("admin_letters.asks")}
            </Text>
          )}
        </>
      ),
    },
    {
      title: t("admin_letters.last"),
      show: (letter) =>
        letter.last_delivery && (
          <>
            {format.ago(letter.last_delivery.started_at)}
            <Text size="xs" c="dimmed" lineClamp={2} maw={260}>
              {letter.last_delivery.error}
            </Text>
          </>
        ),
    },
    { title: t("admin.created"), show: (letter) => format.shortTime(letter.created_at) },
    {
      title: "",
      show: (letter) => (
        <Button size="compact-sm" variant="subtle" onClick={() => setShown(letter.id)}>
          {t("admin_audit.details")}
        </Button>
      ),
    },
  ];

  return (
    <Section
      title={t("admin_section.letters")}
      hint={t("admin_letters.hint")}
      action={
        mayReplay &&
        state === "dead" && (
          <>
            <Button
              leftSection={<IconRefresh size={16} />}
              disabled={picked.length === 0}
              onClick={() => setReplaying({ ids: picked.map(({ id }) => id) })}
            >
              {t("admin_letters.replay_chosen", { count: picked.length })}
            </Button>
            <Button
              variant="default"
              disabled={letters.length === 0}
              onClick={() => setReplaying({ range: { ...span(params), destination } })}
            >
              {t("admin_letters.replay_range")}
            </Button>
          </>
        )
      }
    >
      <LetterFilters state={state} />
      <Listing
        label={t("admin_section.letters")}
        query={query}
        columns={columns}
        rowKey={(letter) => letter.id}
        empty={state === "dead" ? t("admin_letters.none_dead") : t("admin_letters.none")}
      />
      {shown && <LetterDialog id={shown} onClose={() => setShown(null)} />}
      {replaying && (
        <ReplayDialog
          of={replaying}
          onClose={() => {
            setReplaying(null);
            setChosen(new Set());
          }}
        />
      )}
    </Section>
  );
}

function LetterFilters({ state }: { state: LetterState }) {
  const { t } = useTranslation();
  const { params, change } = useAddress();
  const destinations = useQuery(everyDestinationQuery).data ?? [];
  return (
    <Paper withBorder p="sm">
      <Group align="flex-end" gap="sm">
        <Select
          label={t("admin.state")}
          data={STATES.map((value) => ({ value, label: t(`message_state.${value}`) }))}
          value={state}
          onChange={(value) => change({ state: value })}
          allowDeselect={false}
          w={150}
        />
        <Select
          label={t("admin_letters.destination")}
          placeholder={t("admin_audit.any")}
          data={destinations.map(({ id, name }) => ({ value: id, label: name }))}
          value={params.get("destination")}
          onChange={(value) => change({ destination: value })}
          searchable
          clearable
          clearButtonProps={{ "aria-label": t("admin.clear") }}
          w={220}
        />
        <Days />
      </Group>
    </Paper>
  );
}
