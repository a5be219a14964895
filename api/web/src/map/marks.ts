import type { Map as MapLibre } from "maplibre-gl";

import type { Light } from "../api/types";
import type { HealthState } from "../cameras/types";
import { FINDING_MARKS, FINDING_STATES } from "../findings/states";

/** A shape as well as a colour, so that neither is needed to tell it. */
export interface Mark {
  color: string;
  /** SVG path in a square from -10 to 10. */
  path: string;
}

const RING =
  "M0-8A8 8 0 1 1 0 8A8 8 0 1 1 0-8ZM0-4.500A4.500 4.500 0 1 0 0 4.500A4.500 4.500 0 1 0 0-4.500Z";
const DISC = "M0-8A8 8 0 1 1 0 8A8 8 0 1 1 0-8Z";
const STAR =
  "M0-9.500L2.800-3.200L9.500-2.500L4.500 2L6 8.700L0 5.200L-6 8.700L-4.500 2L-9.500-2.500L-2.800-3.200Z";
const TRIANGLE = "M0-9L9.500 7.500H-9.500Z";
const SQUARE = "M-7.500-7.500H7.500V7.500H-7.500Z";

/** The five lights, with the shapes that the service names. */
export const LIGHT_MARKS: Record<Light, Mark> = {
  red: { color: "#d01f2e", path: SQUARE },
  yellow: { color: "#c98a00", path: TRIANGLE },
  green: { color: "#00805e", path: DISC },
  blue: { color: "#0072b2", path: STAR },
  white: { color: "#7d8794", path: RING },
};

const LENS = "M-8-6H4V-2L9-5.500V5.500L4 2V6H-8Z";
const ALARM =
  "M0-9.500L10 8.500H-10ZM-1.200-3.500V2.500H1.200V-3.500ZM-1.200 4.200V6.400H1.200V4.200Z";
const SLASHED =
  "M-9.500-7.500L-7.500-9.500L9.500 7.500L7.500 9.500ZM-8-2.500L0 6H-8ZM0-6H4V-2L9-5.500V4Z";
const STOPPED = "M-8-6H4V6H-8ZM-4.500-3V3H-2.500V-3ZM-1-3V3H1V-3Z";
const HOLLOW = "M-8-6H4V-2L9-5.500V5.500L4 2V6H-8ZM-6-4V4H2V-4Z";

/** How a camera is. */
export const HEALTH_MARKS = {
  well: { color: "#00805e", path: LENS },
  troubled: { color: "#d55e00", path: ALARM },
  silent: { color: "#b0218a", path: SLASHED },
  new: { color: "#0072b2", path: HOLLOW },
  disabled: { color: "#7d8794", path: STOPPED },
} as const satisfies Record<string, Mark>;

/** The mark of each state of health: every trouble that pictures show has the same. */
export const HEALTH_GROUPS: Record<HealthState, keyof typeof HEALTH_MARKS> = {
  well: "well",
  dark: "troubled",
  blocked: "troubled",
  blurred: "troubled",
  moved: "troubled",
  other_view: "troubled",
  frozen: "troubled",
  losing: "troubled",
  silent: "silent",
  new: "new",
  disabled: "disabled",
};

/** Whether a cell was looked at: its colour, and how far from plain it is drawn. */
export const LOOK_MARKS = {
  clear: { color: "#0a7fa8", path: "M-8-8H8V8H-8Z" },
  poor: { color: "#8a8f98", path: "M-8-8H8V8H-8ZM-5.500-5.500V5.500H5.500V-5.500Z" },
  missed: { color: "#d55e00", path: "M-8 1L1-8H8L-8 8ZM4 8L8 4V8ZM-8-8H-5L-8-5Z" },
} as const satisfies Record<string, Mark>;

const MARK_PX = 22;
const PIN_PX: [number, number] = [30, 38];
const RATIO = 2;

export const findingMark = (state: string) => `finding-${state}`;
export const caseMark = (light: string) => `case-${light}`;
export const cameraMark = (health: string) => `camera-${health}`;
export const MISSED_PATTERN = "missed-pattern";

interface Inks {
  ink: string;
  halo: string;
}

function canvas(width: number, height: number): CanvasRenderingContext2D {
  const element = document.createElement("canvas");
  element.width = width * RATIO;
  element.height = height * RATIO;
  const context = element.getContext("2d")!;
  context.scale(RATIO, RATIO);
  context.lineJoin = "round";
  return context;
}

const imageOf = (context: CanvasRenderingContext2D) =>
  context.getImageData(0, 0, context.canvas.width, context.canvas.height);

/** A mark with an outline that stands off any ground. */
function drawMark({ color, path }: Mark, halo: string): ImageData {
  const context = canvas(MARK_PX, MARK_PX);
  context.translate(MARK_PX / 2, MARK_PX / 2);
  context.scale(MARK_PX / 26, MARK_PX / 26);
  const shape = new Path2D(path);
  context.strokeStyle = halo;
  context.lineWidth = 4;
  context.stroke(shape);
  context.fillStyle = color;
  context.fill(shape, "evenodd");
  return imageOf(context);
}

/** A pin whose tip is the place: cases stand off from the findings that they come of. */
function drawPin({ color, path }: Mark, { ink, halo }: Inks): ImageData {
  const [width, height] = PIN_PX;
  const context = canvas(width, height);
  context.fillStyle = halo;
  context.strokeStyle = ink;
  context.lineWidth = 1.5;
  context.beginPath();
  context.roundRect(1, 1, width - 2, width - 2, 6);
  context.fill();
  context.stroke();
  context.beginPath();
  context.moveTo(width / 2 - 5, width - 1.5);
  context.lineTo(width / 2, height - 1);
  context.lineTo(width / 2 + 5, width - 1.5);
  context.fill();
  context.stroke();
  context.translate(width / 2, width / 2);
  context.scale(0.95, 0.95);
  context.fillStyle = color;
  context.fill(new Path2D(path), "evenodd");
  return imageOf(context);
}

function drawStripes(color: string): ImageData {
  const context = canvas(8, 8);
  context.strokeStyle = color;
  context.lineWidth = 2;
  for (const shift of [-8, 0, 8]) {
    context.beginPath();
    context.moveTo(shift - 1, 9);
    context.lineTo(shift + 9, -1);
    context.stroke();
  }
  return imageOf(context);
}

/** Give a map every picture that the overlays name. */
export function addMarks(map: MapLibre, inks: Inks) {
  const add = (name: string, image: ImageData) => map.addImage(name, image, { pixelRatio: RATIO });
  for (const state of FINDING_STATES) {
    add(findingMark(state), drawMark(FINDING_MARKS[state], inks.halo));
  }
  for (const [light, mark] of Object.entries(LIGHT_MARKS))
    add(caseMark(light), drawPin(mark, inks));
  for (const [health, group] of Object.entries(HEALTH_GROUPS)) {
    add(cameraMark(health), drawMark(HEALTH_MARKS[group], inks.halo));
  }
  add(MISSED_PATTERN, drawStripes(LOOK_MARKS.missed.color));
}
