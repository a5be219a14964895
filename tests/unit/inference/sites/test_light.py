"""Day and night are told apart whatever the exposure; a drift of brightness is no other light."""

import numpy as np
import pytest

from inference.sites.light import Light, LightMode, measure, mode_of, split_modes
from inference.sites.photometry import match_light
from tests.unit.inference.sites.scene import hours, photograph

DAYS = [photograph(at).image for at in hours(0, 8, 10, 12, 14)]
NIGHTS = [photograph(at, night=True).image for at in hours(0, 1, 3, 22)]


def test_day_and_night_are_told_apart_in_any_order() -> None:
    assert split_modes(DAYS + NIGHTS) == ["day"] * 4 + ["night"] * 3
    assert split_modes(NIGHTS + DAYS) == ["night"] * 3 + ["day"] * 4


def test_one_light_is_one_mode() -> None:
    assert set(split_modes(DAYS)) == {"day"}
    assert set(split_modes(NIGHTS)) == {"night"}
    assert split_modes([]) == []


@pytest.mark.parametrize("light", [0.7, 0.85, 1.15, 1.3])
def test_a_brighter_or_duller_day_is_still_day(light: float) -> None:
    picture = photograph(hours(5, 11)[0], light=light).image
    assert mode_of(measure(picture), {"day": measure(DAYS[0])}) == "day"


def test_a_night_is_not_compared_with_a_day() -> None:
    by_day: dict[LightMode, Light] = {"day": measure(DAYS[0])}
    assert mode_of(measure(NIGHTS[0]), by_day) is None
    both: dict[LightMode, Light] = {**by_day, "night": measure(NIGHTS[0])}
    assert mode_of(measure(NIGHTS[1]), both) == "night"


@pytest.mark.parametrize(("gain", "offset"), [(0.7, 0.0), (1.2, -10.0), (0.9, 25.0)])
def test_a_drift_of_exposure_is_taken_out(gain: float, offset: float) -> None:
    calm = DAYS[0].astype(np.float32)
    drifted = (calm * gain + offset).clip(0, 255).astype(np.uint8)
    matched = match_light(drifted, DAYS[0]).astype(np.float32)
    inside = (drifted > 0).all(axis=2) & (drifted < 255).all(axis=2)
    assert np.abs(matched - calm)[inside].mean() < 3


def test_what_was_built_keeps_its_contrast_when_light_is_matched() -> None:
    at = hours(3, 11)[0]
    empty, built = photograph(at).image, photograph(at, shed=True).image
    matched = match_light(built, empty)
    assert np.abs(matched[100:150, 190:250].astype(int) - empty[100:150, 190:250]).mean() > 40
