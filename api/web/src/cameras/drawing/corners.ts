import { ShapeType, type ImageAnnotation, type Polygon } from "@annotorious/react";

/** x, y as shares of the picture's width and height. */
export type Corner = readonly [number, number];

export interface Size {
  width: number;
  height: number;
}

/** The corners of what stands in the picture, in shares of it. */
export function cornersOf(annotation: ImageAnnotation, { width, height }: Size): Corner[] {
  const { geometry } = annotation.target.selector as Polygon;
  return geometry.points.map(([x, y]) => [x! / width, y! / height]);
}

export function annotationOf(id: string, corners: readonly Corner[], size: Size): ImageAnnotation {
  const points = corners.map(([x, y]) => [x * size.width, y * size.height]);
  const xs = points.map(([x]) => x!);
  const ys = points.map(([, y]) => y!);
  return {
    id,
    bodies: [],
    target: {
      annotation: id,
      selector: {
        type: ShapeType.POLYGON,
        geometry: {
          points,
          bounds: {
            minX: Math.min(...xs),
            minY: Math.min(...ys),
            maxX: Math.max(...xs),
            maxY: Math.max(...ys),
          },
        },
      } as Polygon,
    },
  };
}

const NEAR = 1e-6;

export function sameCorners(a: readonly Corner[] | null, b: readonly Corner[] | null): boolean {
  if (a === null || b === null) return a === b;
  return (
    a.length === b.length &&
    a.every(([x, y], n) => Math.abs(x - b[n]![0]) < NEAR && Math.abs(y - b[n]![1]) < NEAR)
  );
}
