import { useClassName } from "./useClassName";
import { ActionIcon, Text, Title, VisuallyHidden } from "@mantine/core";
import { IconExternalLink } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import type { Finding, FindingDetail } from "../api/types";
import { useFormat } from "../i18n/format";
import { distanceM } from "./distance";
import classes from "./Nearby.module.css";
import { StateMark } from "./StateMark";

interface Props {
  detail: FindingDetail;
  /** Those that can be selected. */
  originals: Finding[];
  /** The one that the key for a duplicate means. */
  selectedId: string | undefined;
  onSelect: (id: string) => void;
}

export function Nearby({ detail, originals, selectedId, onSelect }: Props) {
  const { t } = useTranslation();
  return (
    <section>
      <Title order={2} size="h6" mb={6}>
        {t("finding.nearby")}
      </Title>
      {detail.nearby.length === 0 && (
        <Text size="sm" c="dimmed">
          {t("finding.nearby_none")}
        </Text>
      )}
      <ul className={classes.list}>
        {detail.nearby.map((other) => (
          <NearbyRow
            key={other.id}
            finding={other}
            distance={distanceM(detail, other)}
            selectable={originals.includes(other)}
            selected={other.id === selectedId}
            onSelect={onSelect}
          />
        ))}
      </ul>
    </section>
  );
}

interface RowProps {
  finding: Finding;
  distance: number | null;
  selectable: boolean;
  selected: boolean;
  onSelect: (id: string) => void;
}

function NearbyRow({ finding, distance, selectable, selected, onSelect }: RowProps) {
  const { t } = useTranslation();
  const className = useClassName();
  const { ago } = useFormat();
  const name = className(finding.class);
  const away =
    distance == null ? "" : t("finding.nearby_distance", { metres: Math.round(distance) });
  const state = t(`finding_state.${finding.state}`);
  return (
    <li className={classes.row} data-selected={selected || undefined}>
      <button
        type="button"
        className={classes.select}
        disabled={!selectable}
        aria-pressed={selected}
        onClick={() => onSelect(finding.id)}
      >
        <VisuallyHidden>{t("finding.nearby_select")}</VisuallyHidden>
        {finding.picture ? (
          <img src={finding.picture.annotated_url} alt="" loading="lazy" />
        ) : (
          <span className={classes.noPicture} />
        )}
        <span className={classes.text}>
          <span className={classes.first}>
            <StateMark state={finding.state} /> {name} · {away}
          </span>
          <Text component="span" size="xs" c="dimmed" truncate>
            {state} · {ago(finding.last_seen_at)}
          </Text>
        </span>
      </button>
      <ActionIcon
        component={Link}
        to={`/findings/${finding.id}`}
        variant="subtle"
        color="gray"
        aria-label={t("finding.open_finding")}
      >
        <IconExternalLink size={16} />
      </ActionIcon>
    </li>
  );
}
