"""A camera's pictures in time."""

from dataclasses import dataclass
from datetime import datetime

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import AwareDatetime, BaseModel, ConfigDict

WORKING_SIDE = 1280
"""Longest side in pixels at which pictures are compared: two to six tiles of the network."""


class FrameRef(BaseModel):
    """Names one frame.

    Attributes:
        at: When it was taken, in the camera's own time zone: days and half-days are its own.
        name: File name or identifier.
        digest: SHA-256 of its bytes, lower-case hexadecimal; None where nobody asked.
    """

    model_config = ConfigDict(frozen=True)

    at: AwareDatetime
    name: str
    digest: str | None = None

    @property
    def order(self) -> tuple[datetime, str]:
        """What frames are sorted by."""
        return self.at, self.name


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """A frame with its pixels: uint8 (H, W, 3), BGR."""

    ref: FrameRef
    image: NDArray[np.uint8]


def to_working_size(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Scale a picture down to the size at which pictures are compared; never up."""
    scale = WORKING_SIDE / max(image.shape[:2])
    if scale >= 1:
        return image
    return np.asarray(
        cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8
    )
