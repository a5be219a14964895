import { ActionIcon, SegmentedControl, Tooltip, useMantineColorScheme } from "@mantine/core";
import { IconBrightnessAuto, IconMoon, IconSun } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import { LANGUAGES, type Language } from "../i18n";

export function LanguageSwitch() {
  const { t, i18n } = useTranslation();
  return (
    <SegmentedControl
      size="xs"
      aria-label={t("preferences.language")}
      value={i18n.language}
      onChange={(language) => void i18n.changeLanguage(language)}
      data={(Object.keys(LANGUAGES) as Language[]).map((value) => ({
        value,
        label: <span lang={value}>{LANGUAGES[value]}</span>,
      }))}
    />
  );
}

export const SCHEMES = ["auto", "light", "dark"] as const;
const ICONS = { auto: IconBrightnessAuto, light: IconSun, dark: IconMoon };

export function ThemeSwitch() {
  const { t } = useTranslation();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const Icon = ICONS[colorScheme];
  const label = `${t("preferences.theme")}: ${t(`preferences.theme_${colorScheme}`)}`;
  const next = SCHEMES[(SCHEMES.indexOf(colorScheme) + 1) % SCHEMES.length]!;
  return (
    <Tooltip label={label}>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="lg"
        aria-label={label}
        onClick={() => setColorScheme(next)}
      >
        <Icon size={20} stroke={1.7} />
      </ActionIcon>
    </Tooltip>
  );
}
