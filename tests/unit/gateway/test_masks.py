import numpy as np
import pytest

from gateway.masks import Masks, covered

SIZES = [(48, 64), (47, 63), (1080, 1920)]


@pytest.mark.parametrize(("height", "width"), SIZES)
def test_a_rectangle_covers_its_share(height: int, width: int) -> None:
    mask = covered([[(0.25, 0.25), (0.75, 0.25), (0.75, 0.75), (0.25, 0.75)]], height, width)
    assert mask[height // 2, width // 2]
    assert not mask[0].any()
    assert not mask[:, 0].any()
    assert mask.mean() == pytest.approx(0.25, abs=0.06 if height < 100 else 0.002)


def test_a_hollow_shape_is_not_filled() -> None:
    bow = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0), (0.0, 0.2), (0.2, 0.2), (0.2, 0.8)]
    mask = covered([[*bow, (0.8, 0.8), (0.8, 0.2), (0.0, 0.2)]], 100, 100)
    assert not mask[50, 50]
    assert mask[90, 50]


def test_even_a_hair_is_covered() -> None:
    mask = covered([[(0.0, 0.5), (1.0, 0.501), (0.0, 0.5001)]], 100, 100)
    assert mask.any(axis=0).all()


@pytest.mark.parametrize(("height", "width"), SIZES)
def test_colours_beside_what_is_covered_go_too(height: int, width: int) -> None:
    luma = np.full((height, width), 200, np.uint8)
    blue = np.full(((height + 1) // 2, (width + 1) // 2), 30, np.uint8)
    red = blue.copy()
    Masks([[(0.5, 0.5), (1.0, 0.5), (1.0, 1.0), (0.5, 1.0)]]).paint(luma, blue, red)
    assert luma[-1, -1] == 0
    assert luma[0, 0] == 200
    grey = np.repeat(np.repeat(blue == 128, 2, 0), 2, 1)[:height, :width]
    assert grey[luma == 0].all()
    assert red[-1, -1] == 128
