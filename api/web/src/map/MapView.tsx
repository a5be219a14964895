import { ActionIcon, Tooltip } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconMaximize, IconMinus, IconPlus } from "@tabler/icons-react";
import type { LngLatBounds } from "maplibre-gl";
import { useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";

import type { CameraCollection, FindingCollection } from "../api/types";
import { AreaEditor } from "./areas/AreaEditor";
import { useDraft } from "./areas/useDraft";
import { GroundNote } from "./GroundNote";
import classes from "./Map.module.css";
import { MapSide } from "./MapSide";
import {
  addOverlays,
  CLUSTERED_TO_ZOOM,
  listenForClicks,
  ringChosen,
  showOverlays,
} from "./overlays";
import { extentOf, middleOf } from "./points";
import { TimeWindow } from "./TimeWindow";
import { useDrawn } from "./useDrawn";
import { useFeatures } from "./useFeatures";
import { useLatest } from "./useLatest";
import { useMap } from "./useMap";
import { useMapState, type Chosen } from "./useMapState";

const FIT = { padding: 60, maxZoom: 17, duration: 0 };
const GLIDE_MS = 400;
const SETTLED_MS = 300;

interface Props {
  findings: FindingCollection;
  cameras: CameraCollection;
}

export function MapView({ findings, cameras }: Props) {
  const { t } = useTranslation();
  const state = useMapState();
  const [seen, setSeen] = useState(state.seen);
  const { all, shown, truncated } = useFeatures({ findings, cameras, state, seen });
  const [bounds, setBounds] = useState<LngLatBounds>();
  const draft = useDraft();

  const [start] = useState(
    () =>
      state.view ?? {
        bounds: extentOf([...all.findings, ...all.cameras]) ?? undefined,
        fitBoundsOptions: FIT,
      },
  );
  const { container, map, scheme, ground, groundError } = useMap(start);

  // The map outlives renders: its listeners must find the newest state.
  const latest = useLatest(state);
  const settle = useDebouncedCallback(() => {
    if (!map) return;
    const { lng, lat } = map.getCenter();
    latest.current.setView({ center: [lng, lat], zoom: map.getZoom() });
  }, SETTLED_MS);
  useEffect(() => {
    if (!map) return;
    addOverlays(map, scheme);
    const onMove = () => setBounds(map.getBounds());
    onMove();
    map.on("moveend", onMove);
    map.on("moveend", settle);
    return () => {
      map.off("moveend", onMove);
      map.off("moveend", settle);
    };
  }, [map, scheme, settle]);

  useDrawn(map, "coverage", shown.coverage);
  useDrawn(map, "areas", shown.areas);
  useDrawn(map, "passes", shown.passes);
  useDrawn(map, "cameras", shown.cameras);
  useDrawn(map, "cases", shown.cases);
  useDrawn(map, "findings", shown.findings);

  const layers = [...state.layers].join();
  useEffect(() => {
    if (map) showOverlays(map, latest.current.layers);
  }, [map, layers, latest]);
  const { chosen } = state;
  useEffect(() => {
    if (map) ringChosen(map, chosen);
  }, [map, chosen?.layer, chosen?.id]); // eslint-disable-line
  const drawing = draft.current !== null;
  useEffect(() => {
    if (map && !drawing) return listenForClicks(map, (hit) => latest.current.choose(hit));
  }, [map, drawing, latest]);

  /** Choose what stands in a list, and come so close that no cluster hides it. */
  function chooseFromList(wanted: Chosen | null) {
    const feature = all[wanted?.layer ?? "findings"].find(
      ({ properties }) => properties.id === wanted?.id,
    );
    if (map && feature) {
      const zoom = Math.max(map.getZoom(), CLUSTERED_TO_ZOOM + 1);
      map.easeTo({ center: middleOf(feature), zoom, duration: GLIDE_MS });
    }
    state.choose(wanted);
  }

  const extent = useMemo(
    () => extentOf([...shown.findings, ...shown.cases, ...shown.cameras]),
    [shown],
  );
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
        <GroundNote ground={ground} error={groundError} />
        <TimeWindow
          findings={all.findings}
          seen={seen}
          onChange={setSeen}
          onChangeEnd={state.setSeen}
        />
      </div>
      {drawing ? (
        <AreaEditor map={map} draft={draft} areas={all.areas} />
      ) : (
        <MapSide
          state={state}
          all={all}
          shown={shown}
          truncated={truncated}
          bounds={bounds}
          onChoose={chooseFromList}
          onEdit={draft.begin}
        />
      )}
    </div>
  );
}
