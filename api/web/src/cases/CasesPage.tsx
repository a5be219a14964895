import { Drawer, Group, SegmentedControl, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { useLocation, useNavigate, useParams } from "react-router";

import { useFormat } from "../i18n/format";
import { Loading } from "../shared/States";
import { useTitle } from "../shared/useTitle";
import { useAddress } from "../shared/useAddress";
import { Board } from "./Board";
import { CasePanel } from "./CasePanel";
import classes from "./Cases.module.css";
import { CaseTable } from "./CasesTable";
import { FilterBar } from "./FilterBar";
import { useCaseFilters } from "./filters";
import { countsQuery } from "./queries";
import { Tasks } from "./Tasks";

const UnitCards = lazy(async () => ({ default: (await import("./UnitCards")).UnitCards }));

const VIEWS = ["board", "table", "tasks", "units"] as const;
type View = (typeof VIEWS)[number];

export function CasesPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { search } = useLocation();
  const { caseId } = useParams();
  const { params, change } = useAddress();
  useTitle(t("cases.title"));

  const view = VIEWS.find((one) => one === params.get("view")) ?? "board";
  const listed = view === "board" || view === "table";
  return (
    <div className={classes.page} data-view={view}>
      <Group justify="space-between">
        <Group gap="sm" align="baseline">
          <Title order={1} size="h3">
            {t("cases.title")}
          </Title>
          {listed && <Total />}
        </Group>
        <SegmentedControl
          size="xs"
          aria-label={t("cases.view")}
          value={view}
          onChange={(chosen) => change({ view: chosen }, { replace: false })}
          data={VIEWS.map((value) => ({ value, label: t(`cases.view_${value}`) }))}
        />
      </Group>
      {listed && <FilterBar />}
      <Suspense fallback={<Loading />}>
        <Shown view={view} />
      </Suspense>
      <Drawer
        opened={caseId !== undefined}
        onClose={() => void navigate(`/cases${search}`)}
        position="right"
        size="min(1040px, 100%)"
        title={t("cases.one")}
        closeButtonProps={{ "aria-label": t("cases.close") }}
      >
        {caseId && <CasePanel key={caseId} caseId={caseId} />}
      </Drawer>
    </div>
  );
}

function Shown({ view }: { view: View }) {
  if (view === "table") return <CaseTable />;
  if (view === "tasks") return <Tasks />;
  if (view === "units") return <UnitCards />;
  return <Board />;
}

function Total() {
  const { t } = useTranslation();
  const { number } = useFormat();
  const [filters] = useCaseFilters();
  const { data } = useQuery(countsQuery(filters));
  if (!data) return null;
  const total = data.items.reduce((sum, { cases }) => sum + cases, 0);
  return (
    <Text c="dimmed" size="sm" role="status">
      {t("cases.total", { number: number(total) })}
    </Text>
  );
}
