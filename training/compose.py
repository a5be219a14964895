"""Makes training samples of any detector: whole views, mosaics, close views, backgrounds."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.random import Generator

from datasets.yolo import LabelledPicture
from training.photometric import degrade
from training.samples import PAD, Sample, load_sample
from training.settings import Mixture, Settings

VISIBLE = 0.35
"""An object cut by the frame is still labelled if this fraction of its area is left."""
OWN_CLOSE_VIEWS = 0.25
"""Part of the close views that show the starting picture rather than one drawn by its class."""


class Composer:
    """Makes one augmented sample after another from labelled pictures and backgrounds.

    A model that needs more overrides `load`, `remember`, `dress` or `dress_background`.

    Args:
        pictures: What to learn from.
        backgrounds: Pictures that show nothing of what is learned. With none, whole pictures take
            their share.
        settings: Frame, scales.
        focus: Classes that close views show; each is drawn equally often, however rare it is. By
            default all.
    """

    def __init__(
        self,
        pictures: Sequence[LabelledPicture],
        backgrounds: Sequence[LabelledPicture],
        settings: Settings,
        focus: Sequence[int] | None = None,
    ) -> None:
        self._pictures = pictures
        self._backgrounds = backgrounds
        self._settings = settings
        self._frame = settings.frame
        showing: dict[int, list[LabelledPicture]] = {}
        for picture in pictures:
            for class_id in np.unique(picture.class_ids).tolist():
                if focus is None or class_id in focus:
                    showing.setdefault(class_id, []).append(picture)
        self._showing = sorted(showing.items())

    def compose(self, index: int, mixture: Mixture, rng: Generator) -> Sample:
        """Make a sample that starts from one of the pictures.

        Args:
            index: Which picture; a background is drawn at random instead.
            mixture: How often which kind of sample is made.
            rng: Source of randomness.

        Returns:
            A sample of the frame's size.
        """
        draw = rng.random()
        sample = self.load(self._pictures[index], rng)
        self.remember(sample, rng)
        if draw < mixture.mosaic:
            sample = self._mosaic(sample, rng)
        elif draw < mixture.mosaic + mixture.zoom and self._showing:
            sample = self._zoom(sample, rng)
        elif draw < mixture.mosaic + mixture.zoom + mixture.whole or not self._backgrounds:
            sample = self._whole(self.dress(sample, rng), self._settings.scales, rng)
        else:
            picture = self._backgrounds[int(rng.integers(len(self._backgrounds)))]
            background = self.dress_background(self.load(picture, rng), rng)
            sample = self._whole(background, self._settings.background_scales, rng)
        if rng.random() < 0.5:
            sample = sample.mirrored()
        return replace(sample, image=degrade(sample.image, rng))

    def load(self, picture: LabelledPicture, rng: Generator) -> Sample:
        """Read a picture, as it is or changed."""
        return load_sample(picture)

    def remember(self, sample: Sample, rng: Generator) -> None:
        """Note something of a picture that was read, for later samples; by default nothing."""

    def dress(self, sample: Sample, rng: Generator) -> Sample:
        """Change a whole picture before it is scaled; by default not at all."""
        return sample

    def dress_background(self, sample: Sample, rng: Generator) -> Sample:
        """Make a background: by default the picture as it is, with nothing in it to find."""
        return Sample(sample.image, np.zeros((0, 4), np.float32), np.zeros(0, np.int64))

    def _whole(self, sample: Sample, scales: tuple[float, float], rng: Generator) -> Sample:
        width, height = self._frame
        fit = min(width / sample.image.shape[1], height / sample.image.shape[0])
        scale = fit * float(np.exp(rng.uniform(*np.log(scales))))
        slack = np.array(sample.image.shape[1::-1]) - np.array(self._frame) / scale
        origin = slack * rng.uniform(0, 1, size=2)
        return sample.view((float(origin[0]), float(origin[1])), scale, self._frame, VISIBLE)

    def _zoom(self, sample: Sample, rng: Generator) -> Sample:
        """Close in on one object until it spans 15-75 % of the frame."""
        class_id, pictures = self._showing[int(rng.integers(len(self._showing)))]
        if rng.random() > OWN_CLOSE_VIEWS or not len(sample.boxes):
            sample = self.load(pictures[int(rng.integers(len(pictures)))], rng)
        wanted_boxes = sample.boxes[sample.class_ids == class_id]
        choice = wanted_boxes if len(wanted_boxes) else sample.boxes
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
        samples = [first, *(self.load(self._pictures[int(other)], rng) for other in others)]
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
