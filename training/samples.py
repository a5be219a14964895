"""A labelled picture in memory, and the geometry that keeps its boxes true to it."""

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from datasets.yolo import LabelledPicture
from training.errors import TrainingError

Image = NDArray[np.uint8]

PAD = 114
"""Grey value around a letterboxed picture, as in serving."""
SHRINK_BY_AREA_BELOW = 0.7
"""Below this scale a picture is shrunk by averaging areas, so that thin cracks do not alias."""
SMALLEST_SIDE = 4.0
"""Objects whose shorter side falls below this many pixels are dropped: nothing is left to learn."""


@dataclass(frozen=True)
class Sample:
    """One labelled picture.

    Attributes:
        image: uint8 (H, W, 3), BGR.
        boxes: float32 (N, 4), x1, y1, x2, y2 in pixels of the image.
        class_ids: int64 (N,).
    """

    image: Image
    boxes: NDArray[np.float32]
    class_ids: NDArray[np.int64]

    def mirrored(self) -> "Sample":
        """The sample with left and right exchanged."""
        boxes = self.boxes.copy()
        boxes[:, [0, 2]] = self.image.shape[1] - self.boxes[:, [2, 0]]
        return replace(self, image=np.ascontiguousarray(self.image[:, ::-1]), boxes=boxes)

    def view(
        self, origin: tuple[float, float], scale: float, size: tuple[int, int], visible: float
    ) -> "Sample":
        """Cut a window from the sample and scale it.

        Args:
            origin: x, y of the window's top left corner, in pixels of this sample; may lie outside.
            scale: Pixels of the result per pixel of this sample.
            size: Width, height of the result in pixels. What lies outside this sample is padded.
            visible: An object stays if at least this fraction of its area is inside the window.

        Returns:
            The window, with the boxes clipped to it.
        """
        offset = -np.array(origin, np.float32) * scale
        source: NDArray[Any] = self.image
        zoom = scale
        if scale < SHRINK_BY_AREA_BELOW:
            source = cv2.resize(source, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
            zoom = 1.0
        image = cv2.warpAffine(
            source,
            np.array([[zoom, 0, offset[0]], [0, zoom, offset[1]]], np.float32),
            size,
            flags=cv2.INTER_CUBIC if zoom > 1 else cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=(PAD, PAD, PAD),
        )
        moved = self.boxes * scale + np.tile(offset, 2)
        clipped = np.clip(moved, 0, np.array([*size, *size], np.float32))
        sides = clipped[:, 2:] - clipped[:, :2]
        whole = (moved[:, 2:] - moved[:, :2]).prod(axis=1)
        keep = (sides.prod(axis=1) >= visible * whole) & (sides.min(axis=1) >= SMALLEST_SIDE)
        return Sample(image.astype(np.uint8, copy=False), clipped[keep], self.class_ids[keep])


def load_sample(picture: LabelledPicture) -> Sample:
    """Read a labelled picture.

    Raises:
        TrainingError: If the picture's file cannot be decoded.
    """
    image = cv2.imread(str(picture.path))
    if image is None:
        raise TrainingError(
            f"{picture.path} cannot be decoded", hint="Remove the file and its label, or mend it."
        )
    height, width = image.shape[:2]
    return Sample(
        image.astype(np.uint8, copy=False), picture.corners(width, height), picture.class_ids
    )
