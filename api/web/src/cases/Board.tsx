import { Badge, Button, Group, Skeleton, Text, Title } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import type { CaseCount } from "../api/types";
import { useFormat } from "../i18n/format";
import { Failed } from "../shared/States";
import classes from "./Board.module.css";
import { CaseCard } from "./CaseCard";
import { useCaseFilters } from "./filters";
import { LightMark, LIGHTS } from "./lights";
import { columnQuery, countsQuery } from "./queries";
import { STEP_NAMES, STEPS, type Step } from "./steps";

const SKELETONS = 3;

/** Cases in the columns of their steps; what is due first stands on top. */
export function Board() {
  const { t } = useTranslation();
  const [filters] = useCaseFilters();
  const { data } = useQuery(countsQuery(filters));
  return (
    <div className={classes.board} role="group" aria-label={t("cases.view_board")} tabIndex={0}>
      {STEP_NAMES.map((step) => (
        <Column
          key={step}
          step={step}
          counts={data?.items.filter(({ state }) => isAt(step, state))}
        />
      ))}
    </div>
  );
}

const isAt = (step: Step, state: string) => (STEPS[step] as readonly string[]).includes(state);

function Column({ step, counts }: { step: Step; counts: CaseCount[] | undefined }) {
  const { t } = useTranslation();
  const { number } = useFormat();
  const total = counts?.reduce((sum, { cases }) => sum + cases, 0);
  return (
    <section className={classes.column} aria-label={t(`case_step.${step}`)}>
      <div className={classes.head}>
        <Group justify="space-between" wrap="nowrap">
          <Title order={2} size="h6">
            {t(`case_step.${step}`)}
          </Title>
          <Badge variant="default" size="sm" radius="sm">
            {total === undefined ? "…" : number(total)}
          </Badge>
        </Group>
        <Group gap={10} mih={18}>
          {LIGHTS.map((light) => {
            const count = (counts ?? [])
              .filter((one) => one.light === light)
              .reduce((sum, { cases }) => sum + cases, 0);
            return (
              count > 0 && (
                <Text key={light} size="xs" c="dimmed" className={classes.lightCount}>
                  <LightMark light={light} size={10} /> {t(`map_light.${light}`)} {number(count)}
                </Text>
              )
            );
          })}
        </Group>
      </div>
      <Cards step={step} />
    </section>
  );
}

function Cards({ step }: { step: Step }) {
  const { t } = useTranslation();
  const [filters] = useCaseFilters();
  const states = STEPS[step].filter(
    (state) => !filters.states.length || filters.states.includes(state),
  );
  const query = useInfiniteQuery({
    ...columnQuery({ ...filters, states: [] }, states, step === "closed"),
    enabled: states.length > 0,
  });
  if (states.length === 0) return <Nothing text={t("cases.column_filtered")} />;
  if (query.isError && !query.data) {
    return <Failed error={query.error} retry={() => void query.refetch()} />;
  }
  if (!query.data) {
    return (
      <div className={classes.cards} role="status" aria-label={t("error.loading")}>
        {Array.from({ length: SKELETONS }, (_, index) => (
          <Skeleton key={index} height={96} />
        ))}
      </div>
    );
  }
  const cases = query.data.pages.flatMap(({ items }) => items);
  if (cases.length === 0) return <Nothing text={t("cases.column_empty")} />;
  return (
    <ol className={classes.cards}>
      {cases.map((shown) => (
        <li key={shown.id} className={classes.item}>
          <CaseCard shown={shown} />
        </li>
      ))}
      {query.hasNextPage && (
        <li>
          <Button
            fullWidth
            size="xs"
            variant="subtle"
            loading={query.isFetchingNextPage}
            onClick={() => void query.fetchNextPage()}
          >
            {t("cases.more")}
          </Button>
        </li>
      )}
    </ol>
  );
}

function Nothing({ text }: { text: string }) {
  return (
    <Text size="sm" c="dimmed" ta="center" p="md">
      {text}
    </Text>
  );
}
