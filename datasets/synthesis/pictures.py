"""Rendered single pictures with their truth, and how they are written for training."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from datasets.synthesis.types import Image

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class RenderedPicture:
    """One rendered picture and what it shows.

    Attributes:
        name: Name of its file without suffix.
        image: uint8 (H, W, 3), BGR.
        boxes: x1, y1, x2, y2 of each object in pixels.
        class_names: Class of each object.
        quality: Quality of its JPEG, 1 to 100.
    """

    name: str
    image: Image
    boxes: tuple[Box, ...]
    class_names: tuple[str, ...]
    quality: int = 90

    @cached_property
    def jpeg(self) -> bytes:
        """The picture as a camera would send it."""
        _, data = cv2.imencode(".jpg", self.image, [cv2.IMWRITE_JPEG_QUALITY, self.quality])
        return data.tobytes()

    def fractions(self) -> NDArray[np.float64]:
        """The boxes as (N, 4) centre x, centre y, width, height, in fractions of the picture."""
        height, width = self.image.shape[:2]
        corners = np.array(self.boxes, np.float64).reshape(-1, 4) / [width, height, width, height]
        low, high = corners[:, :2], corners[:, 2:]
        return np.hstack([(low + high) / 2, high - low])


def write_yolo(
    directory: Path, pictures: Iterable[RenderedPicture], classes: tuple[str, ...]
) -> int:
    """Write pictures as a YOLO data set: ``images/`` and ``labels/``.

    Args:
        directory: Where to; made if absent. Files of the same name are replaced.
        pictures: The pictures.
        classes: Class names in the order of their ids.

    Returns:
        How many pictures were written.
    """
    images, labels = directory / "images", directory / "labels"
    images.mkdir(parents=True, exist_ok=True)
    labels.mkdir(exist_ok=True)
    count = 0
    for count, picture in enumerate(pictures, start=1):  # noqa: B007
        (images / f"{picture.name}.jpg").write_bytes(picture.jpeg)
        lines = [
            f"{classes.index(name)} {' '.join(f'{part:.6f}' for part in row)}\n"
            for name, row in zip(picture.class_names, picture.fractions().tolist(), strict=True)
        ]
        (labels / f"{picture.name}.txt").write_text("".join(lines), encoding="ascii")
    return count
