"""Training samples of streets: like any other's, with made-up plates on cars, and smoke behind."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from datasets.yolo import LabelledPicture
from training.compose import Composer
from training.exhaust import paint_exhaust
from training.replate import mount_plate
from training.samples import Sample
from training.settings import Settings

REPLATED = 0.5
"""Part of the photos with known plate corners that get made-up plates."""
SMOKING = 0.35
"""Part of the pictures without smoke in which a vehicle is made to smoke."""
LEAST_VEHICLE = 0.12
"""A vehicle that is made to smoke is at least this wide, as a fraction of the picture's width."""


class StreetComposer(Composer):
    """Puts rendered plates in place of real ones, and lets vehicles smoke.

    Args:
        pictures: What to learn from.
        backgrounds: Pictures that show nothing of what is learned.
        settings: Frame, scales.
        classes: The model's classes, in the order of its class index.
        smoking: Classes that can smoke.
        corners: Corners of the plates of some pictures, float32 (4, 2) each, by file.
    """

    def __init__(
        self,
        pictures: Sequence[LabelledPicture],
        backgrounds: Sequence[LabelledPicture],
        settings: Settings,
        *,
        classes: Sequence[str],
        smoking: Sequence[str],
        corners: Mapping[Path, Sequence[NDArray[np.float32]]],
    ) -> None:
        super().__init__(pictures, backgrounds, settings, focus=range(len(classes)))
        self._smoking = [classes.index(name) for name in smoking]
        self._plate, self._smoke = classes.index("plate"), classes.index("black_smoke")
        self._corners = corners

    def load(self, picture: LabelledPicture, rng: Generator) -> Sample:
        """Read a picture, change its plates, and let a vehicle smoke."""
        sample = super().load(picture, rng)
        if rng.random() < REPLATED and (corners := self._corners.get(picture.path)):
            sample = self._replated(sample, corners, rng)
        if rng.random() < SMOKING and self._smoke not in sample.class_ids:
            sample = self._with_smoke(sample, rng)
        return sample

    def _replated(
        self, sample: Sample, corners: Sequence[NDArray[np.float32]], rng: Generator
    ) -> Sample:
        image = sample.image
        others = sample.class_ids != self._plate
        boxes = []
        for plate in corners:
            image, mounted = mount_plate(image, plate, rng)
            boxes.append([*mounted.min(axis=0), *mounted.max(axis=0)])
        limit = np.array(image.shape[1::-1] * 2, np.float32)
        return replace(
            sample,
            image=image,
            boxes=np.concatenate(
                [sample.boxes[others], np.clip(boxes, 0, limit, dtype=np.float32)]
            ),
            class_ids=np.append(sample.class_ids[others], [self._plate] * len(boxes)),
        )

    def _with_smoke(self, sample: Sample, rng: Generator) -> Sample:
        wide = sample.boxes[:, 2] - sample.boxes[:, 0] >= LEAST_VEHICLE * sample.image.shape[1]
        vehicles = sample.boxes[np.isin(sample.class_ids, self._smoking) & wide]
        painted = paint_exhaust(sample.image, vehicles, rng) if len(vehicles) else None
        if painted is None:
            return sample
        image, box = painted
        return Sample(
            image, np.vstack([sample.boxes, box]), np.append(sample.class_ids, self._smoke)
        )
