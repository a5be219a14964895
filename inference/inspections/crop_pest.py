"""Pests of rice in close views, and insects on sticky traps."""

from pathlib import Path
from typing import Self

import cv2
import numpy as np

from inference.choices import VariantChoice
from inference.decode import Picture
from inference.detections import Detections
from inference.detector import Detector
from inference.engine import Engine
from inference.inspections.base import Kind, PictureInspection
from inference.policy import ExecutionPolicy, load_model_for
from inference.tiling import TiledDetector, Tiling

CLOSE_VIEWS, TRAPS = "rice_pests", "sticky_trap"
TRAP_TILING = Tiling(long_side=1536, overlap=128)
"""Insects of 10 to 95 pixels on pictures of this long side are what the model has learned."""

_SEEN_AT = 160
"""Long side in pixels of the copy whose colours are measured."""
_SHEET_HUE, _SHEET_SATURATION, _SHEET_VALUE = (20, 29), 140, 100
"""OpenCV's HSV: hue in steps of 2 degrees, so 40 to 58 degrees; the others from 0 to 255."""
_SHEET_SHARE = 0.22


def is_trap_sheet(picture: Picture) -> bool:
    """Say whether a picture shows a yellow sticky trap.

    It does if at least 22 % of it is of the sheet's saturated yellow (HSV hue 40 to 58 degrees,
    saturation from 0.55, value from 0.39). Yellow-green leaves lie beyond that hue. Traps of
    another colour are not recognised.

    Args:
        picture: The decoded picture.
    """
    height, width = picture.image.shape[:2]
    scale = min(1.0, _SEEN_AT / max(height, width))
    size_wh = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(picture.image, size_wh, interpolation=cv2.INTER_AREA)
    low = (_SHEET_HUE[0], _SHEET_SATURATION, _SHEET_VALUE)
    yellow = cv2.inRange(cv2.cvtColor(small, cv2.COLOR_BGR2HSV), low, (_SHEET_HUE[1], 255, 255))
    return bool(np.count_nonzero(yellow) >= _SHEET_SHARE * yellow.size)


class CropPest(PictureInspection):
    """Pests of a field: a close view names them, a sticky trap counts whatever stuck to it.

    A picture is either the one or the other, see `is_trap_sheet`; its detections have the classes
    of the model that looked at it, so that no count of the other's classes is claimed.
    """

    name = "crop_pest"
    kind = Kind.AREA
    model_names = (CLOSE_VIEWS, TRAPS)

    @classmethod
    def load(
        cls,
        policy: ExecutionPolicy,
        *,
        variant: VariantChoice,
        threshold: float | None,
        root: Path | None,
    ) -> Self:
        """Load both models; arguments and errors as in `inference.inspections.get_inspection`."""
        close_views, traps = (
            Engine(load_model_for(policy, name, variant, root), policy) for name in cls.model_names
        )
        return cls(
            {
                CLOSE_VIEWS: Detector(close_views, threshold),
                TRAPS: TiledDetector(traps, TRAP_TILING, threshold),
            }
        )

    @property
    def input_size(self) -> int:
        """Long side in pixels that pictures should keep when they are decoded: a trap's."""
        return TRAP_TILING.long_side

    def inspect(self, picture: Picture) -> Detections:
        """Find the pests of a close view, or the insects of a trap."""
        return self.detectors[TRAPS if is_trap_sheet(picture) else CLOSE_VIEWS].detect(picture)
