"""The judge: what knows the truth is faultless, what knows nothing finds nothing."""

from collections.abc import Sequence

import numpy as np
import pytest

from inference.sites.change_map import ChangeMap
from inference.sites.regions import RegionSettings
from training.sites.judge import RIVALS, judge_pairs
from training.sites.pool import Image, Pair

_SETTINGS = RegionSettings()


class _Told:
    """Answers pairs in their order with maps made before."""

    structures = ("steel_shed", "brick_room")

    def __init__(self, maps: Sequence[ChangeMap]) -> None:
        self._maps = iter(maps)

    def compare(self, before: Image, after: Image) -> ChangeMap:
        return next(self._maps)


def _pair(value: int) -> Pair:
    rng = np.random.default_rng(value)
    ground = rng.integers(80, 120, (128, 192, 3), dtype=np.uint8)
    other, truth = ground.copy(), np.zeros_like(ground)
    if value:
        other[40:80, 60:120] = 240
        truth[40:80, 60:120] = (value, 1, 3)
    return Pair(ground, other, truth, "place") if value < 2 else Pair(other, ground, truth, "place")


def _map(label: Image) -> ChangeMap:
    cells = label[2::4, 2::4]
    return ChangeMap(
        (cells == 1).astype(np.float32),
        (cells == 2).astype(np.float32),
        np.full((2, *cells.shape), 0.5, np.float32),
    )


def test_one_who_knows_the_truth_is_faultless() -> None:
    pairs = [_pair(value) for value in (0, 1, 2)]
    judged = judge_pairs(_Told([_map(one.truth[..., 0]) for one in pairs]), pairs, _SETTINGS)
    told = judged.to_json(0.5, directed=True)
    assert told["pixel_f1"] == told["pixel_f1_directed"] == told["region_recall"] == 1
    assert (told["structures"], told["false_regions_per_pair"]) == (2, 0)
    assert told["groups"]["plane wall"] == {"structures": 2, "recall": 1}
    assert told["groups"]["type steel_shed"]["structures"] == 2


def test_one_who_takes_removed_for_appeared_finds_nothing_and_is_wrong() -> None:
    pair = _pair(2)
    judged = judge_pairs(_Told([_map(np.minimum(pair.truth[..., 0], 1))]), [pair], _SETTINGS)
    told = judged.to_json(0.5, directed=True)
    assert (told["pixel_f1"], told["pixel_f1_directed"]) == (1, 0)
    assert (told["region_recall"], told["false_regions_per_pair"]) == (0, 1)


def test_the_best_threshold_parts_what_can_be_parted() -> None:
    pairs = [_pair(1)] * 2
    maps = [_map(one.truth[..., 0]) for one in pairs]
    weak = [ChangeMap(0.1 + 0.2 * m.appeared, m.removed, m.structure) for m in maps]
    pixels = judge_pairs(_Told(weak), pairs, _SETTINGS).either
    assert pixels.f1(0.5) == 0
    assert pixels.f1(pixels.best_threshold()) == 1


@pytest.mark.parametrize("name", ["differencing", "structural similarity"])
def test_rivals_see_a_plain_difference_and_chance_does_not(name: str) -> None:
    pairs = [_pair(value) for value in (0, 1, 2)]
    seen, blind = (
        judge_pairs(RIVALS[one], pairs, _SETTINGS, directed=False).either
        for one in (name, "chance")
    )
    assert seen.f1(seen.best_threshold()) > 0.6 > 0.4 > blind.f1(blind.best_threshold())
