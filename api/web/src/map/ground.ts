import type {
  ExpressionSpecification,
  LayerSpecification,
  LineLayerSpecification,
  SourceSpecification,
  StyleSpecification,
} from "maplibre-gl";

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
    road: "#c9d0d7",
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

// What layers of tiles are called by Protomaps, OpenMapTiles and those who make their own.
const WATER = /water|ocean|lake|river/;
const GREEN = /park|land|green|wood|grass|natural|forest/;
const BUILDING = /build/;
const ROAD = /road|transport|street/;
const BORDER = /bound|admin/;
const NAMES = /place|name|poi|label/;

const WIDE = ["highway", "motorway", "trunk", "major_road", "primary"];

/** What a feature is, by whichever property says it. */
const KIND: ExpressionSpecification = [
  "to-string",
  ["coalesce", ["get", "kind"], ["get", "class"], ["get", "highway"], ["get", "natural"], ""],
];

/** How one layer of vector tiles is drawn, by its name; without a name, a whole GeoJSON file. */
function drawn(scheme: Scheme, language: string, name = ""): LayerSpecification[] {
  const colors = COLORS[scheme];
  const of = { source: BASE, ...(name && { "source-layer": name }) };
  const polygons: LayerSpecification = {
    ...of,
    id: `base-${name}-fill`,
    type: "fill",
    filter: ["==", ["geometry-type"], "Polygon"],
    paint: { "fill-color": fillOf(name, scheme) },
  };
  const lines: LayerSpecification = {
    ...of,
    id: `base-${name}-line`,
    type: "line",
    filter: ["==", ["geometry-type"], "LineString"],
    layout: { "line-cap": "round", "line-join": "round" },
    paint: linePaint(name, scheme),
  };
  const names: LayerSpecification = {
    ...of,
    id: `base-${name}-names`,
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
      "symbol-placement": ROAD.test(name) ? "line" : "point",
    },
    paint: { "text-color": colors.text, "text-halo-color": colors.halo, "text-halo-width": 1.5 },
  };
  if (NAMES.test(name)) return [names];
  return [polygons, lines, ...(!name || ROAD.test(name) ? [names] : [])];
}

function fillOf(name: string, scheme: Scheme): string | ExpressionSpecification {
  const { water, green, building } = COLORS[scheme];
  if (WATER.test(name)) return water;
  if (BUILDING.test(name)) return building;
  if (GREEN.test(name)) return green;
  if (name) return "transparent";
  return ["match", KIND, ["water", "ocean", "lake", "river"], water, "building", building, green];
}

function linePaint(name: string, scheme: Scheme): LineLayerSpecification["paint"] {
  const { water, text, road } = COLORS[scheme];
  if (WATER.test(name)) return { "line-color": water };
  if (BORDER.test(name)) {
    return { "line-color": text, "line-dasharray": [3, 2], "line-opacity": 0.6 };
  }
  return {
    "line-color": road,
    "line-width": [
      "interpolate",
      ["exponential", 1.5],
      ["zoom"],
      ...[8, 0.5, 18],
      ["match", KIND, WIDE, 14, 7],
    ],
  };
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
