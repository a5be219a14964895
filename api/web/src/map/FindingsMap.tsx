import { ActionIcon, Tooltip } from "@mantine/core";
import { IconMaximize, IconMinus, IconPlus } from "@tabler/icons-react";
import type { LngLatBounds } from "maplibre-gl";
import { useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";

import type { FindingState } from "../api/types";
import { FINDING_STATES } from "../findings/states";
import { addFindings, comeCloser, ringFinding, showFindings } from "./findingsLayers";
import classes from "./Map.module.css";
import { MapSide } from "./MapSide";
import { extentOf, withStates, type FindingPoints } from "./points";
import { useMap } from "./useMap";

const FIT = { padding: 60, maxZoom: 17, duration: 0 };
const CHOSEN = "finding";

export function FindingsMap({ points }: { points: FindingPoints }) {
  const { t } = useTranslation();
  const [states, setStates] = useState<ReadonlySet<FindingState>>(new Set(FINDING_STATES));
  const shown = useMemo(() => withStates(points, states), [points, states]);
  const extent = useMemo(() => extentOf(shown), [shown]);
  const [bounds, setBounds] = useState<LngLatBounds>();
  const [search, setSearch] = useSearchParams();
  const chosen = search.get(CHOSEN);

  const { container, map, scheme } = useMap({
    bounds: extentOf(points) ?? undefined,
    fitBoundsOptions: FIT,
  });

  // The map outlives renders: its listener must find the newest setter.
  const choose = useRef((_id: string | null) => {});
  useEffect(() => {
    choose.current = (id) => setSearch(id ? { [CHOSEN]: id } : {}, { replace: true });
  });

  useEffect(() => {
    if (!map) return;
    addFindings(map, scheme, (id) => choose.current(id));
    const onMove = () => setBounds(map.getBounds());
    onMove();
    map.on("moveend", onMove);
    return () => void map.off("moveend", onMove);
  }, [map, scheme]);
  useEffect(() => {
    if (map) showFindings(map, shown);
  }, [map, shown]);
  useEffect(() => {
    if (map) ringFinding(map, chosen);
  }, [map, chosen]);

  function chooseFromList(id: string | null) {
    const point = points.features.find(({ properties }) => properties.id === id);
    if (map && point) comeCloser(map, point);
    choose.current(id);
  }

  function toggle(state: FindingState) {
    setStates(
      (old) => new Set(old.has(state) ? [...old].filter((s) => s !== state) : [...old, state]),
    );
  }

  const tools = [
    { label: t("map.zoom_in"), Icon: IconPlus, act: () => map?.zoomIn() },
    { label: t("map.zoom_out"), Icon: IconMinus, act: () => map?.zoomOut() },
    { label: t("map.fit"), Icon: IconMaximize, act: () => extent && map?.fitBounds(extent, FIT) },
  ];
  return (
    <div className={classes.page}>
      <div className={classes.canvasArea}>
        <div
          ref={container}
          className={classes.canvas}
          role="region"
          aria-label={t("map.canvas")}
          data-loaded={map !== undefined}
        />
        <div className={classes.tools}>
          {tools.map(({ label, Icon, act }) => (
            <Tooltip key={label} label={label} position="left">
              <ActionIcon variant="default" size="lg" aria-label={label} onClick={act}>
                <Icon size={18} stroke={1.8} />
              </ActionIcon>
            </Tooltip>
          ))}
        </div>
      </div>
      <MapSide
        points={points}
        shown={shown}
        bounds={bounds}
        states={states}
        onToggle={toggle}
        chosen={chosen}
        onChoose={chooseFromList}
      />
    </div>
  );
}
