import {
  Anchor,
  Button,
  Checkbox,
  Group,
  Modal,
  Paper,
  Skeleton,
  Stack,
  Table,
  Text,
  TextInput,
  Title,
} from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "react-router";

import { client, take } from "../api/client";
import type { Letter } from "../api/types";
import { useFormat } from "../i18n/format";
import { usePermission } from "../session/useSession";
import { Failed, useProblemText } from "../shared/States";
import classes from "./Cases.module.css";
import { deadLettersQuery } from "./queries";

const LEAST_REASON = 3;

/** Messages that were given up: an administrator sends them again once the reason is mended. */
export function DeadLetters() {
  const { t } = useTranslation();
  const { number } = useFormat();
  const mayReplay = usePermission("outbox:replay");
  const { data, error, refetch } = useQuery(deadLettersQuery);
  const [chosen, setChosen] = useState<string[]>([]);
  const [asking, setAsking] = useState(false);
  const letters = data?.items ?? [];
  const picked = letters.filter(({ id }) => chosen.includes(id));
  return (
    <section aria-label={t("letters.title")}>
      <Group justify="space-between" align="flex-end" mb="xs">
        <div>
          <Title order={2} size="h5">
            {t("letters.title")}
            {data && (
              <Text component="span" c="dimmed" ml={8}>
                {number(letters.length)}
                {data.next_cursor && "+"}
              </Text>
            )}
          </Title>
          <Text size="sm" c="dimmed">
            {mayReplay ? t("letters.hint") : t("letters.hint_read")}
          </Text>
        </div>
        {mayReplay && letters.length > 0 && (
          <Button size="xs" disabled={picked.length === 0} onClick={() => setAsking(true)}>
            {t("letters.replay", { count: picked.length })}
          </Button>
        )}
      </Group>
      {!data && error && <Failed error={error} retry={() => void refetch()} />}
      {!data && !error && <Skeleton height={60} />}
      {data && letters.length === 0 && <Text size="sm">{t("letters.none")}</Text>}
      {letters.length > 0 && (
        <Paper withBorder className={classes.tableArea}>
          <Table verticalSpacing="xs">
            <Table.Thead>
              <Table.Tr>
                {mayReplay && (
                  <Table.Th scope="col" w={40}>
                    <Checkbox
                      size="xs"
                      aria-label={t("letters.all")}
                      checked={picked.length === letters.length}
                      indeterminate={picked.length > 0 && picked.length < letters.length}
                      onChange={({ currentTarget }) =>
                        setChosen(currentTarget.checked ? letters.map(({ id }) => id) : [])
                      }
                    />
                  </Table.Th>
                )}
                <Table.Th scope="col">{t("cases.number")}</Table.Th>
                <Table.Th scope="col">{t("letters.message")}</Table.Th>
                <Table.Th scope="col">{t("cases.department")}</Table.Th>
                <Table.Th scope="col">{t("letters.why")}</Table.Th>
                <Table.Th scope="col">{t("letters.made")}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {letters.map((letter) => (
                <LetterRow
                  key={letter.id}
                  letter={letter}
                  checked={chosen.includes(letter.id)}
                  onCheck={
                    mayReplay
                      ? (checked) =>
                          setChosen((before) =>
                            checked
                              ? [...before, letter.id]
                              : before.filter((id) => id !== letter.id),
                          )
                      : undefined
                  }
                />
              ))}
            </Table.Tbody>
          </Table>
        </Paper>
      )}
      {asking && (
        <ReplayDialog
          letters={picked}
          onClose={(done) => {
            setAsking(false);
            if (done) setChosen([]);
          }}
        />
      )}
    </section>
  );
}

interface RowProps {
  letter: Letter;
  checked: boolean;
  onCheck: ((checked: boolean) => void) | undefined;
}

function LetterRow({ letter, checked, onCheck }: RowProps) {
  const { t } = useTranslation();
  const { search } = useLocation();
  const format = useFormat();
  return (
    <Table.Tr>
      {onCheck && (
        <Table.Td>
          <Checkbox
            size="xs"
            aria-label={t("letters.choose", { number: letter.case_number })}
            checked={checked}
            onChange={({ currentTarget }) => onCheck(currentTarget.checked)}
          />
        </Table.Td>
      )}
      <Table.Td>
        <Anchor
          component={Link}
          to={`/cases/${letter.case_id}${search}`}
          size="sm"
          className={classes.number}
        >
          {letter.case_number}
        </Anchor>
      </Table.Td>
      <Table.Td>{t(`message_type.${letter.event_type}`)}</Table.Td>
      <Table.Td>{letter.destination.name}</Table.Td>
      <Table.Td>
        <Text size="sm" lineClamp={2} maw={420}>
          {letter.last_delivery?.error}
        </Text>
        {letter.asks && (
          <Text size="xs" c="orange.8" fw={600}>
            {t("letters.asks")}
          </Text>
        )}
      </Table.Td>
      <Table.Td>
        <time dateTime={letter.created_at} title={format.time(letter.created_at)}>
          {format.ago(letter.created_at)}
        </time>
      </Table.Td>
    </Table.Tr>
  );
}

function ReplayDialog(props: { letters: Letter[]; onClose: (done: boolean) => void }) {
  const { letters, onClose } = props;
  const { t } = useTranslation();
  const problemText = useProblemText();
  const queryClient = useQueryClient();
  const [reason, setReason] = useState("");
  const [looked, setLooked] = useState(false);
  const replay = useMutation({
    mutationFn: () =>
      take(
        client.POST("/v1/outbox/replay", {
          body: { message_ids: letters.map(({ id }) => id), reason: reason.trim(), looked },
        }),
      ),
    onSuccess: ({ queued, left, items }) => {
      const why = items.find(({ outcome }) => outcome !== "queued" && outcome !== "rerouted");
      notifications.show({
        color: left ? "orange" : "green",
        title: t("letters.replayed", { queued, left }),
        message: why?.detail ?? "",
      });
      onClose(true);
    },
    onSettled: () => queryClient.invalidateQueries({ queryKey: ["cases"] }),
  });
  const asks = letters.some((letter) => letter.asks);
  return (
    <Modal
      opened
      onClose={() => onClose(false)}
      title={t("letters.replay", { count: letters.length })}
      closeButtonProps={{ "aria-label": t("cases.close") }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          replay.mutate();
        }}
      >
        <Stack>
          <Text size="sm">{t("letters.replay_text")}</Text>
          <TextInput
            required
            data-autofocus
            label={t("letters.reason")}
            placeholder={t("letters.reason_example")}
            minLength={LEAST_REASON}
            maxLength={2000}
            value={reason}
            onChange={({ currentTarget }) => setReason(currentTarget.value)}
          />
          {asks && (
            <Checkbox
              label={t("letters.looked")}
              description={t("letters.looked_hint")}
              checked={looked}
              onChange={({ currentTarget }) => setLooked(currentTarget.checked)}
            />
          )}
          {replay.isError && (
            <Text c="red" size="sm" role="alert">
              {problemText(replay.error)}
            </Text>
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={() => onClose(false)}>
              {t("cases.cancel_no")}
            </Button>
            <Button
              type="submit"
              loading={replay.isPending}
              disabled={reason.trim().length < LEAST_REASON}
            >
              {t("letters.send")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
