"""Training samples of pests: close views of single insects, and pieces of sticky traps."""

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from datasets.yolo import LabelledPicture
from training.compose import VISIBLE, Composer
from training.photometric import degrade
from training.samples import PAD, Sample
from training.settings import Mixture, Settings

RARE = 0.6
"""Exponent of the weight of rare classes: 0 draws all pictures equally often, 1 all classes."""
BACKGROUNDS = 0.04
"""Part of the samples of close views that show none of the pests."""
INSIDE = 0.8
"""Part of the views that stay inside the picture as far as it is large enough."""
AROUND_INSECTS = 0.85
"""Part of the pieces of traps that are cut around an insect."""
USUAL_SCALES, OTHER_SCALES, USUAL = 0.13, 0.4, 0.65
"""Standard deviation of the logarithm of a trap's scale: of the usual pieces, and of the others.
What is too small to be counted can be told only if most pieces keep their scale."""
OTHER_COLOUR = 0.08
"""Part of the pieces of traps whose sheet gets another colour."""
TRAP_LONG_SIDE = 1536
"""Traps are scaled to this long side, as when they are served."""

_Size = tuple[int, int]


class CloseViewComposer(Composer):
    """Turns close views every way, closes in on insects, and puts four side by side.

    Backgrounds are streets: they teach that not all that is seen is a pest.
    """

    def __init__(
        self,
        pictures: Sequence[LabelledPicture],
        backgrounds: Sequence[LabelledPicture],
        settings: Settings,
    ) -> None:
        super().__init__(pictures, backgrounds, settings)
        shown = {class_id: len(showing) for class_id, showing in self._showing}
        weights = np.array(
            [
                max((shown[c] ** -RARE for c in one.class_ids.tolist()), default=0)
                for one in pictures
            ]
        )
        self._weights = weights / weights.sum()

    def compose(self, index: int, mixture: Mixture, rng: Generator) -> Sample:
        """As `Composer.compose`, but the picture is drawn by its rarest class."""
        if rng.random() < mixture.mosaic:
            sample = self._four(rng)
        elif self._backgrounds and rng.random() < BACKGROUNDS:
            street = self.load(self._backgrounds[int(rng.integers(len(self._backgrounds)))], rng)
            scales = self._settings.background_scales
            sample = self._whole(self.dress_background(street, rng), scales, rng)
        else:
            sample = self._near(self._frame, rng, 0.25, 0.25, self._settings.scales)
        return replace(sample, image=degrade(sample.image, rng))

    def _four(self, rng: Generator) -> Sample:
        width, height = self._frame
        image = np.full((height, width, 3), PAD, np.uint8)
        split_x, split_y = (int(side * rng.uniform(0.35, 0.65)) for side in self._frame)
        parts = []
        for left, right in ((0, split_x), (split_x, width)):
            for top, bottom in ((0, split_y), (split_y, height)):
                part = self._near((right - left, bottom - top), rng, 0.55, 0.4, (0.9, 2.2))
                image[top:bottom, left:right] = part.image
                corner = np.array([left, top, left, top], np.float32)
                parts.append(replace(part, boxes=part.boxes + corner))
        return Sample(
            image,
            np.concatenate([part.boxes for part in parts]),
            np.concatenate([part.class_ids for part in parts]),
        )

    def _near(
        self, size: _Size, rng: Generator, zoom: float, least: float, scales: tuple[float, float]
    ) -> Sample:
        """Show a picture, or with probability `zoom` one insect over at least `least` of it."""
        drawn = int(rng.choice(len(self._pictures), p=self._weights))
        sample = turned(self.load(self._pictures[drawn], rng), rng)
        seen = np.array(sample.image.shape[1::-1])
        fit = float((np.array(size) / seen).min())
        if rng.random() < zoom and len(sample.boxes):
            x1, y1, x2, y2 = sample.boxes[int(rng.integers(len(sample.boxes)))].tolist()
            wanted = rng.uniform(least, 0.95) * min(size[0] / (x2 - x1), size[1] / (y2 - y1))
            scale = float(np.clip(wanted, fit * 0.5, fit * 4))
            shift = rng.uniform(-0.2, 0.2, 2) * np.array(size) / scale
            centre = np.array([x1 + x2, y1 + y2]) / 2 + shift
        else:
            scale = fit * float(np.exp(rng.uniform(*np.log(scales))))
            centre = seen * rng.uniform(0, 1, 2)
        return _view_around(sample, centre, scale, size, rng)


class TrapComposer(Composer):
    """Cuts pieces of the frame's size out of sticky traps, turned every way."""

    def compose(self, index: int, mixture: Mixture, rng: Generator) -> Sample:
        """As `Composer.compose`; traps need neither mosaics nor backgrounds."""
        sample = self.load(self._pictures[index], rng)
        spread = USUAL_SCALES if rng.random() < USUAL else OTHER_SCALES
        scale = TRAP_LONG_SIDE / max(sample.image.shape[:2])
        scale *= float(np.exp(np.clip(rng.normal(0, spread), -0.9, 0.95)))
        if len(sample.boxes) and rng.random() < AROUND_INSECTS:
            box = sample.boxes[int(rng.integers(len(sample.boxes)))]
            shift = rng.uniform(-0.5, 0.5, 2) * np.array(self._frame) / scale
            centre = (box[:2] + box[2:]) / 2 + shift
        else:
            centre = np.array(sample.image.shape[1::-1]) * rng.uniform(0, 1, 2)
        piece = turned(_view_around(sample, centre, scale, self._frame, rng), rng)
        if rng.random() < OTHER_COLOUR:
            piece = replace(piece, image=_other_hue(piece.image, rng))
        return replace(piece, image=degrade(piece.image, rng))


def turned(sample: Sample, rng: Generator) -> Sample:
    """Turn a sample by a multiple of 90 degrees and perhaps mirror it: insects lie anyhow."""
    image, boxes = sample.image, sample.boxes
    for _ in range(int(rng.integers(4))):
        width = image.shape[1]
        x1, y1, x2, y2 = boxes.T
        boxes = np.stack([y1, width - x2, y2, width - x1], axis=1)
        image = np.rot90(image)
    sample = Sample(np.ascontiguousarray(image), boxes, sample.class_ids)
    return sample.mirrored() if rng.random() < 0.5 else sample


def _view_around(
    sample: Sample, centre: NDArray[np.floating], scale: float, size: _Size, rng: Generator
) -> Sample:
    half = np.array(size) / scale / 2
    if rng.random() < INSIDE:
        rest = np.array(sample.image.shape[1::-1]) - half
        centre = np.clip(centre, np.minimum(half, rest), np.maximum(half, rest))
    origin = centre - half
    return sample.view((float(origin[0]), float(origin[1])), scale, size, VISIBLE)


def _other_hue(image: NDArray[np.uint8], rng: Generator) -> NDArray[np.uint8]:
    hsv = cv2.cvtColor(image, cv2.COLOR_BGR2HSV)
    hsv[..., 0] = (hsv[..., 0].astype(int) + int(rng.integers(-30, 31))) % 180
    return np.asarray(cv2.cvtColor(hsv, cv2.COLOR_HSV2BGR), np.uint8)
