"""What a change network learns from: pairs on disk, crops of them, real unchanged pairs."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from training.errors import TrainingError
from training.sites.augment import Augmenter
from training.sites.collage import Collage
from training.sites.pool import Medians, Pair, pool_files, read_pair, write_pair


def _pair(value: int, size: int = 320) -> Pair:
    """A grey place; a bright square stands in one of the two pictures."""
    rng = np.random.default_rng(3)
    ground = np.repeat(rng.integers(80, 120, (size, size, 1), dtype=np.uint8), 3, axis=2)
    with_ = ground.copy()
    with_[120:220, 90:230] = 235
    truth = np.zeros_like(ground)
    truth[120:220, 90:230] = (value, 4, 1)
    sides = (ground, with_) if value == 1 else (with_, ground)
    return Pair(*sides, truth, "place-1")


def test_pairs_come_back_from_disk_as_they_were_written(tmp_path: Path) -> None:
    pair = _pair(1)
    write_pair(tmp_path, 7, pair)
    (path,) = pool_files([tmp_path])
    again = read_pair(path)
    assert again.scene == "place-1"
    np.testing.assert_array_equal(again.truth, pair.truth)
    for one, other in ((again.before, pair.before), (again.after, pair.after)):
        assert np.abs(one.astype(int) - other).mean() < 3


def test_an_empty_pool_says_how_to_fill_it(tmp_path: Path) -> None:
    with pytest.raises(TrainingError) as raised:
        pool_files([tmp_path])
    assert "draw" in str(raised.value.hint)


@pytest.mark.parametrize("value", [1, 2])
def test_the_truth_of_a_crop_lies_where_its_sides_differ(value: int) -> None:
    augment, agreed, swapped = Augmenter(224, []), [], set()
    for seed in range(12):
        crop = augment(_pair(value), np.random.default_rng(seed))
        label = crop.truth[..., 0]
        assert crop.before.shape == crop.after.shape == (224, 224, 3)
        assert set(np.unique(label).tolist()) <= {0, 1} or set(np.unique(label).tolist()) <= {0, 2}
        assert not crop.truth[label == 0, 1].any()
        if not 0.02 < (label > 0).mean() < 0.8:
            continue
        swapped.add(int(label.max()))
        brighter = crop.after.astype(float).mean(axis=2) - crop.before.astype(float).mean(axis=2)
        sign = 1 if label.max() == 1 else -1
        agreed.append(sign * (brighter[label > 0].mean() - brighter[label == 0].mean()) > 10)
    assert np.mean(agreed) > 0.8
    assert swapped == {1, 2}


def test_medians_of_real_frames_hold_no_traffic_and_no_truth() -> None:
    rng = np.random.default_rng(0)
    place = rng.integers(90, 110, (96, 128, 3), dtype=np.uint8)
    frames = []
    for _ in range(24):
        frame = place.copy()
        x = int(rng.integers(0, 100))
        frame[40:60, x : x + 20] = 255
        frames.append(frame)
    pairs = [Medians([frames, frames[:1]], 64).draw(rng) for _ in range(30)]
    assert all(not pair.truth.any() and pair.before.shape == (64, 64, 3) for pair in pairs)
    bright = [bool((side > 200).any()) for p in pairs for side in (p.before, p.after)]
    assert 0 < np.mean(bright) < 0.8


def test_collages_name_what_stands_on_one_side_only(tmp_path: Path) -> None:
    write_pair(tmp_path, 1, _pair(1))
    photo = tmp_path / "photo.jpg"
    cv2.imwrite(str(photo), np.full((300, 400, 3), 60, np.uint8))
    collage, sprites = Collage([photo], None, 640), pool_files([tmp_path])
    changed = 0
    for seed in range(20):
        pair = collage.draw(sprites, np.random.default_rng(seed))
        difference = np.abs(pair.after.astype(int) - pair.before).max(axis=2)
        label = pair.truth[..., 0]
        assert set(np.unique(label).tolist()) <= {0, 1, 2}
        changed += bool(label.any())
        if label.any():
            assert difference[label > 0].mean() > 60
            assert (pair.truth[label > 0, 1] == 4).all()
    assert changed > 5
