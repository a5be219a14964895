import { Button, Paper, Skeleton, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { summaryQuery } from "../api/queries";
import { useFormat } from "../i18n/format";
import { usePermission } from "../session/useSession";
import { Failed } from "../shared/States";
import classes from "./Cases.module.css";
import { CaseRows } from "./CasesTable";
import { TASK_QUERIES, type Task, tasksQuery } from "./queries";

const AT_ONCE = 8;
const TASKS = Object.keys(TASK_QUERIES) as Task[];

/** What waits for somebody here, and nobody else can move. */
export function Tasks() {
  return (
    <Stack gap="xl">
      {TASKS.map((task) => (
        <TaskList key={task} task={task} />
      ))}
      <DeadLetters />
    </Stack>
  );
}

function TaskList({ task }: { task: Task }) {
  const { t } = useTranslation();
  const { number } = useFormat();
  const [all, setAll] = useState(false);
  const { data, error, refetch } = useQuery(tasksQuery(task));
  return (
    <section aria-label={t(`case_task.${task}`)}>
      <Title order={2} size="h5">
        {t(`case_task.${task}`)}
        {data && (
          <Text component="span" c="dimmed" ml={8}>
            {number(data.items.length)}
            {data.next_cursor && "+"}
          </Text>
        )}
      </Title>
      <Text size="sm" c="dimmed" mb="xs">
        {t(`case_task_hint.${task}`)}
      </Text>
      {!data && error && <Failed error={error} retry={() => void refetch()} />}
      {!data && !error && <Skeleton height={60} />}
      {data && data.items.length === 0 && <Text size="sm">{t("cases.nothing_waits")}</Text>}
      {data && data.items.length > 0 && (
        <Paper withBorder className={classes.tableArea}>
          <CaseRows cases={all ? data.items : data.items.slice(0, AT_ONCE)} />
        </Paper>
      )}
      {!all && data && data.items.length > AT_ONCE && (
        <Button size="compact-sm" variant="subtle" mt={4} onClick={() => setAll(true)}>
          {t("cases.more")}
        </Button>
      )}
    </section>
  );
}

/** Messages that were given up: who may, looks at them and sends them again in administration. */
function DeadLetters() {
  const { t } = useTranslation();
  const { number } = useFormat();
  const mayRead = usePermission("outbox:read");
  const { data } = useQuery(summaryQuery);
  if (!data) return null;
  const { dead } = data.deliveries;
  return (
    <section aria-label={t("letters.title")}>
      <Title order={2} size="h5">
        {t("letters.title")}
        <Text component="span" c="dimmed" ml={8}>
          {number(dead)}
        </Text>
      </Title>
      <Text size="sm" c="dimmed">
        {t("letters.hint")}
      </Text>
      {dead > 0 && mayRead && (
        <Button component={Link} to="/admin/letters" size="xs" variant="light" mt="xs">
          {t("letters.open")}
        </Button>
      )}
    </section>
  );
}
