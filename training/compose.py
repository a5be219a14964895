"""Makes training samples: whole views, mosaics, close views, and street scenes with potholes."""

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from datasets.yolo import LabelledPicture
from training.photometric import degrade
from training.potholes import Patch, cut_patches, paint, paste
from training.recipe import POTHOLE, Mixture
from training.samples import PAD, Image, Sample, load_sample

VISIBLE = 0.35
"""An object cut by the frame is still labelled if this fraction of its area is left."""
PATCHES_KEPT = 200
WHOLE_SCALES = (0.8, 2.2)
"""Range of scales of a road picture; 1 fits it into the frame."""
STREET_SCALES = (0.9, 2.2)
"""Range of scales of a street background, which is small to begin with."""
ROAD_BELOW, STREET_BELOW = 0.35, 0.62
"""Height above which no ground is looked for, as a fraction of the picture from its top."""
CRACK_CLOSE_UPS = 0.25
"""Part of the close views that show the starting picture rather than one with potholes."""


class Composer:
    """Makes one augmented sample after another from labelled pictures and backgrounds.

    Args:
        pictures: What to learn from.
        backgrounds: Pictures of streets without road damage; their boxes mark vehicles, on which
            nothing is pasted. With none, whole pictures take their share.
        frame: Width, height of every sample in pixels.
    """

    def __init__(
        self,
        pictures: Sequence[LabelledPicture],
        backgrounds: Sequence[LabelledPicture],
        frame: tuple[int, int],
    ) -> None:
        self._pictures = pictures
        self._backgrounds = backgrounds
        self._frame = frame
        self._patches: list[Patch] = []
        self._with_pothole = [p for p in pictures if (p.class_ids == POTHOLE).any()]

    def compose(self, index: int, mixture: Mixture, rng: Generator) -> Sample:
        """Make a sample that starts from one of the pictures.

        Args:
            index: Which picture; a street background is drawn at random instead.
            mixture: How often which kind of sample is made.
            rng: Source of randomness.

        Returns:
            A sample of the frame's size.
        """
        draw = rng.random()
        sample = load_sample(self._pictures[index])
        self._remember(sample, rng)
        if draw < mixture.mosaic:
            sample = self._mosaic(sample, rng)
        elif draw < mixture.mosaic + mixture.zoom and self._with_pothole:
            sample = self._zoom(sample, rng)
        elif draw < mixture.mosaic + mixture.zoom + mixture.whole or not self._backgrounds:
            if rng.random() < mixture.pasted:
                taken = sample.boxes[sample.class_ids == POTHOLE]
                sample = self._with_potholes(sample, taken, ROAD_BELOW, rng)
            sample = self._whole(sample, WHOLE_SCALES, rng)
        else:
            sample = self._street(rng)
        if rng.random() < 0.5:
            sample = sample.mirrored()
        return replace(sample, image=degrade(sample.image, rng))

    def _remember(self, sample: Sample, rng: Generator) -> None:
        """Keep the sample's potholes for pasting, the newest in place of random old ones."""
        for patch in cut_patches(sample, POTHOLE):
            if len(self._patches) < PATCHES_KEPT:
                self._patches.append(patch)
            else:
                self._patches[int(rng.integers(PATCHES_KEPT))] = patch

    def _whole(self, sample: Sample, scales: tuple[float, float], rng: Generator) -> Sample:
        width, height = self._frame
        fit = min(width / sample.image.shape[1], height / sample.image.shape[0])
        scale = fit * float(np.exp(rng.uniform(*np.log(scales))))
        slack = np.array(sample.image.shape[1::-1]) - np.array(self._frame) / scale
        origin = slack * rng.uniform(0, 1, size=2)
        return sample.view((float(origin[0]), float(origin[1])), scale, self._frame, VISIBLE)

    def _zoom(self, sample: Sample, rng: Generator) -> Sample:
        """Close in on one object, mostly a pothole, until it spans 15-75 % of the frame."""
        if rng.random() > CRACK_CLOSE_UPS or not len(sample.boxes):
            sample = load_sample(self._with_pothole[int(rng.integers(len(self._with_pothole)))])
        potholes = sample.boxes[sample.class_ids == POTHOLE]
        choice = potholes if len(potholes) else sample.boxes
        x1, y1, x2, y2 = choice[int(rng.integers(len(choice)))]
        width, height = self._frame
        fit = width / sample.image.shape[1]
        wanted = rng.uniform(0.15, 0.75) * min(width / (x2 - x1), height / (y2 - y1))
        scale = float(np.clip(wanted, fit, fit * 6))
        centre = np.array([x1 + x2, y1 + y2]) / 2
        shift = rng.uniform(-0.25, 0.25, size=2) * np.array(self._frame) / scale
        origin = centre + shift - np.array(self._frame) / scale / 2
        # Stay inside the picture where it is large enough: its edge would give the object away.
        room = np.array(sample.image.shape[1::-1]) - np.array(self._frame) / scale
        origin = np.clip(origin, np.minimum(0, room), np.maximum(0, room))
        return sample.view((float(origin[0]), float(origin[1])), scale, self._frame, VISIBLE)

    def _mosaic(self, first: Sample, rng: Generator) -> Sample:
        width, height = self._frame
        image = np.full((height, width, 3), PAD, np.uint8)
        split_x = int(width * rng.uniform(0.35, 0.65))
        split_y = int(height * rng.uniform(0.35, 0.65))
        boxes, class_ids = [], []
        others = rng.integers(len(self._pictures), size=3)
        samples = [first, *(load_sample(self._pictures[int(other)]) for other in others)]
        for number, sample in enumerate(samples):
            left, right = ((0, split_x), (split_x, width))[number % 2]
            top, bottom = ((0, split_y), (split_y, height))[number // 2]
            size = (right - left, bottom - top)
            cover = max(size[0] / sample.image.shape[1], size[1] / sample.image.shape[0])
            scale = cover * rng.uniform(1.3, 2.6)
            room = np.array(sample.image.shape[1::-1]) - np.array(size) / scale
            origin = room * rng.uniform(0, 1, size=2)
            tile = sample.view((float(origin[0]), float(origin[1])), scale, size, VISIBLE)
            image[top:bottom, left:right] = tile.image
            boxes.append(tile.boxes + np.array([left, top, left, top], np.float32))
            class_ids.append(tile.class_ids)
        return Sample(image, np.concatenate(boxes), np.concatenate(class_ids))

    def _street(self, rng: Generator) -> Sample:
        picture = self._backgrounds[int(rng.integers(len(self._backgrounds)))]
        street = load_sample(picture)
        empty = Sample(street.image, np.zeros((0, 4), np.float32), np.zeros(0, np.int64))
        if rng.random() < 0.5:
            empty = self._with_potholes(empty, street.boxes, STREET_BELOW, rng)
        return self._whole(empty, STREET_SCALES, rng)

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
        class_ids = np.concatenate([sample.class_ids, np.full(len(added), POTHOLE, np.int64)])
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
