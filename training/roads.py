"""Training samples of roads: like any other's, with potholes put where there are none."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from datasets.yolo import LabelledPicture
from training.compose import Composer
from training.potholes import Patch, cut_patches, paint, paste
from training.samples import Image, Sample
from training.settings import Settings

PASTED = 0.30
"""Part of the whole pictures that get potholes put in."""
PASTED_ON_BACKGROUNDS = 0.5
PATCHES_KEPT = 200
ROAD_BELOW, STREET_BELOW = 0.35, 0.62
"""Height above which no ground is looked for, as a fraction of the picture from its top."""


class RoadComposer(Composer):
    """Puts copied and painted potholes on roads and on streets without damage.

    Args:
        pictures: What to learn from.
        backgrounds: Pictures of streets without road damage; their boxes mark vehicles, on which
            nothing is pasted.
        settings: Frame, scales.
        pothole: Class id of potholes, which close views show too.
        pasted: Part of the whole pictures that get potholes.
    """

    def __init__(
        self,
        pictures: Sequence[LabelledPicture],
        backgrounds: Sequence[LabelledPicture],
        settings: Settings,
        *,
        pothole: int,
        pasted: float = PASTED,
    ) -> None:
        super().__init__(pictures, backgrounds, settings, focus=(pothole,))
        self._pothole = pothole
        self._pasted = pasted
        self._patches: list[Patch] = []

    def remember(self, sample: Sample, rng: Generator) -> None:
        """Keep the sample's potholes for pasting, the newest in place of random old ones."""
        for patch in cut_patches(sample, self._pothole):
            if len(self._patches) < PATCHES_KEPT:
                self._patches.append(patch)
            else:
                self._patches[int(rng.integers(PATCHES_KEPT))] = patch

    def dress(self, sample: Sample, rng: Generator) -> Sample:
        """Put potholes on some of the roads."""
        if rng.random() < self._pasted:
            taken = sample.boxes[sample.class_ids == self._pothole]
            sample = self._with_potholes(sample, taken, ROAD_BELOW, rng)
        return sample

    def dress_background(self, sample: Sample, rng: Generator) -> Sample:
        """Put potholes on some of the streets, clear of the vehicles."""
        empty = super().dress_background(sample, rng)
        if rng.random() < PASTED_ON_BACKGROUNDS:
            empty = self._with_potholes(empty, sample.boxes, STREET_BELOW, rng)
        return empty

    def _with_potholes(
        self, sample: Sample, taken: NDArray[np.float32], below: float, rng: Generator
    ) -> Sample:
        """Put one to three potholes on the ground, clear of the boxes that are taken."""
        image = sample.image.copy()
        added: list[NDArray[np.float32]] = []
        for _ in range(int(rng.integers(1, 4))):
            box = _free_ground(image, [*taken, *added], below, rng)
            if box is None:
                continue
            sharp = [patch for patch in self._patches if patch.is_sharp_at(box)]
            if sharp and rng.random() < 0.5:
                paste(image, sharp[int(rng.integers(len(sharp)))], box, rng)
            else:
                paint(image, box, rng)
            added.append(box)
        boxes = np.concatenate([sample.boxes, np.array(added, np.float32).reshape(-1, 4)])
        class_ids = np.concatenate([sample.class_ids, np.full(len(added), self._pothole, np.int64)])
        return Sample(image, boxes, class_ids)


def _free_ground(
    image: Image, taken: Sequence[NDArray[np.float32]], below: float, rng: Generator
) -> NDArray[np.float32] | None:
    """Find a place that looks like ground: low in the picture, grey or brown, not taken.

    Returns:
        (4,), x1, y1, x2, y2 in pixels, the larger the lower it lies; None if none was found.
    """
    height, width = image.shape[:2]
    for _ in range(8):
        y = rng.uniform(below, 0.92) * height
        near = (y / height) ** 1.5
        box_width = width * near * float(np.exp(rng.uniform(np.log(0.05), np.log(0.45))))
        box_height = box_width * rng.uniform(0.25, 0.75)
        x = rng.uniform(0.6 * box_width, max(width - 0.6 * box_width, 0.61 * box_width))
        box = np.array(
            [x - box_width / 2, y - box_height / 2, x + box_width / 2, y + box_height / 2],
            np.float32,
        )
        inside = box[1] >= 0 and box[3] < height and box[0] >= 0 and box[2] < width
        if not inside or box_height < 8:
            continue
        free = all(
            box[2] < other[0] or other[2] < box[0] or box[3] < other[1] or other[3] < box[1]
            for other in taken
        )
        left, top, right, bottom = box.astype(int)
        hsv = cv2.cvtColor(image[top:bottom, left:right], cv2.COLOR_BGR2HSV)
        even = float(hsv[..., 2].std()) < 35 and float(hsv[..., 1].mean()) < 90
        if free and even and 25 < float(hsv[..., 2].mean()) < 235:
            return box
    return None
