import type { Corner } from "./corners";

/**
 * Where a point of the unit square lies once its corners are laid on four corners in perspective.
 * P. Heckbert, "Fundamentals of Texture Mapping and Image Warping", 1989, section 2.2.3.
 */
function perspective([p0, p1, p2, p3]: readonly Corner[]): (u: number, v: number) => Corner {
  const [dx1, dy1] = [p1![0] - p2![0], p1![1] - p2![1]];
  const [dx2, dy2] = [p3![0] - p2![0], p3![1] - p2![1]];
  const [sx, sy] = [p0![0] - p1![0] + p2![0] - p3![0], p0![1] - p1![1] + p2![1] - p3![1]];
  const area = dx1 * dy2 - dx2 * dy1;
  const g = (sx * dy2 - dx2 * sy) / area;
  const h = (dx1 * sy - sx * dy1) / area;
  const x = [p1![0] - p0![0] + g * p1![0], p3![0] - p0![0] + h * p3![0], p0![0]] as const;
  const y = [p1![1] - p0![1] + g * p1![1], p3![1] - p0![1] + h * p3![1], p0![1]] as const;
  return (u, v) => {
    const depth = g * u + h * v + 1;
    return [(x[0] * u + x[1] * v + x[2]) / depth, (y[0] * u + y[1] * v + y[2]) / depth];
  };
}

/** The lines between floors and between window columns of a facade, in the picture's shares. */
export function gridLines(
  corners: readonly Corner[],
  floors: number,
  columns: number,
): [Corner, Corner][] {
  const at = perspective(corners);
  const inner = (parts: number) => Array.from({ length: parts - 1 }, (_, n) => (n + 1) / parts);
  return [
    ...inner(floors).map((v): [Corner, Corner] => [at(0, v), at(1, v)]),
    ...inner(columns).map((u): [Corner, Corner] => [at(u, 0), at(u, 1)]),
  ];
}
