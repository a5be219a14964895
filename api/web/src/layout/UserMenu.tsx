import { Button, Menu } from "@mantine/core";
import { IconChevronDown, IconLogout } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import type { Session } from "../api/types";
import { useSignOut } from "../session/useSession";

export function UserMenu({ user }: { user: Session["user"] }) {
  const { t } = useTranslation();
  const signOut = useSignOut();
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button
          variant="subtle"
          color="gray"
          size="compact-md"
          maw={180}
          rightSection={<IconChevronDown size={14} />}
          aria-label={t("session.user_menu", { name: user.display_name })}
        >
          {user.display_name}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {user.username} · {t(`role.${user.role}`)}
        </Menu.Label>
        <Menu.Item leftSection={<IconLogout size={16} />} onClick={() => signOut.mutate()}>
          {t("session.sign_out")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
