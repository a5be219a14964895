import { Button, MultiSelect, PasswordInput, Select, Switch, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { client, take } from "../../api/client";
import { SecretDialog } from "../parts/SecretDialog";
import { FormDialog } from "../../shared/dialogs";
import { useChange } from "../parts/useChange";
import { everyCameraQuery } from "../queries";
import type { Role, User } from "../types";

const PERSONS_ROLES = ["operator", "supervisor", "ml_engineer", "admin"] as const;
const LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"; // none that is taken for another
const LETTERS_LONG = 20;
const SHORTEST_PASSWORD = 10;

/** Some 99 bits of chance, in groups that can be read aloud. */
function newPassword(): string {
  const chance = crypto.getRandomValues(new Uint32Array(LETTERS_LONG));
  const letters = Array.from(chance, (number) => LETTERS[number % LETTERS.length]);
  return letters.join("").replace(/(.{5})(?=.)/g, "$1-");
}

export function UserDialog({ user, onClose }: { user: User | null; onClose: () => void }) {
  const { t } = useTranslation();
  const cameras = useQuery(everyCameraQuery);
  const [draft, setDraft] = useState({
    username: user?.username ?? "",
    display_name: user?.display_name ?? "",
    role: user?.role ?? ("operator" as Role),
    camera_ids: user?.camera_ids ?? null,
    password: "",
  });
  const set = (part: Partial<typeof draft>) => setDraft((known) => ({ ...known, ...part }));
  const change = useChange({
    run: () => {
      const { username, password, ...rest } = draft;
      return user
        ? take(
            client.PATCH("/v1/users/{user_id}", {
              params: { path: { user_id: user.id } },
              body: rest,
            }),
          )
        : take(client.POST("/v1/users", { body: { ...rest, username, password } }));
    },
    done: t("admin.saved"),
    touches: ["users"],
    onDone: onClose,
  });
  return (
    <FormDialog
      title={user ? t("admin_users.change") : t("admin_users.make")}
      does={user ? t("admin.save") : t("admin_users.make")}
      change={change}
      onSubmit={() => change.mutate()}
      onClose={onClose}
    >
      {!user && (
        <TextInput
          label={t("session.username")}
          description={t("admin_users.username_hint")}
          value={draft.username}
          onChange={(event) => set({ username: event.currentTarget.value })}
          pattern="\S+"
          maxLength={60}
          autoComplete="off"
          autoCapitalize="none"
          required
          data-autofocus
        />
      )}
      <TextInput
        label={t("admin_users.display_name")}
        value={draft.display_name}
        onChange={(event) => set({ display_name: event.currentTarget.value })}
        maxLength={120}
        autoComplete="off"
        required
      />
      <Select
        label={t("admin_users.role")}
        data={PERSONS_ROLES.map((value) => ({ value, label: t(`role.${value}`) }))}
        value={draft.role}
        onChange={(role) => role && set({ role: role as Role })}
        allowDeselect={false}
      />
      <Switch
        label={t("admin_users.sees_all")}
        checked={draft.camera_ids === null}
        onChange={(event) => set({ camera_ids: event.currentTarget.checked ? null : [] })}
      />
      {draft.camera_ids !== null && (
        <MultiSelect
          label={t("admin_users.cameras")}
          description={t("admin_users.cameras_hint")}
          data={(cameras.data ?? []).map((camera) => ({ value: camera.id, label: camera.name }))}
          value={draft.camera_ids}
          onChange={(camera_ids) => set({ camera_ids })}
          disabled={!cameras.data}
          searchable
          clearable
          clearButtonProps={{ "aria-label": t("admin.clear") }}
        />
      )}
      {!user && <Password value={draft.password} onChange={(password) => set({ password })} />}
    </FormDialog>
  );
}

export function PasswordDialog({ user, onClose }: { user: User; onClose: () => void }) {
  const { t } = useTranslation();
  const [password, setPassword] = useState("");
  const change = useChange({
    run: () =>
      take(
        client.PATCH("/v1/users/{user_id}", {
          params: { path: { user_id: user.id } },
          body: { password },
        }),
      ),
    done: t("admin.saved"),
    touches: ["users"],
  });
  if (change.isSuccess) {
    return (
      <SecretDialog
        title={t("admin_users.new_password_of", { name: user.display_name })}
        hint={t("admin_users.password_set")}
        secret={password}
        onClose={onClose}
      />
    );
  }
  return (
    <FormDialog
      title={t("admin_users.new_password_of", { name: user.display_name })}
      does={t("admin_users.set_password")}
      change={change}
      onSubmit={() => change.mutate()}
      onClose={onClose}
    >
      <Password value={password} onChange={setPassword} />
    </FormDialog>
  );
}

function Password(props: { value: string; onChange: (value: string) => void }) {
  const { t } = useTranslation();
  const [visible, setVisible] = useState(false);
  return (
    <PasswordInput
      label={t("session.password")}
      description={t("admin_users.password_hint")}
      value={props.value}
      onChange={(event) => props.onChange(event.currentTarget.value)}
      visible={visible}
      onVisibilityChange={setVisible}
      visibilityToggleButtonProps={{ "aria-label": t("admin_users.show_password") }}
      minLength={SHORTEST_PASSWORD}
      maxLength={200}
      autoComplete="new-password"
      required
      inputContainer={(input) => (
        <>
          {input}
          <Button
            variant="subtle"
            size="compact-xs"
            mt={4}
            onClick={() => {
              props.onChange(newPassword());
              setVisible(true);
            }}
          >
            {t("admin_users.generate")}
          </Button>
        </>
      )}
    />
  );
}
