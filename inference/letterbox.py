"""Fits a picture into a detector's input and brings boxes back."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.decode import Picture

STRIDE = 32
PAD_VALUE = 114


@dataclass(frozen=True, slots=True, eq=False)
class Letterboxed:
    """A picture scaled to keep its aspect ratio, on a grey canvas.

    Attributes:
        image: uint8 (H, W, 3), BGR, H and W multiples of 32.
        scale_xy: Pixels of the canvas per pixel of the original picture, in x and y.
        offset_xy: Left and top padding in pixels of the canvas.
        resolution_wh: Width and height in pixels of the original picture.
    """

    image: NDArray[np.uint8]
    scale_xy: tuple[float, float]
    offset_xy: tuple[int, int]
    resolution_wh: tuple[int, int]

    def to_original(self, boxes: NDArray[np.float32]) -> NDArray[np.float32]:
        """Bring boxes from the canvas to the original picture, clipped to it.

        Args:
            boxes: float32 (N, 4): x1, y1, x2, y2 in pixels of the canvas.

        Returns:
            float32 (N, 4): x1, y1, x2, y2 in pixels of the original picture.
        """
        offset = np.array(self.offset_xy * 2, np.float32)
        scale = np.array(self.scale_xy * 2, np.float32)
        limit = np.array(self.resolution_wh * 2, np.float32)
        original: NDArray[np.float32] = np.clip((boxes - offset) / scale, 0, limit)
        return original


def letterbox(picture: Picture, long_side: int) -> Letterboxed:
    """Scale a picture so that its long side is `long_side`, centred on the smallest fitting canvas.

    The canvas has sides that are multiples of 32, which is the largest stride of the detectors;
    the split of the padding and its value are those that Ultralytics trains with.

    Args:
        picture: The decoded picture, at its full or a reduced size.
        long_side: Long side of the canvas in pixels, a multiple of 32.

    Returns:
        The canvas and what is needed to bring boxes back.
    """
    scale = long_side / max(picture.width, picture.height)
    width = max(1, round(picture.width * scale))
    height = max(1, round(picture.height * scale))
    canvas_wh = _round_up(width), _round_up(height)
    left = round((canvas_wh[0] - width) / 2 - 0.1)
    top = round((canvas_wh[1] - height) / 2 - 0.1)
    canvas = np.full((canvas_wh[1], canvas_wh[0], 3), PAD_VALUE, np.uint8)
    shrinks_much = width * 2 < picture.image.shape[1]
    cv2.resize(
        picture.image,
        (width, height),
        dst=canvas[top : top + height, left : left + width],
        interpolation=cv2.INTER_AREA if shrinks_much else cv2.INTER_LINEAR,
    )
    return Letterboxed(
        image=canvas,
        scale_xy=(width / picture.width, height / picture.height),
        offset_xy=(left, top),
        resolution_wh=(picture.width, picture.height),
    )


def _round_up(side: int) -> int:
    return -(-side // STRIDE) * STRIDE
