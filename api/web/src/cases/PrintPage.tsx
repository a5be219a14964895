import { Button, Group } from "@mantine/core";
import { IconArrowLeft, IconPrinter } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";

import { useTitle } from "../shared/useTitle";
import { CasePanel } from "./CasePanel";
import classes from "./PrintPage.module.css";

/** A case as it goes on paper or into a file: everything, and nothing to press. */
export function PrintPage() {
  const { t } = useTranslation();
  const { caseId } = useParams();
  useTitle(t("cases.print_view"));
  if (!caseId) return null;
  return (
    <div className={classes.sheet}>
      <Group className={classes.tools} justify="space-between">
        <Button
          component={Link}
          to={`/cases/${caseId}`}
          variant="subtle"
          size="xs"
          leftSection={<IconArrowLeft size={15} />}
        >
          {t("cases.print_back")}
        </Button>
        <Button size="xs" leftSection={<IconPrinter size={15} />} onClick={() => window.print()}>
          {t("cases.print")}
        </Button>
      </Group>
      <CasePanel caseId={caseId} printed />
    </div>
  );
}
