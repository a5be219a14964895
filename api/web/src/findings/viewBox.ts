export interface Size {
  width: number;
  height: number;
}

/** In pixels of the frame. */
export type Box = readonly [x1: number, y1: number, x2: number, y2: number];

const MARGIN = 0.6; // of the boxes' own size, on every side
const LEAST = 0.22; // of the picture's width: a tiny box keeps some of its surroundings

/** What part of a picture to show, in its pixels: around the boxes, or all of it without any. */
export function viewBoxOf({ width, height }: Size, boxes: readonly Box[]) {
  if (boxes.length === 0) return { x: 0, y: 0, width, height };
  const x1 = Math.min(...boxes.map((box) => box[0]));
  const y1 = Math.min(...boxes.map((box) => box[1]));
  const x2 = Math.max(...boxes.map((box) => box[2]));
  const y2 = Math.max(...boxes.map((box) => box[3]));
  const scale = Math.min(
    1,
    Math.max(
      LEAST,
      ((x2 - x1) * (1 + 2 * MARGIN)) / width,
      ((y2 - y1) * (1 + 2 * MARGIN)) / height,
    ),
  );
  const within = (centre: number, part: number, whole: number) =>
    Math.min(Math.max(centre - part / 2, 0), whole - part);
  return {
    x: within((x1 + x2) / 2, width * scale, width),
    y: within((y1 + y2) / 2, height * scale, height),
    width: width * scale,
    height: height * scale,
  };
}

/** A box that a person drew: 0 to 1 of the picture's width and height. */
export interface DrawnBox {
  class: string;
  x1: number;
  y1: number;
  x2: number;
  y2: number;
}

export function inPixels({ x1, y1, x2, y2 }: DrawnBox, { width, height }: Size): Box {
  return [x1 * width, y1 * height, x2 * width, y2 * height];
}

export function inParts(name: string, [x1, y1, x2, y2]: Box, { width, height }: Size): DrawnBox {
  const part = (value: number, whole: number) => Math.min(Math.max(value / whole, 0), 1);
  return {
    class: name,
    x1: part(x1, width),
    y1: part(y1, height),
    x2: part(x2, width),
    y2: part(y2, height),
  };
}
