import { Button, Drawer, Group, SegmentedControl, Title } from "@mantine/core";
import { IconClipboardOff } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useParams } from "react-router";

import { casesQuery } from "../api/queries";
import { Empty, Failed, Loading } from "../shared/States";
import { useTitle } from "../shared/useTitle";
import { CasePanel } from "./CasePanel";
import classes from "./Cases.module.css";
import { CasesTable } from "./CasesTable";
import { CASE_GROUPS, type CaseGroup } from "./groups";

export function CasesPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { caseId } = useParams();
  const [group, setGroup] = useState<CaseGroup>("all");
  useTitle(t("cases.title"));

  return (
    <div className={classes.page}>
      <Group justify="space-between">
        <Title order={1} size="h3">
          {t("cases.title")}
        </Title>
        <SegmentedControl
          size="xs"
          aria-label={t("case_group.label")}
          value={group}
          onChange={(value) => setGroup(value as CaseGroup)}
          data={(Object.keys(CASE_GROUPS) as CaseGroup[]).map((value) => ({
            value,
            label: t(`case_group.${value}`),
          }))}
        />
      </Group>
      <CaseList group={group} />
      <Drawer
        opened={caseId !== undefined}
        onClose={() => void navigate("/cases")}
        position="right"
        size={520}
        title={t("cases.title")}
        closeButtonProps={{ "aria-label": t("cases.close") }}
      >
        {caseId && <CasePanel key={caseId} caseId={caseId} />}
      </Drawer>
    </div>
  );
}

function CaseList({ group }: { group: CaseGroup }) {
  const { t } = useTranslation();
  const query = useInfiniteQuery(casesQuery([...CASE_GROUPS[group]]));
  if (!query.data) {
    return query.error ? (
      <Failed error={query.error} retry={() => void query.refetch()} />
    ) : (
      <Loading />
    );
  }
  const cases = query.data.pages.flatMap(({ items }) => items);
  if (cases.length === 0) {
    return (
      <Empty
        icon={<IconClipboardOff size={40} stroke={1.5} />}
        title={t("cases.empty_title")}
        text={group === "all" ? t("cases.empty") : t("cases.empty_filtered")}
      />
    );
  }
  return (
    <>
      <CasesTable cases={cases} />
      {query.hasNextPage && (
        <Button
          variant="default"
          mx="auto"
          loading={query.isFetchingNextPage}
          onClick={() => void query.fetchNextPage()}
        >
          {t("cases.more")}
        </Button>
      )}
    </>
  );
}
