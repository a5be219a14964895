import { Button, Group, Text } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { client, take } from "../../api/client";
import { useFormat } from "../../i18n/format";
import { ConfirmDialog } from "../../shared/dialogs";
import { Listing, type Column } from "../parts/Listing";
import { RowMenu } from "../parts/RowMenu";
import { Section } from "../parts/Section";
import { StateBadge } from "../parts/StateBadge";
import { useChange } from "../parts/useChange";
import { usersQuery } from "../queries";
import type { User } from "../types";
import { PasswordDialog, UserDialog } from "./UserDialogs";

type Doing = { what: "change" | "password" | "switch"; user: User } | { what: "make" };

export function Users() {
  const { t } = useTranslation();
  const format = useFormat();
  const query = useInfiniteQuery(usersQuery);
  const [doing, setDoing] = useState<Doing | null>(null);
  const close = () => setDoing(null);

  const columns: Column<User>[] = [
    {
      title: t("admin_users.name"),
      show: (user) => (
        <>
          {user.display_name}
          <Text size="xs" c="dimmed">
            {user.username}
          </Text>
        </>
      ),
    },
    { title: t("admin_users.role"), show: (user) => t(`role.${user.role}`) },
    {
      title: t("admin_users.cameras"),
      show: (user) =>
        user.camera_ids === null
          ? t("admin_users.cameras_all")
          : t("admin_users.cameras_some", { count: user.camera_ids.length }),
    },
    {
      title: t("admin.state"),
      show: (user) =>
        user.disabled_at ? (
          <StateBadge look="off" label={t("admin.disabled")} />
        ) : (
          <StateBadge look="on" label={t("admin.active")} />
        ),
    },
    { title: t("admin.created"), show: (user) => format.time(user.created_at) },
    {
      title: "",
      show: (user) => (
        <Group justify="flex-end">
          <RowMenu
            label={t("admin.actions_of", { name: user.display_name })}
            actions={[
              {
                label: t("admin_users.change"),
                run: () => setDoing({ what: "change", user }),
              },
              {
                label: t("admin_users.new_password"),
                run: () => setDoing({ what: "password", user }),
              },
              {
                label: user.disabled_at ? t("admin.enable") : t("admin.disable"),
                color: user.disabled_at ? undefined : "red",
                run: () => setDoing({ what: "switch", user }),
              },
            ]}
          />
        </Group>
      ),
    },
  ];

  return (
    <Section
      title={t("admin_section.users")}
      hint={t("admin_users.hint")}
      action={
        <Button leftSection={<IconPlus size={16} />} onClick={() => setDoing({ what: "make" })}>
          {t("admin_users.make")}
        </Button>
      }
    >
      <Listing
        label={t("admin_section.users")}
        query={query}
        columns={columns}
        rowKey={(user) => user.id}
        empty={t("admin_users.none")}
      />
      {doing?.what === "make" && <UserDialog user={null} onClose={close} />}
      {doing?.what === "change" && <UserDialog user={doing.user} onClose={close} />}
      {doing?.what === "password" && <PasswordDialog user={doing.user} onClose={close} />}
      {doing?.what === "switch" && <SwitchDialog user={doing.user} onClose={close} />}
    </Section>
  );
}

function SwitchDialog({ user, onClose }: { user: User; onClose: () => void }) {
  const { t } = useTranslation();
  const enable = user.disabled_at !== null;
  const change = useChange({
    run: () =>
      take(
        client.PATCH("/v1/users/{user_id}", {
          params: { path: { user_id: user.id } },
          body: { disabled: !enable },
        }),
      ),
    done: t("admin.saved"),
    touches: ["users"],
    onDone: onClose,
  });
  return (
    <ConfirmDialog
      title={user.display_name}
      text={enable ? t("admin_users.enable_sure") : t("admin_users.disable_sure")}
      does={enable ? t("admin.enable") : t("admin.disable")}
      color={enable ? undefined : "red"}
      change={change}
      onSubmit={() => change.mutate()}
      onClose={onClose}
    />
  );
}
