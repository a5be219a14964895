import type { LayerSpecification, SourceSpecification, StyleSpecification } from "maplibre-gl";

export type Scheme = "light" | "dark";

/** Without a `glyphs` address MapLibre draws letters with the fonts of the machine. */
export const MAP_FONT = ["sans-serif"];

const COLORS = {
  light: {
    background: "#eceff2",
    line: "#d5dbe1",
    text: "#69747f",
    ink: "#1f2933",
    halo: "#ffffff",
    water: "#c5d9e8",
    green: "#dbe8d8",
    building: "#dde1e6",
    road: "#ffffff",
    casing: "#c9d0d7",
  },
  dark: {
    background: "#1b2026",
    line: "#2b323a",
    text: "#8a96a3",
    ink: "#e4e9ee",
    halo: "#11151a",
    water: "#142c3d",
    green: "#1e2b22",
    building: "#252b32",
    road: "#3a434d",
    casing: "#11151a",
  },
} as const;

export const inkOf = (scheme: Scheme) => COLORS[scheme];

/** What lies under everything else; `attribution` is text. */
export interface Ground {
  kind: "neutral" | "vector" | "raster" | "geojson";
  source: SourceSpecification | null;
  /** Of tiles: the names of their layers. */
  tileLayers: string[];
  attribution: string;
}

export const NEUTRAL: Ground = { kind: "neutral", source: null, tileLayers: [], attribution: "" };

const BASE = "base";
export const GRATICULE = "graticule";

/** The style of a map: the city's base map, or a grid of latitudes and longitudes. */
export function styleOf(ground: Ground, scheme: Scheme, language: string): StyleSpecification {
  const colors = COLORS[scheme];
  const layers: LayerSpecification[] = [
    { id: "background", type: "background", paint: { "background-color": colors.background } },
  ];
  if (ground.kind === "raster") {
    layers.push({
      id: "base-raster",
      type: "raster",
      source: BASE,
      paint: scheme === "dark" ? { "raster-brightness-max": 0.55, "raster-saturation": -0.4 } : {},
    });
  } else if (ground.kind === "geojson") {
    layers.push(...drawn(scheme, language));
  } else if (ground.kind === "vector") {
    layers.push(...ground.tileLayers.flatMap((name) => drawn(scheme, language, name)));
    layers.sort((a, b) => RANKS.indexOf(a.type) - RANKS.indexOf(b.type));
  } else {
    layers.push(...graticuleLayers(scheme));
  }
  return {
    version: 8,
    sources: {
      [GRATICULE]: { type: "geojson", data: { type: "FeatureCollection", features: [] } },
      ...(ground.source && { [BASE]: ground.source }),
    },
    layers,
  };
}

const RANKS = ["background", "fill", "line", "symbol"];
const WATER = /water|ocean|lake|river/;
const GREEN = /park|land|green|wood|grass|natural|forest/;
const BUILDING = /build/;
const BORDER = /bound|admin/;
const NAMED = /place|name|poi|label/;
const WIDE = ["highway", "motorway", "trunk", "major_road", "primary"];

/** How one layer of vector tiles is drawn, by its name; without a name, a whole GeoJSON file. */
function drawn(scheme: Scheme, language: string, name = ""): LayerSpecification[] {
  const { water, green, building, road, casing, line, text, halo } = COLORS[scheme];
  const of = { source: BASE, ...(name && { "source-layer": name }) };
  const id = `base-${name}`;
  const kind: [string, ...unknown[]] = [
    "to-string",
    ["coalesce", ["get", "kind"], ["get", "class"], ["get", "highway"], ["get", "natural"], name],
  ];
  const fill = WATER.test(name) ? water : BUILDING.test(name) ? building : green;
  const polygons: LayerSpecification = {
    ...of,
    id: `${id}-fill`,
    type: "fill",
    filter: ["==", ["geometry-type"], "Polygon"],
    paint: {
      "fill-color": name
        ? fill
        : ([
            "match",
            kind,
            ["water", "ocean", "lake", "river"],
            water,
            "building",
            building,
            green,
          ] as never),
      "fill-opacity":
        name && !WATER.test(name) && !BUILDING.test(name) && !GREEN.test(name) ? 0 : 1,
    },
  };
  const lines: LayerSpecification = {
    ...of,
    id: `${id}-line`,
    type: "line",
    filter: ["==", ["geometry-type"], "LineString"],
    layout: { "line-cap": "round", "line-join": "round" },
    paint: BORDER.test(name)
      ? { "line-color": text, "line-dasharray": [3, 2], "line-opacity": 0.6 }
      : WATER.test(name)
        ? { "line-color": water }
        : {
            "line-color": scheme === "light" ? casing : road,
            "line-width": [
              "interpolate",
              ["exponential", 1.5],
              ["zoom"],
              8,
              0.5,
              18,
              ["match", kind, WIDE, 14, 7],
            ] as never,
          },
  };
  const names: LayerSpecification = {
    ...of,
    id: `${id}-names`,
    type: "symbol",
    filter: ["has", "name"],
    layout: {
      "text-field": [
        "coalesce",
        ["get", language.startsWith("zh") ? "name:zh" : "name:en"],
        ["get", "name"],
      ],
      "text-font": MAP_FONT,
      "text-size": 12,
      "text-max-width": 8,
      "symbol-placement": /road|transport|street/.test(name) ? "line" : "point",
    },
    paint: { "text-color": text, "text-halo-color": halo, "text-halo-width": 1.5 },
  };
  void line;
  const isNamed = !name || NAMED.test(name) || /road|transport|street/.test(name);
  return NAMED.test(name) ? [names] : [polygons, lines, ...(isNamed ? [names] : [])];
}

function graticuleLayers(scheme: Scheme): LayerSpecification[] {
  const { line, text } = COLORS[scheme];
  return [
    {
      id: "graticule",
      type: "line",
      source: GRATICULE,
      filter: ["==", ["geometry-type"], "LineString"],
      paint: { "line-color": line },
    },
    {
      id: "graticule-labels",
      type: "symbol",
      source: GRATICULE,
      filter: ["==", ["geometry-type"], "Point"],
      layout: {
        "text-field": ["get", "label"],
        "text-font": MAP_FONT,
        "text-size": 11,
        "text-anchor": ["get", "anchor"],
        "text-offset": [0.3, 0.3],
        "text-allow-overlap": true,
      },
      paint: { "text-color": text },
    },
  ];
}
