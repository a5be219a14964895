"""The pictures that the plate reader is handed: 192x96 pixels round each detector's box."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

CROP_WIDTH, CROP_HEIGHT = 192, 96
_ROOM = 1.38  # width of the crop in widths of the plate
_LEAST_ASPECT = 1.7  # of the plate: boxes of tilted plates and of two rows are taller
_Boxes = NDArray[np.floating[Any]]


def crop_regions(boxes: _Boxes) -> _Boxes:
    """Where to cut the crops out: the boxes with room around them, all twice as wide as high.

    Args:
        boxes: (N, 4) x1, y1, x2, y2.

    Returns:
        (N, 4) x1, y1, x2, y2; may reach over the picture's edge.
    """
    size = boxes[:, 2:] - boxes[:, :2]
    width = _ROOM * np.maximum(np.maximum(size[:, 0], _LEAST_ASPECT * size[:, 1]), 1.0)
    half = np.stack([width, width * CROP_HEIGHT / CROP_WIDTH], axis=1) / 2
    center = (boxes[:, :2] + boxes[:, 2:]) / 2
    return np.hstack([center - half, center + half])


def cut(image: NDArray[np.uint8], region: _Boxes) -> NDArray[np.uint8]:
    """Cut one region out, the picture's edge repeated beyond it.

    Args:
        image: uint8 (H, W, 3).
        region: x1, y1, x2, y2 in pixels of `image`.

    Returns:
        uint8 (96, 192, 3).
    """
    # Average over the pixels that fall together, or small print would be lost to aliasing.
    shrink = min(1.0, CROP_WIDTH / float(region[2] - region[0]))
    if shrink < 1.0:
        height, width = image.shape[:2]
        low = np.clip(np.floor(region[:2]) - 2, 0, (width - 1, height - 1)).astype(int)
        high = np.clip(np.ceil(region[2:]) + 2, low + 1, (width, height)).astype(int)
        part = image[low[1] : high[1], low[0] : high[0]]
        size = np.maximum(1, np.round((high - low) * shrink)).astype(int)
        image = np.asarray(cv2.resize(part, size.tolist(), interpolation=cv2.INTER_AREA), np.uint8)
        region = (region - np.tile(low, 2)) * np.tile(size / (high - low), 2)
    scale = (region[2:] - region[:2]) / (CROP_WIDTH, CROP_HEIGHT)
    # Pixel centres lie at halves: OpenCV counts from the centre of the first.
    shift = region[:2] + scale / 2 - 0.5
    inverse = np.array([[scale[0], 0, shift[0]], [0, scale[1], shift[1]]], np.float64)
    crop = cv2.warpAffine(
        image,
        inverse,
        (CROP_WIDTH, CROP_HEIGHT),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(crop, np.uint8)
