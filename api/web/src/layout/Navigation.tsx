import { Menu, OverflowList, UnstyledButton } from "@mantine/core";
import { IconDots } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { NavLink, useLocation } from "react-router";

import { useSession } from "../session/useSession";
import { isUnder, mayOpen, PAGES, type PageEntry } from "./pages";
import classes from "./Navigation.module.css";

function Entry({ page }: { page: PageEntry }) {
  const { t } = useTranslation();
  return (
    <NavLink to={page.to} className={classes.link}>
      <page.Icon size={18} stroke={1.7} aria-hidden />
      {t(`nav.${page.key}`)}
    </NavLink>
  );
}

function More({ pages, ref }: { pages: PageEntry[]; ref?: React.Ref<HTMLButtonElement> }) {
  const { t } = useTranslation();
  const { pathname } = useLocation();
  const hidesCurrent = pages.some((page) => isUnder(page, pathname));
  return (
    <Menu position="bottom-start">
      <Menu.Target>
        <UnstyledButton ref={ref} className={classes.link} data-current={hidesCurrent || undefined}>
          <IconDots size={18} stroke={1.7} aria-hidden />
          {t("nav.more")}
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        {pages.map((page) => (
          <Menu.Item
            key={page.key}
            component={NavLink}
            to={page.to}
            className={classes.item}
            leftSection={<page.Icon size={18} stroke={1.7} aria-hidden />}
          >
            {t(`nav.${page.key}`)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

export function Navigation() {
  const { t, i18n } = useTranslation();
  const permissions = useSession().data?.permissions ?? [];
  const pages = PAGES.filter((page) => mayOpen(page, permissions));
  return (
    <nav className={classes.nav} aria-label={t("nav.label")}>
      <OverflowList
        className={classes.list}
        data={pages}
        gap={2}
        // The words of another language have other widths.
        getItemKey={(page) => `${i18n.language} ${page.key}`}
        renderItem={(page) => <Entry page={page} />}
        renderOverflow={(hidden) => <More pages={hidden} />}
      />
    </nav>
  );
}
