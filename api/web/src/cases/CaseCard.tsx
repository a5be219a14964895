import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "react-router";

import type { Case } from "../api/types";
import { SeverityBadge } from "../findings/SeverityBadge";
import { useClassName } from "../findings/useClassName";
import classes from "./Board.module.css";
import { Due } from "./Due";
import { LightLabel } from "./lights";

export function CaseCard({ shown }: { shown: Case }) {
  const { t } = useTranslation();
  const { search } = useLocation();
  const className = useClassName();
  const { finding, grid, class_code: code, destination, verification } = shown;
  return (
    <Link to={`/cases/${shown.id}${search}`} className={classes.card} data-testid="case">
      <span className={classes.line}>
        <LightLabel light={shown.light} />
        <span className={classes.code}>{shown.number}</span>
      </span>
      <span className={classes.line}>
        <Text component="span" fw={600} size="sm" truncate>
          {className(finding.class)}
        </Text>
        <SeverityBadge severity={finding.severity} />
      </span>
      <Text component="span" size="xs" c="dimmed" truncate>
        {grid?.name ?? finding.camera.name}
      </Text>
      <span className={classes.line}>
        <Text component="span" size="xs" truncate>
          {destination?.name ?? t("cases.no_department")}
        </Text>
        <Due shown={shown} />
      </span>
      <span className={classes.line}>
        <Text component="span" size="xs" c="dimmed" truncate>
          {t(`case_state.${shown.state}`)}
          {shown.state === "verifying" && verification && (
            <>
              {" · "}
              {verification.state === "needs_person"
                ? t("verification_state.needs_person")
                : verification.needed &&
                  t("cases.clean_of", {
                    clean: verification.clean,
                    needed: verification.needed,
                  })}
            </>
          )}
        </Text>
        {code && <span className={classes.code}>{code.class_code}</span>}
      </span>
    </Link>
  );
}
