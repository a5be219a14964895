import { NavLink } from "@mantine/core";
import { Suspense } from "react";
import { useTranslation } from "react-i18next";
import { Link, Navigate, useParams } from "react-router";

import { useSession } from "../session/useSession";
import { Loading, NotFound } from "../shared/States";
import classes from "./Admin.module.css";
import { GROUPS } from "./sections";

export function AdminPage() {
  const { t } = useTranslation();
  const { section } = useParams();
  const permissions = useSession().data?.permissions ?? [];
  const groups = GROUPS.map((group) => ({
    key: group.key,
    sections: [...group.sections].filter((one) => permissions.includes(one.permission)),
  })).filter((group) => group.sections.length > 0);
  const sections = groups.flatMap((group) => group.sections);
  if (!section && sections[0]) return <Navigate to={`/admin/${sections[0].key}`} replace />;
  const shown = sections.find((one) => one.key === section);
  if (!shown) return <NotFound />;
  return (
    <div className={classes.page}>
      <nav className={classes.side} aria-label={t("admin.title")}>
        {groups.map((group) => (
          <section key={group.key} aria-labelledby={`admin-${group.key}`}>
            <div id={`admin-${group.key}`} className={classes.group}>
              {t(`admin_group.${group.key}`)}
            </div>
            {group.sections.map((one) => (
              <NavLink
                key={one.key}
                component={Link}
                to={`/admin/${one.key}`}
                label={t(`admin_section.${one.key}`)}
                active={one.key === section}
                aria-current={one.key === section ? "page" : undefined}
                className={classes.sectionLink}
              />
            ))}
          </section>
        ))}
      </nav>
      <div className={classes.main}>
        <Suspense fallback={<Loading />}>
          <shown.Component key={shown.key} />
        </Suspense>
      </div>
    </div>
  );
}
