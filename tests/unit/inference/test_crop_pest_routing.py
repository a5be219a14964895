"""Which pictures the crop_pest inspection takes for sticky traps."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from datasets.synthesis.closeups import random_closeups
from datasets.synthesis.traps import render_trap
from inference.decode import DecodeLimits, Picture, decode
from inference.inspections.crop_pest import TRAP_TILING, is_trap_sheet

PESTS = Path(__file__).parents[4] / "shared" / "data" / "crop_pests"


def picture(image: Any) -> Picture:
    return Picture(image, image.shape[1], image.shape[0], "jpeg")


@pytest.mark.parametrize("insects", [0, 40, 220])
@pytest.mark.parametrize("seed", [3, 4])
def test_a_sheet_is_a_trap_however_many_insects_hang_there(seed: int, insects: int) -> None:
    sheet = render_trap(seed, insects=insects, size_wh=(384, 512))
    assert is_trap_sheet(picture(sheet.image))


def test_leaves_are_no_traps() -> None:
    assert not any(is_trap_sheet(picture(one.image)) for one in random_closeups(3, 8, side=256))


@pytest.mark.parametrize(
    ("colour", "name"),
    [
        ((40, 200, 200), "yellow-green"),
        ((90, 160, 180), "straw"),
        ((30, 120, 220), "orange"),
        ((0, 0, 0), "night"),
        ((255, 255, 255), "glare"),
        ((180, 120, 40), "blue"),
    ],
)
def test_other_plain_colours_are_no_traps(colour: tuple[int, int, int], name: str) -> None:
    assert not is_trap_sheet(picture(np.full((90, 120, 3), colour, np.uint8)))


def test_a_small_yellow_thing_is_no_trap() -> None:
    image = np.full((300, 400, 3), (60, 130, 90), np.uint8)
    cv2.rectangle(image, (20, 20), (160, 180), (20, 200, 230), cv2.FILLED)
    assert not is_trap_sheet(picture(image))
    cv2.rectangle(image, (20, 20), (260, 280), (20, 200, 230), cv2.FILLED)
    assert is_trap_sheet(picture(image))


@pytest.mark.parametrize("shape", [(1, 1), (1, 4000), (4000, 1)])
def test_extreme_shapes_are_no_traps(shape: tuple[int, int]) -> None:
    assert not is_trap_sheet(picture(np.full((*shape, 3), 90, np.uint8)))


@pytest.mark.skipif(not PESTS.is_dir(), reason="the real pictures are not on this machine")
@pytest.mark.parametrize(("folder", "most_wrong"), [("traps", 0.0), ("rice_closeups", 0.02)])
def test_real_pictures_reach_the_right_model(folder: str, most_wrong: float) -> None:
    files = sorted((PESTS / folder / "images").iterdir())[::4]
    pictures = [decode(one.read_bytes(), DecodeLimits(), TRAP_TILING.long_side) for one in files]
    wrong = [is_trap_sheet(one) != (folder == "traps") for one in pictures]
    assert np.mean(wrong) <= most_wrong
