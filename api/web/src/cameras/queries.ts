import { notifications } from "@mantine/notifications";
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { client, take } from "../api/client";
import { ApiError } from "../api/errors";
import type { Camera, GatewayReport } from "./types";

const A_PAGE = 200;
const REFRESH_MS = 60_000;
const TROUBLES_SHOWN = 50;
const ZONES_SHOWN = 200;
const BASELINES_SHOWN = 20;

/** Every camera that the person may see: the filters of the page work without the service. */
export const camerasQuery = queryOptions({
  queryKey: ["cameras", "list"],
  queryFn: async () => {
    const cameras: Camera[] = [];
    let cursor: string | undefined;
    do {
      const query = { limit: A_PAGE, cursor };
      const page = await take(client.GET("/v1/cameras", { params: { query } }));
      cameras.push(...page.items);
      cursor = page.next_cursor ?? undefined;
    } while (cursor);
    return cameras;
  },
  refetchInterval: REFRESH_MS,
});

/** The newest report of every gateway with a camera that the person may see. */
export const gatewayReportsQuery = queryOptions({
  queryKey: ["cameras", "gateways"],
  queryFn: async () => {
    const reports: GatewayReport[] = [];
    let cursor: string | undefined;
    do {
      const query = { limit: A_PAGE, cursor };
      const page = await take(client.GET("/v1/gateway-reports", { params: { query } }));
      reports.push(...page.items);
      cursor = page.next_cursor ?? undefined;
    } while (cursor);
    return reports;
  },
  refetchInterval: REFRESH_MS,
});

const of = (cameraId: string) => ({ path: { camera_id: cameraId } });

export const cameraQuery = (cameraId: string) =>
  queryOptions({
    queryKey: ["cameras", "one", cameraId],
    queryFn: () => take(client.GET("/v1/cameras/{camera_id}", { params: of(cameraId) })),
    refetchInterval: REFRESH_MS,
  });

export const troublesQuery = (cameraId: string) =>
  queryOptions({
    queryKey: ["cameras", "health", cameraId],
    queryFn: () =>
      take(
        client.GET("/v1/camera-health", {
          params: { query: { camera: cameraId, limit: TROUBLES_SHOWN } },
        }),
      ),
    refetchInterval: REFRESH_MS,
  });

export const thresholdsQuery = (cameraId: string) =>
  queryOptions({
    queryKey: ["cameras", "thresholds", cameraId],
    queryFn: () => take(client.GET("/v1/cameras/{camera_id}/thresholds", { params: of(cameraId) })),
  });

export const facadeQuery = (cameraId: string) =>
  queryOptions({
    queryKey: ["cameras", "facade", cameraId],
    queryFn: async () => {
      try {
        return await take(client.GET("/v1/cameras/{camera_id}/facade", { params: of(cameraId) }));
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) return null; // nobody measured it yet
        throw error;
      }
    },
  });

export const siteQuery = (cameraId: string) =>
  queryOptions({
    queryKey: ["cameras", "site", cameraId],
    queryFn: () => take(client.GET("/v1/sites/{camera_id}", { params: of(cameraId) })),
    refetchInterval: REFRESH_MS,
  });

export const baselinesQuery = (cameraId: string) =>
  queryOptions({
    queryKey: ["cameras", "baselines", cameraId],
    queryFn: () =>
      take(
        client.GET("/v1/sites/{camera_id}/baselines", {
          params: { ...of(cameraId), query: { limit: BASELINES_SHOWN } },
        }),
      ),
  });

export const zonesQuery = (cameraId: string) =>
  queryOptions({
    queryKey: ["cameras", "zones", cameraId],
    queryFn: () =>
      take(
        client.GET("/v1/sites/{camera_id}/zones", {
          params: { ...of(cameraId), query: { limit: ZONES_SHOWN } },
        }),
      ),
  });

/** A change of a camera; why it was refused is in `error`, for the form that asked. */
export function useCameraChange<I, O>(options: {
  run: (input: I) => Promise<O>;
  /** What is told when it is done. */
  done: string;
  onDone?: () => void;
}) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: options.run,
    onSuccess: async () => {
      notifications.show({ color: "green", message: options.done });
      await queryClient.invalidateQueries({ queryKey: ["cameras"] });
      options.onDone?.();
    },
  });
}
