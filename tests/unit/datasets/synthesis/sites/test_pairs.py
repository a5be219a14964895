"""Pairs of pictures before and after something is built: their truth must agree with them."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from datasets.synthesis.sites.pair import (
    APPEARED,
    REMOVED,
    UNCHANGED,
    Background,
    PairWishes,
    SitePair,
    _scene,
    draw_pair,
)
from datasets.synthesis.sites.still import still
from datasets.synthesis.sites.structures import PLANES, STRUCTURES

SIZE = (192, 192)
SEEDS = range(6)


@pytest.fixture(scope="module")
def pairs() -> list[SitePair]:
    """Pairs of one place with one change each."""
    return [draw_pair(seed, PairWishes(size=SIZE, structures=1)) for seed in SEEDS]


@pytest.fixture(scope="module")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> PairWishes:
    """A camera with three frames by day and three by night, a facade and a street."""
    folder = tmp_path_factory.mktemp("photographs")
    rng = np.random.default_rng(1)
    for number in range(6):
        level = 150 if number < 3 else 40
        frame = np.full((240, 320, 3), level, np.uint8) + rng.integers(0, 9, (240, 320, 3))
        _write(folder / "cameras" / "gate" / f"{number}.jpg", frame)
    front = np.full((300, 400, 3), 170, np.uint8)
    cv2.rectangle(front, (80, 60), (140, 140), (60, 60, 60), -1)
    _write(folder / "facades" / "images" / "front.jpg", front)
    (folder / "facades" / "labels").mkdir()
    (folder / "facades" / "labels" / "front.txt").write_text("0 0.275 0.333 0.15 0.267\n", "utf-8")
    _write(folder / "street.jpg", np.full((300, 400, 3), 120, np.uint8))
    return PairWishes(
        size=SIZE,
        photos=(folder / "facades" / "images" / "front.jpg",),
        cameras=(folder / "cameras" / "gate",),
        pictures=(folder / "street.jpg",),
    )


def _write(path: Path, picture: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), picture.astype(np.uint8))


def test_the_same_seed_gives_the_same_pair_and_another_another(pairs: list[SitePair]) -> None:
    again = draw_pair(0, PairWishes(size=SIZE, structures=1))
    assert np.array_equal(again.before, pairs[0].before)
    assert np.array_equal(again.after, pairs[0].after)
    assert np.array_equal(again.label, pairs[0].label)
    assert not np.array_equal(pairs[0].after, pairs[1].after)


def test_a_pair_does_not_depend_on_what_was_drawn_before_it(pairs: list[SitePair]) -> None:
    still.cache_clear()
    _scene.cache_clear()
    for seed in (4, 1, 4):
        again = draw_pair(seed, PairWishes(size=SIZE, structures=1))
        assert np.array_equal(again.after, pairs[seed].after)


def test_pictures_and_maps_have_the_wanted_size(pairs: list[SitePair]) -> None:
    for pair in pairs:
        assert pair.before.shape == pair.after.shape == (SIZE[1], SIZE[0], 3)
        assert pair.label.shape == pair.structure.shape == pair.plane.shape == (SIZE[1], SIZE[0])
        assert pair.scene == "procedural-0"


def test_maps_agree_on_where_something_changed(pairs: list[SitePair]) -> None:
    assert {UNCHANGED, APPEARED, REMOVED} == {int(v) for p in pairs for v in np.unique(p.label)}
    for pair in pairs:
        changed = pair.label != UNCHANGED
        assert np.array_equal(changed, pair.structure > 0)
        assert np.array_equal(changed, pair.plane > 0)
        for kind in np.unique(pair.structure[changed]):
            planes = {PLANES[plane - 1] for plane in np.unique(pair.plane[pair.structure == kind])}
            assert planes <= set(STRUCTURES[kind - 1].planes)


def test_what_changed_differs_more_than_what_did_not(pairs: list[SitePair]) -> None:
    ratios = []
    for pair in pairs:
        difference = cv2.absdiff(pair.before, pair.after).mean(axis=2)
        changed = pair.label != UNCHANGED
        if changed.any():
            ratios.append(difference[changed].mean() / difference[~changed].mean())
    assert len(ratios) >= 3
    assert np.median(ratios) > 1.2


def test_without_structures_nothing_is_labelled() -> None:
    for seed in SEEDS:
        pair = draw_pair(seed, PairWishes(size=SIZE, structures=0))
        assert not pair.label.any()
        assert not pair.structure.any()


@pytest.mark.parametrize(
    ("background", "scene"),
    [("camera", "camera-gate"), ("facade", "facade-front"), ("photo", "photo-street")],
)
def test_structures_are_put_into_photographs(
    photographs: PairWishes, background: Background, scene: str
) -> None:
    wishes = replace(photographs, background=background, structures=2)
    pairs = [draw_pair(seed, wishes) for seed in range(4)]
    assert {pair.background for pair in pairs} == {background}
    assert {pair.scene for pair in pairs} == {scene}
    assert any(pair.label.any() for pair in pairs)


def test_a_picture_that_is_none_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no picture")
    with pytest.raises(FileNotFoundError, match="broken"):
        draw_pair(0, PairWishes(size=SIZE, background="photo", pictures=(broken,)))
