import cv2
import numpy as np
import pytest

from inference.plates.crops import crop_regions, cut


def test_regions_are_centred_twice_as_wide_as_high_and_hold_their_boxes() -> None:
    boxes = np.array([[100, 50, 200, 80], [10, 10, 40, 60], [5, 5, 5, 5]], np.float64)
    regions = crop_regions(boxes)
    size = regions[:, 2:] - regions[:, :2]
    assert size[:, 0] == pytest.approx(2 * size[:, 1])
    assert (regions[:, :2] + regions[:, 2:]) / 2 == pytest.approx((boxes[:, :2] + boxes[:, 2:]) / 2)
    assert (regions[:, :2] <= boxes[:, :2]).all()
    assert (regions[:, 2:] >= boxes[:, 2:]).all()


@pytest.mark.parametrize("scale", [0.5, 1.0, 3.0])
def test_what_is_cut_lies_where_it_should(scale: float) -> None:
    x, y = np.meshgrid(np.arange(int(400 * scale)), np.arange(int(200 * scale)))
    blob = np.exp(-(((x / scale - 240) ** 2 + (y / scale - 90) ** 2) / 2 / 6**2))
    image = np.repeat((255 * blob).astype(np.uint8)[:, :, None], 3, axis=2)
    crop = cut(image, np.array([100, 40, 292, 136], np.float64) * scale)[:, :, 0].astype(float)
    assert crop.shape == (96, 192)
    rows, columns = np.mgrid[0:96, 0:192]
    assert (crop * columns).sum() / crop.sum() == pytest.approx(140, abs=0.6)
    assert (crop * rows).sum() / crop.sum() == pytest.approx(50, abs=0.6)


def test_beyond_the_edge_the_edge_goes_on() -> None:
    image = np.full((60, 120, 3), 77, np.uint8)
    for region in ([-100, -50, 92, 46], [100, 40, 292, 136], [-600, -300, 600, 300]):
        assert (cut(image, np.array(region, np.float64)) == 77).all()


def test_small_print_is_averaged_not_skipped() -> None:
    stripes = np.zeros((400, 800, 3), np.uint8)
    stripes[:, ::2] = 200
    crop = cut(stripes, np.array([16, 8, 784, 392], np.float64))
    assert abs(crop.astype(int) - 100).max() < 12
    assert cv2.mean(crop)[0] == pytest.approx(100, abs=3)
