import { queryOptions } from "@tanstack/react-query";
import { addProtocol } from "maplibre-gl";
import { PMTiles, Protocol, TileType } from "pmtiles";

import { client, take } from "../api/client";
import { NEUTRAL, type Ground } from "./ground";

const protocol = new Protocol();
addProtocol("pmtiles", protocol.tile);

/** A file's words for where it is from, which may hold markup, as text. */
function textOf(markup: unknown): string {
  const words = new DOMParser().parseFromString(String(markup ?? ""), "text/html");
  return words.body.textContent.trim();
}

async function readTiles(url: string): Promise<Ground> {
  const archive = new PMTiles(url);
  protocol.add(archive);
  const [header, metadata] = await Promise.all([archive.getHeader(), archive.getMetadata()]);
  const { attribution, vector_layers } = metadata as {
    attribution?: string;
    vector_layers?: { id: string }[];
  };
  const isVector = header.tileType === TileType.Mvt;
  return {
    kind: isVector ? "vector" : "raster",
    source: isVector
      ? { type: "vector", url: `pmtiles://${url}` }
      : { type: "raster", url: `pmtiles://${url}`, tileSize: 256 },
    tileLayers: (vector_layers ?? []).map(({ id }) => id),
    attribution: textOf(attribution),
  };
}

/** The base map that the city supplies; where it has none the ground is neutral. */
export const groundQuery = queryOptions({
  queryKey: ["base-map"],
  queryFn: async (): Promise<Ground> => {
    const { format, url } = await take(client.GET("/v1/base-map"));
    if (!format || !url) return NEUTRAL;
    const address = new URL(url, window.location.origin).href;
    if (format === "pmtiles") return readTiles(address);
    const source = { type: "geojson", data: address } as const;
    return { kind: "geojson", source, tileLayers: [], attribution: "" };
  },
  staleTime: Infinity,
  retry: 1,
});
