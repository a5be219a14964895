"""A map of change becomes regions of the right place, size and kind."""

import numpy as np
import pytest

from inference.sites.change_map import ChangeMap
from inference.sites.regions import Region, RegionSettings, find_regions, overlap

SIZE_WH = (320, 180)
TYPES = ("shed", "scaffold")


def regions(
    appeared: dict[tuple[int, int, int, int], float],
    removed: dict[tuple[int, int, int, int], float] | None = None,
) -> list[Region]:
    """Regions of maps that are 0 but in some boxes, which are in cells of 4x4 pixels."""
    maps = np.zeros((2, SIZE_WH[1] // 4, SIZE_WH[0] // 4), np.float32)
    for index, boxes in enumerate((appeared, removed or {})):
        for (x1, y1, x2, y2), value in boxes.items():
            maps[index, y1:y2, x1:x2] = np.maximum(maps[index, y1:y2, x1:x2], value)
    hints = np.stack([np.full_like(maps[0], 0.2), np.full_like(maps[0], 0.8)])
    change = ChangeMap(maps[0], maps[1], hints)
    return find_regions(change, TYPES, RegionSettings(), SIZE_WH)


def test_a_region_has_its_place_score_share_and_type() -> None:
    (region,) = regions({(10, 5, 20, 15): 0.9})
    assert region.kind == "appeared"
    assert region.box == (40, 20, 80, 60)
    assert region.score == pytest.approx(0.9)
    assert region.area == pytest.approx(100 / (80 * 45))
    assert region.structure == "scaffold"
    xs, ys = zip(*region.outline, strict=True)
    assert 40 <= min(xs) <= max(xs) <= 80
    assert 20 <= min(ys) <= max(ys) <= 60


@pytest.mark.parametrize("likely", [0.1, 0.45])
def test_what_nowhere_reaches_the_threshold_is_none(likely: float) -> None:
    assert regions({(10, 5, 20, 15): likely}) == []


def test_a_faint_fringe_does_not_widen_the_box() -> None:
    (region,) = regions({(5, 5, 25, 20): 0.35, (10, 8, 20, 16): 0.95})
    assert region.box == (40, 32, 80, 64)


def test_a_pole_does_not_cut_a_structure_in_two_but_a_street_does() -> None:
    assert len(regions({(10, 5, 20, 15): 0.9, (21, 5, 30, 15): 0.9})) == 1
    assert len(regions({(10, 5, 20, 15): 0.9, (40, 5, 50, 15): 0.9})) == 2


def test_specks_and_a_change_of_everything_are_none() -> None:
    assert regions({(10, 5, 11, 6): 0.99}) == []
    assert regions({(0, 0, 80, 45): 0.99}) == []


def test_one_place_has_one_kind_the_surer_one() -> None:
    (region,) = regions({(10, 5, 20, 15): 0.7}, {(11, 6, 20, 15): 0.9})
    assert region.kind == "removed"


def test_overlap_of_boxes() -> None:
    assert overlap((0, 0, 10, 10), (0, 0, 10, 10)) == (1.0, 1.0)
    assert overlap((0, 0, 10, 10), (20, 0, 30, 10)) == (0.0, 0.0)
    iou, inside = overlap((0, 0, 10, 10), (0, 0, 40, 10))
    assert (iou, inside) == (0.25, 1.0)
