import { queryOptions } from "@tanstack/react-query";

import { client, take } from "../api/client";
import type { components } from "../api/schema";
import type { Plot } from "../api/types";

const FRESH_MS = 60_000;
const A_PAGE = 200;

type Rows = {
  precision: components["schemas"]["Figures_PrecisionRow_"];
  times: components["schemas"]["Figures_TimesRow_"];
  backlog: components["schemas"]["Figures_BacklogDay_"];
  lights: components["schemas"]["Figures_LightsRow_"];
  deliveries: components["schemas"]["Figures_DeliveriesRow_"];
};
export type FigureName = keyof Rows;
export type Row<Name extends FigureName> = Rows[Name]["items"][number];

/** What the figures are of, by the names that the service gives it. */
export interface Asked {
  from: string;
  to?: string;
  inspection?: string;
  camera?: string;
}

export type By = "class" | "camera";

export const figuresQuery = <Name extends FigureName>(name: Name, asked: Asked & { by?: By }) =>
  queryOptions<Rows[Name]>({
    queryKey: ["figures", name, asked],
    queryFn: async () => {
      const path = `/v1/figures/${name}` as "/v1/figures/precision"; // each is asked the same way
      const answer: unknown = await take(client.GET(path, { params: { query: asked } }));
      return answer as Rows[Name];
    },
    staleTime: FRESH_MS,
  });

export function csvAddress(name: FigureName, asked: Asked & { by?: By }): string {
  const given = Object.entries({ ...asked, format: "csv" }).filter(([, value]) => value);
  return `/v1/figures/${name}?${new URLSearchParams(given)}`;
}

export const plotsQuery = queryOptions({
  queryKey: ["plots", "all"],
  queryFn: async (): Promise<Plot[]> =>
    (await take(client.GET("/v1/plots", { params: { query: { limit: A_PAGE } } }))).items,
  staleTime: FRESH_MS,
});
