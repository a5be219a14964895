import cv2
import numpy as np
import pytest

from inference.decode import Picture
from inference.quality import look_quality


def _as_picture(image: np.ndarray) -> Picture:
    return Picture(image.astype(np.uint8), image.shape[1], image.shape[0], "jpeg")


@pytest.fixture(scope="module")
def street() -> np.ndarray:
    coarse = np.random.default_rng(0).integers(0, 256, (90, 160, 3), np.uint8)
    return cv2.resize(coarse, (1280, 720), interpolation=cv2.INTER_CUBIC)


def test_blur_lowers_sharpness(street: np.ndarray) -> None:
    sharpness = [
        look_quality(_as_picture(cv2.GaussianBlur(street, (0, 0), sigma))).sharpness
        for sigma in (1, 4, 8, 16)
    ]
    assert sharpness == sorted(sharpness, reverse=True)
    assert sharpness[0] > 10 * sharpness[-1]


def test_measures_do_not_depend_on_the_decoded_size(street: np.ndarray) -> None:
    full = look_quality(_as_picture(street))
    half = look_quality(_as_picture(cv2.resize(street, (640, 360), interpolation=cv2.INTER_AREA)))
    assert half.sharpness == pytest.approx(full.sharpness, rel=0.1)
    assert half.brightness == pytest.approx(full.brightness, abs=0.01)


@pytest.mark.parametrize(
    ("level", "brightness", "dark", "bright"),
    [(0, 0.0, 1.0, 0.0), (255, 1.0, 0.0, 1.0), (128, 128 / 255, 0.0, 0.0)],
)
def test_night_and_glare(level: int, brightness: float, dark: float, bright: float) -> None:
    measured = look_quality(_as_picture(np.full((480, 640, 3), level)))
    assert measured.brightness == pytest.approx(brightness, abs=0.005)
    assert (measured.dark_fraction, measured.bright_fraction) == (dark, bright)
    assert measured.sharpness == 0


@pytest.mark.parametrize("shape", [(1, 1), (1, 5000), (5000, 1)])
def test_extreme_shapes_are_measured(shape: tuple[int, int]) -> None:
    assert look_quality(_as_picture(np.full((*shape, 3), 90))).brightness > 0
