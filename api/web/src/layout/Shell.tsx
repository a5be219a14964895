import { Box, Group } from "@mantine/core";
import { IconClipboardCheck, IconClipboardList, IconMap2 } from "@tabler/icons-react";
import { Suspense } from "react";
import { useTranslation } from "react-i18next";
import { NavLink, Outlet } from "react-router";

import { SignIn } from "../session/SignIn";
import { useSession } from "../session/useSession";
import { Failed, Loading } from "../shared/States";
import { Brand } from "./Brand";
import { Counters } from "./Counters";
import { LanguageSwitch, ThemeSwitch } from "./Preferences";
import classes from "./Shell.module.css";
import { UserMenu } from "./UserMenu";

const PAGES = [
  { to: "/review", key: "review", Icon: IconClipboardCheck },
  { to: "/map", key: "map", Icon: IconMap2 },
  { to: "/cases", key: "cases", Icon: IconClipboardList },
] as const;

/** Every page stands in here; without a session the sign-in takes its place at the same address. */
export function Shell() {
  const { t } = useTranslation();
  const session = useSession();
  if (session.isPending) return <Loading />;
  if (session.isError) return <Failed error={session.error} retry={() => void session.refetch()} />;
  if (session.data === null) return <SignIn />;
  return (
    <Box className={classes.shell}>
      <a href="#main" className={classes.skip}>
        {t("nav.skip")}
      </a>
      <header className={classes.header}>
        <Brand />
        <nav className={classes.nav} aria-label={t("nav.label")}>
          {PAGES.map(({ to, key, Icon }) => (
            <NavLink key={key} to={to} className={classes.link}>
              <Icon size={18} stroke={1.7} className={classes.linkIcon} aria-hidden />
              {t(`nav.${key}`)}
            </NavLink>
          ))}
        </nav>
        <div className={classes.spacer} />
        <Counters />
        <Group gap={4} wrap="nowrap">
          <LanguageSwitch />
          <ThemeSwitch />
          <UserMenu user={session.data.user} />
        </Group>
      </header>
      <main id="main" tabIndex={-1} className={classes.main}>
        <Suspense fallback={<Loading />}>
          <Outlet />
        </Suspense>
      </main>
    </Box>
  );
}
