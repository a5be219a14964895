import { Alert, Button, Checkbox, Group, List, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { client, take } from "../../api/client";
import { FormDialog } from "../../shared/dialogs";
import { useChange } from "../parts/useChange";
import type { Replayed } from "../types";

const EVER = "2000-01-01T00:00:00Z";

/** Dead letters that are to be sent again: those chosen, or all of a time and a destination. */
export type ReplayOf =
  { ids: string[] } | { range: { since?: string; until?: string; destination?: string } };

async function replay(of: ReplayOf, reason: string, looked: boolean): Promise<Replayed> {
  const given = { reason, looked };
  if ("ids" in of) {
    return take(client.POST("/v1/outbox/replay", { body: { ...given, message_ids: of.ids } }));
  }
  const range = {
    since: of.range.since ?? EVER,
    until: of.range.until ?? new Date().toISOString(),
    destination_id: of.range.destination,
  };
  const whole: Replayed = { queued: 0, left: 0, items: [], next_cursor: null };
  let cursor: string | undefined;
  do {
    const part = await take(
      client.POST("/v1/outbox/replay", { body: { ...given, ...range, cursor } }),
    );
    whole.queued += part.queued;
    whole.left += part.left;
    whole.items.push(...part.items);
    cursor = part.next_cursor ?? undefined;
  } while (cursor);
  return whole;
}

export function ReplayDialog({ of, onClose }: { of: ReplayOf; onClose: () => void }) {
  const { t } = useTranslation();
  const [reason, setReason] = useState("");
  const [looked, setLooked] = useState(false);
  const change = useChange({
    run: () => replay(of, reason, looked),
    done: t("admin_letters.replayed"),
    touches: ["letters"],
  });
  if (change.data) return <ReplayedDialog done={change.data} onClose={onClose} />;
  return (
    <FormDialog
      title={
        "ids" in of
          ? t("admin_letters.replay_chosen", { count: of.ids.length })
          : t("admin_letters.replay_range")
      }
      does={t("admin_letters.replay")}
      change={change}
      onSubmit={() => change.mutate()}
      onClose={onClose}
    >
      <Text size="sm">
        {"ids" in of ? t("admin_letters.replay_text") : t("admin_letters.replay_range_text")}
      </Text>
      <TextInput
        label={t("admin_audit.reason")}
        description={t("admin_letters.reason_hint")}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
        minLength={3}
        maxLength={2000}
        required
        data-autofocus
      />
      <Checkbox
        label={t("admin_letters.looked")}
        checked={looked}
        onChange={(event) => setLooked(event.currentTarget.checked)}
      />
    </FormDialog>
  );
}

function ReplayedDialog({ done, onClose }: { done: Replayed; onClose: () => void }) {
  const { t } = useTranslation();
  const left = done.items.filter((one) => !["queued", "rerouted"].includes(one.outcome));
  return (
    <Modal
      opened
      onClose={onClose}
      title={t("admin_letters.replayed")}
      closeButtonProps={{ "aria-label": t("dialog.close") }}
    >
      <Stack>
        <Text size="sm">{t("admin_letters.result", { queued: done.queued, left: done.left })}</Text>
        {left.length > 0 && (
          <Alert color="yellow" title={t("admin_letters.left")}>
            <List size="sm">
              {[...new Set(left.map(({ outcome }) => outcome))].map((outcome) => (
                <List.Item key={outcome}>
                  {t(`admin_replay.${outcome}`)}:{" "}
                  {left.filter((one) => one.outcome === outcome).length}
                </List.Item>
              ))}
            </List>
          </Alert>
        )}
        <Group justify="flex-end">
          <Button onClick={onClose}>{t("dialog.close")}</Button>
        </Group>
      </Stack>
    </Modal>
  );
}
