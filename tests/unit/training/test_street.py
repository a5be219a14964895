"""Samples of streets: plates are changed where they are known, and vehicles smoke visibly."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from datasets.yolo import LabelledPicture
from training.exhaust import paint_exhaust
from training.replate import mount_plate
from training.samples import Sample
from training.settings import Mixture, Settings
from training.street import StreetComposer

CLASSES = ("car", "plate", "black_smoke")
CORNERS = np.array([[100, 150], [180, 154], [180, 180], [100, 176]], np.float32)
VEHICLE = np.array([[40, 40, 260, 200]], np.float32)


@pytest.fixture
def photo(tmp_path: Path) -> LabelledPicture:
    """A pale car with a blue plate."""
    image = np.full((240, 320, 3), 200, np.uint8)
    cv2.fillPoly(image, [CORNERS.astype(np.int32)], (150, 60, 10))
    cv2.imwrite(str(tmp_path / "a.png"), image)
    corners = np.vstack([VEHICLE, [[100, 150, 180, 180]]]) / [320, 240, 320, 240]
    return LabelledPicture(
        tmp_path / "a.png",
        np.hstack([(corners[:, :2] + corners[:, 2:]) / 2, corners[:, 2:] - corners[:, :2]]).astype(
            np.float32
        ),
        np.array([0, 1]),
    )


def composer(photo: LabelledPicture) -> StreetComposer:
    return StreetComposer(
        [photo],
        [],
        Settings(image_size=320),
        classes=CLASSES,
        smoking=("car",),
        corners={photo.path: [CORNERS]},
    )


def test_plates_change_their_colour_but_not_their_place(photo: LabelledPicture) -> None:
    colours, street = set(), composer(photo)
    for seed in range(20):
        sample = street.load(photo, np.random.default_rng(seed))
        (box,) = sample.boxes[sample.class_ids == 1]
        assert box == pytest.approx([100, 150, 180, 180], abs=14)
        middle = sample.image[157:172, 110:170].reshape(-1, 3).mean(axis=0)
        colours.add(int(middle.argmax()))
    assert colours == {0, 1, 2}


def test_smoke_darkens_its_box_and_hardly_anything_else(photo: LabelledPicture) -> None:
    street, plain = composer(photo), np.asarray(cv2.imread(str(photo.path)), np.float32)
    smoking = 0
    for seed in range(30):
        sample = street.load(photo, np.random.default_rng(seed))
        smoke = sample.boxes[sample.class_ids == 2]
        if not len(smoke):
            continue
        smoking += 1
        x1, y1, x2, y2 = smoke[0].astype(int)
        change = np.abs(sample.image - plain).mean(axis=2)
        change[140:190, 90:190] = 0  # the plate may be another one
        inside = change[y1:y2, x1:x2].sum()
        assert inside >= 0.6 * change.sum()
    assert smoking >= 3


def test_a_plume_that_nobody_would_see_is_not_painted() -> None:
    night = np.zeros((240, 320, 3), np.uint8)
    for seed in range(20):
        assert paint_exhaust(night, VEHICLE, np.random.default_rng(seed)) is None


def test_a_plate_is_as_bright_as_the_one_it_replaces() -> None:
    for level in (40, 220):
        image = np.full((240, 320, 3), level // 2, np.uint8)
        cv2.fillPoly(image, [CORNERS.astype(np.int32)], (level, level, level))
        mounted, corners = mount_plate(image, CORNERS, np.random.default_rng(1))
        assert (mounted[:100] == image[:100]).all()
        low, high = corners.min(axis=0).astype(int), corners.max(axis=0).astype(int)
        bright = np.percentile(mounted[low[1] : high[1], low[0] : high[0]].mean(axis=2), 92)
        assert 0.5 * level < bright < 1.4 * level


@pytest.mark.parametrize("kind", ["whole", "mosaic", "zoom"])
def test_samples_keep_boxes_inside_and_repeat_with_the_seed(
    photo: LabelledPicture, kind: str
) -> None:
    only = Mixture(**{"whole": 0, "mosaic": 0, "zoom": 0} | {kind: 1})
    samples: list[list[Sample]] = []
    for _ in range(2):
        street = composer(photo)
        samples.append([street.compose(0, only, np.random.default_rng(s)) for s in range(6)])
    for first, second in zip(*samples, strict=True):
        assert (first.image == second.image).all()
        assert (first.boxes >= 0).all()
        assert (first.boxes[:, 2:] <= np.array(first.image.shape[1::-1])).all()
