import numpy as np
import pytest

from training.photometric import degrade
from training.potholes import cut_patches, paint, paste
from training.samples import Image, Sample


def ground(seed: int = 0) -> Image:
    noise = np.random.default_rng(seed).normal(130, 5, (200, 300, 3))
    return noise.clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize("seed", range(8))
def test_a_painted_pothole_changes_its_box_and_nothing_else(seed: int) -> None:
    image = ground()
    before = image.astype(int)
    paint(image, np.array([100, 80, 180, 130], np.float32), np.random.default_rng(seed))
    changed = np.abs(image - before).max(axis=2) > 12
    rows, columns = np.nonzero(changed)
    assert changed[80:130, 100:180].mean() > 0.25
    assert rows.min() >= 80
    assert rows.max() < 130
    assert columns.min() >= 100
    assert columns.max() < 180


def test_a_pasted_pothole_lies_in_its_box_and_fades_into_the_ground() -> None:
    source = ground(1)
    source[90:110, 140:180] = 20
    hole = Sample(source, np.array([[140, 90, 180, 110]], np.float32), np.array([1]))
    (patch,) = cut_patches(hole, class_id=1)
    image = ground(2) // 2
    paste(image, patch, np.array([60, 120, 140, 160], np.float32), np.random.default_rng(0))
    assert image[135:145, 95:105].mean() < 25
    edge = image[109:114, 90:110].astype(int) - (ground(2) // 2)[109:114, 90:110]
    assert np.abs(edge).max() < 15


def test_only_whole_and_large_potholes_are_copied() -> None:
    boxes = np.array([[0, 90, 60, 120], [100, 100, 110, 105], [150, 90, 190, 110]], np.float32)
    patches = cut_patches(Sample(ground(), boxes, np.array([1, 1, 1])), class_id=1)
    assert len(patches) == 1
    assert patches[0].is_sharp_at(np.array([0, 0, 100, 50], np.float32))
    assert not patches[0].is_sharp_at(np.array([0, 0, 200, 50], np.float32))


@pytest.mark.parametrize("seed", range(30))
def test_degrading_keeps_size_and_layout(seed: int) -> None:
    image = ground()
    image[:, :150] //= 3
    changed = degrade(image, np.random.default_rng(seed))
    assert changed.shape == image.shape
    assert changed.dtype == np.uint8
    assert changed[:, :140].mean() < changed[:, 160:].mean()
