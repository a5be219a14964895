import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.decode import Picture
from inference.letterbox import PAD_VALUE, letterbox


def picture(width: int, height: int, *, reduced: int = 1) -> Picture:
    image = np.full((-(-height // reduced), -(-width // reduced), 3), 200, np.uint8)
    return Picture(image, width, height, "jpeg")


@pytest.mark.parametrize(
    ("width", "height", "canvas_wh", "offset_xy"),
    [
        (1280, 720, (832, 480), (0, 6)),
        (720, 1280, (480, 832), (6, 0)),
        (832, 512, (832, 512), (0, 0)),
        (416, 416, (832, 832), (0, 0)),
        (10_000, 1, (832, 32), (0, 15)),
    ],
)
def test_smallest_canvas_with_sides_of_32(
    width: int, height: int, canvas_wh: tuple[int, int], offset_xy: tuple[int, int]
) -> None:
    fitted = letterbox(picture(width, height), 832)
    assert fitted.image.shape == (canvas_wh[1], canvas_wh[0], 3)
    assert fitted.offset_xy == offset_xy


def test_what_is_not_picture_is_grey() -> None:
    fitted = letterbox(picture(1280, 720), 832)
    assert (fitted.image[:6] == PAD_VALUE).all()
    assert (fitted.image[6:474] == 200).all()
    assert (fitted.image[474:] == PAD_VALUE).all()


@given(
    width=st.integers(1, 4000),
    height=st.integers(1, 4000),
    reduced=st.sampled_from([1, 2, 4, 8]),
    corners=st.tuples(*[st.floats(0, 1, width=32)] * 4),
)
def test_a_box_comes_back_to_where_it_was(
    width: int, height: int, reduced: int, corners: tuple[float, float, float, float]
) -> None:
    fitted = letterbox(picture(width, height, reduced=reduced), 416)
    box = np.array([corners], np.float32) * np.array([width, height] * 2, np.float32)
    on_canvas = box * np.array(fitted.scale_xy * 2) + np.array(fitted.offset_xy * 2)
    back = fitted.to_original(on_canvas.astype(np.float32))
    assert np.allclose(back, box, atol=1e-3 * max(width, height) + 1e-3)


def test_boxes_are_clipped_to_the_picture() -> None:
    fitted = letterbox(picture(1280, 720), 832)
    back = fitted.to_original(np.array([[-50, -50, 2000, 2000]], np.float32))
    assert back.tolist() == [[0, 0, 1280, 720]]
