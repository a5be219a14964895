import { Alert, Button, Group, Kbd, Modal, Switch, Text } from "@mantine/core";
import { IconAlertTriangle, IconRestore } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

import { keyOf } from "../shared/useKeys";
import { ACTIONS, canBeKey, keyLabel, useKeyMap, type Action } from "../shared/keyMap";
import classes from "./KeysDialog.module.css";

const MODIFIERS = ["Shift", "Control", "Alt", "Meta", "CapsLock"];

/** The keys, what they do, and how to have others. */
export function KeysDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const [asked, setAsked] = useState<Action>();
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      closeOnEscape={asked === undefined}
      title={t("keys.title")}
      closeButtonProps={{ "aria-label": t("keys.close") }}
      size={720}
      centered
    >
      <KeyList asked={asked} setAsked={setAsked} />
    </Modal>
  );
}

interface KeyListProps {
  /** The action whose new key is waited for. */
  asked: Action | undefined;
  setAsked: (action: Action | undefined) => void;
}

function KeyList({ asked, setAsked }: KeyListProps) {
  const { t } = useTranslation();
  const { keys, enabled, setEnabled, changed, assign, reset } = useKeyMap();
  const [refused, setRefused] = useState<string>();

  usePressedKey(asked !== undefined, (key) => {
    setAsked(undefined);
    if (!asked || key === "Escape") return;
    if (!key || !canBeKey(key)) return setRefused(t("keys.unusable"));
    const holder = assign(asked, key);
    if (holder) {
      setRefused(t("keys.taken", { key: keyLabel(key), action: t(`keys.${holder}`) }));
    }
  });

  function ask(action: Action) {
    setRefused(undefined);
    setAsked(action);
  }

  return (
    <>
      <Text size="sm" c="dimmed" mb="sm">
        {t("keys.intro")}
      </Text>
      <ul className={classes.keys}>
        {ACTIONS.map((action) => (
          <li key={action} className={classes.row}>
            <span>{t(`keys.${action}`)}</span>
            <Button
              size="compact-sm"
              variant={asked === action ? "filled" : "default"}
              className={classes.key}
              aria-label={t("keys.change", {
                action: t(`keys.${action}`),
                key: keyLabel(keys[action]),
              })}
              onClick={() => ask(action)}
            >
              {asked === action ? t("keys.press") : <Kbd>{keyLabel(keys[action])}</Kbd>}
            </Button>
          </li>
        ))}
        <li className={classes.row}>
          <span>{t("keys.cancel")}</span>
          <Kbd>Esc</Kbd>
        </li>
      </ul>
      {refused && (
        <Alert mt="sm" p="xs" color="orange" icon={<IconAlertTriangle size={18} />}>
          {refused}
        </Alert>
      )}
      <Group justify="space-between" mt="md">
        <Switch
          label={t("keys.enabled")}
          checked={enabled}
          onChange={(event) => setEnabled(event.currentTarget.checked)}
        />
        <Button
          variant="default"
          size="xs"
          leftSection={<IconRestore size={16} />}
          disabled={!changed}
          onClick={() => {
            setRefused(undefined);
            reset();
          }}
        >
          {t("keys.reset")}
        </Button>
      </Group>
    </>
  );
}

/** Take the next key that is pressed, before anything else on the page gets it. */
function usePressedKey(waiting: boolean, take: (key: string | undefined) => void) {
  useEffect(() => {
    if (!waiting) return;
    function onKeyDown(event: KeyboardEvent) {
      if (MODIFIERS.includes(event.key)) return; // part of a sign such as "?"
      event.preventDefault();
      event.stopPropagation();
      take(keyOf(event));
    }
    window.addEventListener("keydown", onKeyDown, { capture: true });
    return () => window.removeEventListener("keydown", onKeyDown, { capture: true });
  });
}
