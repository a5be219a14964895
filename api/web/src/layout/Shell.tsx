import { Box, Group } from "@mantine/core";
import { Suspense } from "react";
import { useTranslation } from "react-i18next";
import { Outlet, useLocation } from "react-router";

import { LiveMark } from "../live/LiveMark";
import { SignIn } from "../session/SignIn";
import { useSession } from "../session/useSession";
import { Failed, Loading, NotAllowed } from "../shared/States";
import { Brand } from "./Brand";
import { Counters } from "./Counters";
import { Navigation } from "./Navigation";
import { isUnder, mayOpen, PAGES } from "./pages";
import classes from "./Shell.module.css";
import { UserMenu } from "./UserMenu";

/** Every page stands in here; without a session the sign-in takes its place at the same address. */
export function Shell() {
  const { t } = useTranslation();
  const session = useSession();
  const { pathname } = useLocation();
  if (session.isPending) return <Loading />;
  if (session.isError) return <Failed error={session.error} retry={() => void session.refetch()} />;
  if (session.data === null) return <SignIn />;

  const { user, permissions } = session.data;
  const opened = PAGES.find((page) => isUnder(page, pathname));
  return (
    <Box className={classes.shell}>
      <a href="#main" className={classes.skip}>
        {t("nav.skip")}
      </a>
      <header className={classes.header}>
        <Brand />
        <Navigation />
        <Group gap="xs" wrap="nowrap">
          <LiveMark />
          <Counters />
          <UserMenu user={user} />
        </Group>
      </header>
      <main id="main" tabIndex={-1} className={classes.main}>
        <Suspense fallback={<Loading />}>
          {mayOpen(opened, permissions) ? <Outlet /> : <NotAllowed />}
        </Suspense>
      </main>
    </Box>
  );
}
