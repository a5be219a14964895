import { useClassName } from "../findings/useClassName";
import { Button, CloseButton, Group, Paper, Skeleton, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { LngLatBounds } from "maplibre-gl";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { findingQuery } from "../api/queries";
import type { FindingState } from "../api/types";
import { SeverityBadge } from "../findings/SeverityBadge";
import { StateLabel, StateMark } from "../findings/StateMark";
import { FINDING_STATES } from "../findings/states";
import { useFormat } from "../i18n/format";
import classes from "./Map.module.css";
import { inView, type FindingPoints } from "./points";

const LISTED = 50;

interface Props {
  points: FindingPoints;
  shown: FindingPoints;
  bounds: LngLatBounds | undefined;
  states: ReadonlySet<FindingState>;
  onToggle: (state: FindingState) => void;
  chosen: string | null;
  onChoose: (id: string | null) => void;
}

export function MapSide({ points, shown, bounds, states, onToggle, chosen, onChoose }: Props) {
  const { t } = useTranslation();
  return (
    <aside className={classes.side}>
      <Title order={1} size="h4">
        {t("map.title")}
      </Title>
      <Legend points={points} states={states} onToggle={onToggle} />
      {chosen && <Preview id={chosen} onClose={() => onChoose(null)} />}
      {bounds && <InView shown={shown} bounds={bounds} chosen={chosen} onChoose={onChoose} />}
    </aside>
  );
}

function Legend({ points, states, onToggle }: Pick<Props, "points" | "states" | "onToggle">) {
  const { t } = useTranslation();
  const { number } = useFormat();
  const counts = useMemo(() => {
    const counted = new Map<FindingState, number>();
    for (const { properties } of points.features) {
      counted.set(properties.state, (counted.get(properties.state) ?? 0) + 1);
    }
    return counted;
  }, [points]);
  return (
    <div className={classes.legend} role="group" aria-label={t("map.legend")}>
      {FINDING_STATES.filter((state) => counts.has(state)).map((state) => (
        <button
          key={state}
          type="button"
          className={classes.chip}
          aria-pressed={states.has(state)}
          onClick={() => onToggle(state)}
        >
          <StateMark state={state} size={12} />
          {t(`finding_state.${state}`)} {number(counts.get(state)!)}
        </button>
      ))}
    </div>
  );
}

function Preview({ id, onClose }: { id: string; onClose: () => void }) {
  const { t } = useTranslation();
  const className = useClassName();
  const { ago } = useFormat();
  const { data: finding, isError } = useQuery(findingQuery(id));
  if (isError) return <Text c="dimmed">{t("error.not_found")}</Text>;
  if (!finding) return <Skeleton h={260} />;
  return (
    <Paper withBorder p="sm" className={classes.preview}>
      <Stack gap="xs">
        <Group justify="space-between" wrap="nowrap">
          <Title order={2} size="h5">
            {className(finding.class)}
          </Title>
          <CloseButton aria-label={t("map.close")} onClick={onClose} />
        </Group>
        {finding.picture && <img src={finding.picture.annotated_url} alt="" />}
        <Group justify="space-between">
          <Text size="sm" component="div">
            <StateLabel state={finding.state} />
          </Text>
          <SeverityBadge severity={finding.severity} />
        </Group>
        <Text size="xs" c="dimmed">
          {finding.camera.name} · {ago(finding.last_seen_at)}
        </Text>
        <Button component={Link} to={`/findings/${finding.id}`} size="sm">
          {t("finding.open_finding")}
        </Button>
      </Stack>
    </Paper>
  );
}

interface InViewProps {
  shown: FindingPoints;
  bounds: LngLatBounds;
  chosen: string | null;
  onChoose: (id: string) => void;
}

/** The findings in view as a list: the map for those who use the keyboard or a screen reader. */
function InView({ shown, bounds, chosen, onChoose }: InViewProps) {
  const { t } = useTranslation();
  const className = useClassName();
  const visible = useMemo(
    () => inView(shown, bounds).sort((a, b) => b.properties.severity - a.properties.severity),
    [shown, bounds],
  );
  return (
    <section>
      <Title order={2} size="h6" mb={4} aria-live="polite">
        {t("map.in_view", { count: visible.length })}
      </Title>
      {visible.length === 0 && (
        <Text size="sm" c="dimmed">
          {t("map.nothing_in_view")}
        </Text>
      )}
      {visible.length > LISTED && (
        <Text size="xs" c="dimmed" mb={4}>
          {t("map.in_view_more", { count: LISTED })}
        </Text>
      )}
      <ul className={classes.list}>
        {visible.slice(0, LISTED).map(({ properties }) => (
          <li key={properties.id}>
            <button
              type="button"
              className={classes.entry}
              aria-pressed={properties.id === chosen}
              onClick={() => onChoose(properties.id)}
            >
              <StateMark state={properties.state} />
              <span className={classes.entryName}>{className(properties.class)}</span>
              <SeverityBadge severity={properties.severity} />
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
