"""Pictures of a live camera are never quite the same, those of a frozen one are."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from inference.decode import DecodeLimits, decode
from inference.quality import look_quality
from inference.sight import THUMBNAIL_WH, Sight, difference, plain_share, take_sight

_Image = NDArray[np.uint8]


def street() -> _Image:
    """Return a made-up street front of many boxes, 1920x1080."""
    noise = np.random.default_rng(3)
    image: _Image = np.full((1080, 1920, 3), 170, np.uint8)
    for _ in range(300):
        x, y, w, h = noise.integers([0, 0, 20, 20], [1900, 1060, 220, 200])
        colour = noise.integers(0, 255, 3).tolist()
        cv2.rectangle(image, (int(x), int(y)), (int(x + w), int(y + h)), colour, -1)
    return image


def sight(image: _Image, quality: int = 90) -> Sight:
    jpeg = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()
    picture = decode(jpeg, DecodeLimits(), 1280)
    return take_sight(picture, look_quality(picture))


def with_noise(image: _Image, seed: int) -> _Image:
    noise = np.random.default_rng(seed).normal(0, 6, image.shape)
    return np.clip(image + noise, 0, 255).astype(np.uint8)


def test_noise_and_light_tell_a_live_picture_from_the_one_before() -> None:
    before, after = (sight(with_noise(street(), seed)) for seed in (1, 2))
    brighter = sight(np.clip(street() * 1.03, 0, 255).astype(np.uint8))
    assert difference(before.thumbnail, brighter.thumbnail).share > 0.1
    assert difference(before.thumbnail, after.thumbnail).share > 0.0


def test_a_clock_that_goes_on_changes_few_cells_but_those_by_much() -> None:
    def at(text: str) -> Sight:
        image = street()
        cv2.rectangle(image, (40, 30), (560, 110), (0, 0, 0), -1)
        cv2.putText(image, text, (50, 90), cv2.FONT_HERSHEY_SIMPLEX, 1.6, (255, 255, 255), 3)
        return sight(image)

    apart = difference(at("08:15:02").thumbnail, at("08:16:07").thumbnail)
    assert apart.share < 0.003
    assert apart.largest >= 20


def test_the_same_picture_coded_anew_is_the_same() -> None:
    apart = difference(sight(street(), 90).thumbnail, sight(street(), 88).thumbnail)
    assert apart.share <= 0.003
    assert apart.largest < 8


@pytest.mark.parametrize(("share", "at_least", "at_most"), [(0.0, 0.0, 0.3), (0.75, 0.6, 1.0)])
def test_what_covers_the_view_has_no_edges(share: float, at_least: float, at_most: float) -> None:
    image = street()
    image[:, : int(share * image.shape[1])] = 60
    assert at_least <= plain_share(sight(image).plain) <= at_most


def test_a_thumbnail_is_too_small_to_know_anybody_by() -> None:
    assert sight(street()).thumbnail.shape == THUMBNAIL_WH[::-1]
