from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from inference.decode import Picture
from inference.greenness import greenness

LEAF, SOIL, WATER, SKY = (60, 130, 90), (80, 100, 120), (110, 105, 100), (230, 190, 150)


def picture(image: Any) -> Picture:
    return Picture(image, image.shape[1], image.shape[0], "png")


def plain(colour: tuple[int, int, int], height: int = 48, width: int = 64) -> Any:
    return np.full((height, width, 3), colour, np.uint8)


@pytest.mark.parametrize(
    ("colour", "excess_green"),
    [((0, 255, 0), 2.0), ((0, 0, 255), -1.0), ((255, 0, 0), -1.0), ((128, 128, 128), 0.0)],
)
def test_excess_green_of_pure_colours_is_woebbeckes(
    colour: tuple[int, int, int], excess_green: float
) -> None:
    assert greenness(picture(plain(colour))).excess_green == pytest.approx(excess_green, abs=1e-5)


@pytest.mark.parametrize(("colour", "cover"), [(LEAF, 1), (SOIL, 0), (WATER, 0), (SKY, 0)])
def test_a_field_of_one_kind_is_all_plant_or_none(colour: tuple[int, int, int], cover: int) -> None:
    assert greenness(picture(plain(colour))).canopy_cover == cover


@pytest.mark.parametrize("part", [0.0, 0.25, 0.5, 1.0])
def test_canopy_cover_is_the_part_that_is_green(part: float) -> None:
    image = plain(SOIL, 480, 640)
    image[:, : round(640 * part)] = LEAF
    assert greenness(picture(image)).canopy_cover == pytest.approx(part, abs=0.005)


def test_a_larger_picture_of_the_same_field_gives_the_same() -> None:
    small = plain(SOIL, 300, 400)
    small[:150] = LEAF
    large = small.repeat(5, axis=0).repeat(5, axis=1)
    one, other = greenness(picture(small)), greenness(picture(large))
    assert one.excess_green == pytest.approx(other.excess_green, abs=0.01)
    assert one.canopy_cover == pytest.approx(other.canopy_cover, abs=0.01)


def test_light_does_not_change_what_is_green() -> None:
    image = plain(SOIL, 120, 160)
    image[40:] = LEAF
    bright, dim = greenness(picture(image)), greenness(picture(image // 2))
    assert dim.canopy_cover == pytest.approx(bright.canopy_cover, abs=0.01)
    assert dim.excess_green == pytest.approx(bright.excess_green, abs=0.02)


def test_darkness_is_no_plant() -> None:
    rng = np.random.default_rng(0)
    night = rng.integers(0, 8, (120, 160, 3)).astype(np.uint8)
    measured = greenness(picture(night))
    assert measured.canopy_cover == 0
    assert measured.excess_green == 0


@pytest.mark.parametrize("shape", [(1, 1), (1, 5000), (5000, 1)])
def test_extreme_shapes_are_measured(shape: tuple[int, int]) -> None:
    assert greenness(picture(plain(LEAF, *shape))).canopy_cover == 1


@given(arrays(np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 40), st.just(3))))
def test_measures_stay_in_their_range(image: Any) -> None:
    measured = greenness(picture(image))
    assert -1 - 1e-5 <= measured.excess_green <= 2 + 1e-5
    assert 0 <= measured.canopy_cover <= 1
