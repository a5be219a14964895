import { Alert, Button, Group, Loader, Modal, Stack, Text } from "@mantine/core";
import { IconCheck, IconX } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";

import { client, take } from "../../api/client";
import classes from "../Admin.module.css";
import { SecretDialog } from "../parts/SecretDialog";
import { ConfirmDialog, Problem } from "../../shared/dialogs";
import { useChange } from "../parts/useChange";
import type { Connector, Destination } from "../types";
import { useLabel } from "./useLabel";

interface Props {
  destination: Destination;
  onClose: () => void;
}

/** Tries a destination at once and shows what it answered. */
export function TrialDialog(props: Props & { connectors: Connector[] }) {
  const { t } = useTranslation();
  const label = useLabel();
  const { destination } = props;
  const connector = props.connectors.find((one) => one.kind === destination.kind);
  const trial = useMutation({
    mutationFn: () =>
      take(
        client.POST("/v1/destinations/{destination_id}/test", {
          params: { path: { destination_id: destination.id } },
        }),
      ),
    retry: false,
  });
  const { mutate } = trial;
  useEffect(() => mutate(), [mutate]);
  return (
    <Modal
      opened
      onClose={props.onClose}
      title={t("admin_destinations.try_named", { name: destination.name })}
      closeButtonProps={{ "aria-label": t("dialog.close") }}
    >
      <Stack>
        <Text size="sm" c="dimmed">
          {connector && label(connector.test)}
        </Text>
        <div aria-live="polite">
          {trial.isPending && (
            <Group gap="xs">
              <Loader size="sm" />
              {t("admin_destinations.trying")}
            </Group>
          )}
          {trial.data && (
            <Alert
              color={trial.data.ok ? "green" : "red"}
              icon={trial.data.ok ? <IconCheck /> : <IconX />}
              title={trial.data.ok ? t("admin_destinations.works") : t("admin_destinations.fails")}
            >
              <Text size="sm" className={classes.secret}>
                {trial.data.detail}
              </Text>
              {trial.data.status_code !== null && (
                <Text size="xs" c="dimmed">
                  HTTP {trial.data.status_code}
                </Text>
              )}
            </Alert>
          )}
          <Problem error={trial.error} />
        </div>
        <Group justify="flex-end">
          <Button variant="default" onClick={() => mutate()} loading={trial.isPending}>
            {t("admin_destinations.try_again")}
          </Button>
          <Button onClick={props.onClose}>{t("dialog.close")}</Button>
        </Group>
      </Stack>
    </Modal>
  );
}

export function NewKeyDialog({ destination, onClose }: Props) {
  const { t } = useTranslation();
  const change = useChange({
    run: () =>
      take(
        client.POST("/v1/destinations/{destination_id}/keys", {
          params: { path: { destination_id: destination.id } },
        }),
      ),
    done: t("admin_destinations.key_made"),
    touches: ["destinations"],
  });
  if (change.data) {
    return (
      <SecretDialog
        title={t("admin_destinations.key_of", { name: destination.name })}
        hint={t("admin_destinations.key_next")}
        secret={change.data.secret}
        onClose={onClose}
      />
    );
  }
  return (
    <ConfirmDialog
      title={t("admin_destinations.new_key")}
      text={t("admin_destinations.key_sure")}
      does={t("admin_destinations.new_key")}
      color=""
      change={change}
      onSubmit={() => change.mutate()}
      onClose={onClose}
    />
  );
}

export function EndKeysDialog({ destination, onClose }: Props) {
  const { t } = useTranslation();
  const change = useChange({
    run: () =>
      take(
        client.DELETE("/v1/destinations/{destination_id}/keys/old", {
          params: { path: { destination_id: destination.id } },
        }),
      ),
    done: t("admin_destinations.keys_ended"),
    touches: ["destinations"],
    onDone: onClose,
  });
  return (
    <ConfirmDialog
      title={t("admin_destinations.end_keys")}
      text={t("admin_destinations.end_sure")}
      does={t("admin_destinations.end_keys")}
      change={change}
      onSubmit={() => change.mutate()}
      onClose={onClose}
    />
  );
}

export function SwitchDialog({ destination, onClose }: Props) {
  const { t } = useTranslation();
  const enable = !destination.enabled;
  const change = useChange({
    run: () =>
      take(
        client.PATCH("/v1/destinations/{destination_id}", {
          params: { path: { destination_id: destination.id } },
          body: { enabled: enable },
        }),
      ),
    done: t("admin.saved"),
    touches: ["destinations"],
    onDone: onClose,
  });
  return (
    <ConfirmDialog
      title={destination.name}
      text={enable ? t("admin_destinations.enable_sure") : t("admin_destinations.disable_sure")}
      does={enable ? t("admin.enable") : t("admin.disable")}
      color={enable ? "" : "red"}
      change={change}
      onSubmit={() => change.mutate()}
      onClose={onClose}
    />
  );
}
