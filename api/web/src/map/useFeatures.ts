import { useQuery } from "@tanstack/react-query";
import { useDeferredValue, useMemo } from "react";

import type { CameraCollection, FindingCollection } from "../api/types";
import type { Area } from "./areas/areas";
import { HEALTH_GROUPS } from "./marks";
import {
  drawable,
  type CameraPoint,
  type CasePoint,
  type Cell,
  type FindingPoint,
  type PassLine,
} from "./points";
import { areasQuery, casesQuery, coverageQuery, passesQuery } from "./queries";
import type { LayerName, MapState, Seen } from "./useMapState";

const DAY_MS = 86_400_000;

/** Everything that the map can show, by layer. */
export interface Features {
  findings: FindingPoint[];
  cases: CasePoint[];
  cameras: CameraPoint[];
  coverage: Cell[];
  passes: PassLine[];
  areas: Area[];
}

interface Options {
  findings: FindingCollection;
  cameras: CameraCollection;
  state: MapState;
  seen: Seen;
}

interface Result {
  /** What is known of each layer; nothing of a layer that is off and was never on. */
  all: Features;
  /** Of that, what legend and time window leave. */
  shown: Features;
  /** Layers of which the service has more than it gives at once. */
  truncated: LayerName[];
}

export function useFeatures({ findings, cameras, state, seen }: Options): Result {
  const { layers, off, period } = state;
  const cases = useQuery({ ...casesQuery, enabled: layers.has("cases") });
  const coverage = useQuery({ ...coverageQuery(period), enabled: layers.has("coverage") });
  const passes = useQuery({ ...passesQuery(period), enabled: layers.has("passes") });
  const areas = useQuery({ ...areasQuery, enabled: layers.has("areas") });

  const findingPoints = useMemo(() => drawable<FindingPoint>(findings.features), [findings]);
  const casePoints = useMemo(() => drawable<CasePoint>(cases.data?.features), [cases.data]);
  const cameraPoints = useMemo(() => drawable<CameraPoint>(cameras.features), [cameras]);
  const cells = useMemo(() => drawable<Cell>(coverage.data?.features), [coverage.data]);
  const lines = useMemo(() => drawable<PassLine>(passes.data?.features), [passes.data]);
  const shapes = useMemo(() => drawable<Area>(areas.data?.features), [areas.data]);

  // Dragging the time window must not wait for the map.
  const { from, to } = useDeferredValue(seen);
  const hidden = [...off].join();
  const shownFindings = useMemo(() => {
    const within = windowOf(from, to);
    return findingPoints.filter(
      ({ properties: { state, last_seen_at } }) =>
        !off.has(`findings.${state}`) && within(last_seen_at),
    );
  }, [findingPoints, hidden, from, to]);
  const shownCases = useMemo(() => {
    const within = windowOf(from, to);
    return casePoints.filter(
      ({ properties: { light, updated_at } }) => !off.has(`cases.${light}`) && within(updated_at),
    );
  }, [casePoints, hidden, from, to]);
  const shownCameras = useMemo(
    () =>
      cameraPoints.filter(
        ({ properties }) => !off.has(`cameras.${HEALTH_GROUPS[properties.health]}`),
      ),
    [cameraPoints, hidden],
  );
  const shownCells = useMemo(
    () => cells.filter(({ properties }) => !off.has(`coverage.${properties.look}`)),
    [cells, hidden],
  );

  const all = {
    findings: findingPoints,
    cases: casePoints,
    cameras: cameraPoints,
    coverage: cells,
    passes: lines,
    areas: shapes,
  };
  const collections = {
    findings,
    cases: cases.data,
    coverage: coverage.data,
    passes: passes.data,
  };
  return {
    all,
    shown: {
      ...all,
      findings: shownFindings,
      cases: shownCases,
      cameras: shownCameras,
      coverage: shownCells,
    },
    truncated: (Object.keys(collections) as (keyof typeof collections)[]).filter(
      (name) => layers.has(name) && collections[name]?.truncated,
    ),
  };
}

/** Whether a time of the service lies in a window; both are UTC, so their texts compare. */
function windowOf(from: number | null, to: number): (iso: string) => boolean {
  const at = (days: number) => new Date(Date.now() - days * DAY_MS).toISOString();
  const [first, last] = [from === null ? "" : at(from), to === 0 ? "~" : at(to)];
  return (iso) => iso >= first && iso <= last;
}
