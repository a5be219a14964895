import { Text, Title } from "@mantine/core";
import type { LngLatBounds } from "maplibre-gl";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";

import { SeverityBadge } from "../findings/SeverityBadge";
import { StateMark } from "../findings/StateMark";
import { useClassName } from "../findings/useClassName";
import classes from "./Map.module.css";
import { inView, type FindingPoint } from "./points";

const LISTED = 50;

interface Props {
  shown: FindingPoint[];
  bounds: LngLatBounds;
  chosen: string | undefined;
  onChoose: (id: string) => void;
}

/** The findings in view as a list: the map for those who use the keyboard or a screen reader. */
export function InView({ shown, bounds, chosen, onChoose }: Props) {
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
