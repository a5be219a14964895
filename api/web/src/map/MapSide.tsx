import { Button, Text, Title } from "@mantine/core";
import { IconPencil, IconPlus } from "@tabler/icons-react";
import type { LngLatBounds } from "maplibre-gl";
import { useTranslation } from "react-i18next";

import { usePermission } from "../session/useSession";
import type { Area } from "./areas/areas";
import { Gaps } from "./Gaps";
import { InView } from "./InView";
import { LayerPanel } from "./LayerPanel";
import classes from "./Map.module.css";
import { Preview } from "./Preview";
import type { Features } from "./useFeatures";
import type { Chosen, LayerName, MapState } from "./useMapState";

interface Props {
  state: MapState;
  all: Features;
  shown: Features;
  truncated: LayerName[];
  bounds: LngLatBounds | undefined;
  onChoose: (chosen: Chosen | null) => void;
  /** Begin to change an area, or to draw a new one. */
  onEdit: (area: Area | null) => void;
}

export function MapSide({ state, all, shown, truncated, bounds, onChoose, onEdit }: Props) {
  const { t } = useTranslation();
  const mayDraw = usePermission("routing:manage");
  const { layers, chosen } = state;
  const area =
    chosen?.layer === "areas" && all.areas.find(({ properties }) => properties.id === chosen.id);
  return (
    <aside className={classes.side}>
      <Title order={1} size="h4">
        {t("map.title")}
      </Title>
      <LayerPanel
        state={state}
        all={all}
        truncated={truncated}
        extras={{
          coverage: <Gaps cells={all.coverage} onChoose={onChoose} />,
          areas: (
            <>
              {all.areas.length === 0 && (
                <Text size="xs" c="dimmed">
                  {t("map_area.none")}
                </Text>
              )}
              {mayDraw && (
                <Button
                  size="compact-xs"
                  variant="light"
                  leftSection={<IconPlus size={13} aria-hidden />}
                  onClick={() => onEdit(null)}
                >
                  {t("map_area.draw")}
                </Button>
              )}
            </>
          ),
        }}
      />
      {chosen && (
        <Preview key={chosen.id} chosen={chosen} all={all} onClose={() => onChoose(null)}>
          {area && mayDraw && (
            <Button
              size="xs"
              variant="light"
              leftSection={<IconPencil size={14} aria-hidden />}
              onClick={() => onEdit(area)}
            >
              {t("map_area.change")}
            </Button>
          )}
        </Preview>
      )}
      {all.findings.length === 0 && (
        <Text size="sm" c="dimmed">
          <strong>{t("map.empty_title")}</strong> {t("map.empty")}
        </Text>
      )}
      {bounds && layers.has("findings") && all.findings.length > 0 && (
        <InView
          shown={shown.findings}
          bounds={bounds}
          chosen={chosen?.id}
          onChoose={(id) => onChoose({ layer: "findings", id })}
        />
      )}
    </aside>
  );
}
