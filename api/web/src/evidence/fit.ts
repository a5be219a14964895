import { useElementSize } from "@mantine/hooks";
import type { CSSProperties } from "react";

import { viewBoxOf, type Box } from "../findings/viewBox";

export interface Size {
  width: number;
  height: number;
}

/**
 * How a picture lies in the element that shows it, whole or close around some boxes.
 *
 * Pictures and videos are laid out by `style`, drawings over them by `viewBox`; both then have the
 * picture's pixels as their coordinates.
 */
export function useFit(size: Size, boxes: readonly Box[]) {
  const { ref, width, height } = useElementSize<HTMLDivElement>();
  const view = viewBoxOf(size, boxes);
  const scale = width && height ? Math.min(width / view.width, height / view.height) : 0;
  const left = (width - view.width * scale) / 2 - view.x * scale;
  const top = (height - view.height * scale) / 2 - view.y * scale;
  const style: CSSProperties = {
    width: size.width * scale,
    height: size.height * scale,
    transform: `translate(${left}px, ${top}px)`,
  };
  return {
    ref,
    style,
    viewBox: `${view.x} ${view.y} ${view.width} ${view.height}`,
    /** The picture's pixels in one of the screen's. */
    pixel: scale ? 1 / scale : 1,
    /** What of the element's width holds the picture, 0 to 1. */
    shown: width
      ? { from: Math.max(0, left / width), to: Math.min(1, (left + size.width * scale) / width) }
      : { from: 0, to: 1 },
  };
}
