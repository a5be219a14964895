import { queryOptions } from "@tanstack/react-query";

import { client, take } from "../api/client";
import type { Series } from "./types";

const COMPOSITES_SHOWN = 60;
const FRESH_MS = 60_000;

/** What a camera's days looked like, newest first. */
export const compositesQuery = (cameraId: string) =>
  queryOptions({
    queryKey: ["sites", cameraId, "composites"],
    queryFn: () =>
      take(
        client.GET("/v1/sites/{camera_id}/composites", {
          params: { path: { camera_id: cameraId }, query: { limit: COMPOSITES_SHOWN } },
        }),
      ),
    staleTime: FRESH_MS,
  });

interface SeriesOf {
  plotId: string;
  pest: string;
  period: "day" | "week";
  /** First and last day, local to the plot. */
  from: string;
  to: string;
}

export const seriesQuery = ({ plotId, ...query }: SeriesOf) =>
  queryOptions({
    queryKey: ["plots", plotId, "series", query],
    queryFn: async () =>
      (await take(
        client.GET("/v1/plots/{plot_id}/series", {
          params: { path: { plot_id: plotId }, query },
        }),
      )) as Series, // the other format, CSV, was not asked for
    staleTime: FRESH_MS,
  });

/** What a plate says: asked anew each time, and never kept. */
export const readPlate = (findingId: string, purpose: string) =>
  take(
    client.POST("/v1/findings/{finding_id}/plate", {
      params: { path: { finding_id: findingId } },
      body: { purpose },
    }),
  );

/** A picture or video as it was filmed: asked anew each time, and never kept. */
export const readOriginal = (evidenceId: string, purpose: string): Promise<Blob> =>
  take(
    client.POST("/v1/evidence/{evidence_id}/original", {
      params: { path: { evidence_id: evidenceId } },
      body: { purpose },
      parseAs: "blob",
    }),
  );
