"""The change network that ships: its golden pair, and what it must say of any pair."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from inference.inspections.illegal_building import IllegalBuilding
from inference.sites.golden import GOLDEN_AFTER, GOLDEN_BEFORE
from inference.sites.regions import find_regions
from models.descriptions import ChangeDescription
from models.registry import load_described

_Image = NDArray[np.uint8]


@pytest.fixture(scope="module")
def inspection() -> IllegalBuilding:
    return IllegalBuilding(load_described(ChangeDescription, "illegal_building"))


@pytest.fixture(scope="module")
def pair(inspection: IllegalBuilding) -> tuple[_Image, _Image]:
    folder = inspection.model.folder
    before, after = (
        np.asarray(cv2.imread(str(folder / name)), np.uint8)
        for name in (GOLDEN_BEFORE, GOLDEN_AFTER)
    )
    return before, after


def test_it_answers_its_golden_pair(inspection: IllegalBuilding) -> None:
    inspection.check_golden()


def test_swapping_the_pictures_swaps_what_appeared_and_what_was_removed(
    inspection: IllegalBuilding, pair: tuple[_Image, _Image]
) -> None:
    before, after = pair
    forth, back = inspection.net.compare(before, after), inspection.net.compare(after, before)
    np.testing.assert_allclose(forth.appeared, back.removed, atol=1e-4)
    np.testing.assert_allclose(forth.removed, back.appeared, atol=1e-4)
    assert max(forth.appeared.max(), forth.removed.max()) > 0.5


def test_a_picture_shows_nothing_new_against_itself_brighter(
    inspection: IllegalBuilding, pair: tuple[_Image, _Image]
) -> None:
    before, _ = pair
    brighter = np.asarray(cv2.convertScaleAbs(before, alpha=1.05, beta=4), np.uint8)
    change = inspection.net.compare(before, brighter)
    size_wh = before.shape[1], before.shape[0]
    assert not find_regions(change, inspection.net.structures, inspection.settings.regions, size_wh)
    assert len(inspection.net.structures) == change.structure.shape[0] == 10
