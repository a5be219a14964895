import { Button, Menu, useMantineColorScheme, type MantineColorScheme } from "@mantine/core";
import { IconChevronDown, IconLogout } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import type { Session } from "../api/types";
import { LANGUAGES, type Language } from "../i18n";
import { useSignOut } from "../session/useSession";
import { SCHEMES } from "./Preferences";

export function UserMenu({ user }: { user: Session["user"] }) {
  const { t, i18n } = useTranslation();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const signOut = useSignOut();
  return (
    <Menu position="bottom-end" width={220}>
      <Menu.Target>
        <Button
          variant="subtle"
          color="gray"
          size="compact-md"
          maw={160}
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
        <Menu.Divider />
        <Menu.Label>{t("preferences.language")}</Menu.Label>
        <Menu.RadioGroup
          value={i18n.language}
          onChange={(language) => void i18n.changeLanguage(language)}
        >
          {(Object.keys(LANGUAGES) as Language[]).map((language) => (
            <Menu.RadioItem key={language} value={language} lang={language}>
              {LANGUAGES[language]}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
        <Menu.Label>{t("preferences.theme")}</Menu.Label>
        <Menu.RadioGroup
          value={colorScheme}
          onChange={(scheme) => setColorScheme(scheme as MantineColorScheme)}
        >
          {SCHEMES.map((scheme) => (
            <Menu.RadioItem key={scheme} value={scheme}>
              {t(`preferences.theme_${scheme}`)}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={16} />} onClick={() => signOut.mutate()}>
          {t("session.sign_out")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
