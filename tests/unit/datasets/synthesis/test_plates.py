from collections import Counter

import cv2
import numpy as np
import pytest

from datasets.synthesis.plates import degrade, random_plate, render_plate
from datasets.synthesis.plates.faces import committed_faces
from models.plate_text import CHARSET, COLORS, PROVINCES, colors_of


def generator(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_the_shapes_of_all_characters_ship_and_differ() -> None:
    for face in committed_faces():
        assert set(face) == set(CHARSET)
        assert all(glyph.max() > 200 for glyph in face.values())
        shapes = np.stack([face[character].ravel() for character in CHARSET]).astype(np.float32)
        apart = np.abs(shapes[:, None] - shapes[None]).mean(axis=2) + 255 * np.eye(len(CHARSET))
        assert apart.min() > 8


@pytest.mark.parametrize(
    ("text", "color", "rows", "size"),
    [
        ("京A12345", "blue", 1, (140, 440)),
        ("粤BD12345", "green", 1, (140, 480)),
        ("粤B12345F", "green", 1, (140, 480)),
        ("鲁B23456", "yellow", 1, (140, 440)),
        ("鲁B23456", "yellow", 2, (220, 440)),
        ("桂E1234挂", "yellow", None, (220, 440)),
        ("京A0006警", "white", 1, (140, 440)),
    ],
)
def test_plates_have_the_measures_of_the_standard(
    text: str, color: str, rows: int | None, size: tuple[int, int]
) -> None:
    plate = render_plate(text, color, generator(), rows=rows)
    assert plate.dtype == np.uint8
    assert plate.shape == (*size, 3)


def test_characters_stand_where_the_standard_puts_them() -> None:
    plate = render_plate("京A88888", "blue", generator()).astype(int).sum(axis=2)
    bright = plate > (plate.min() + plate.max()) / 2
    columns = bright[25:115].any(axis=0)
    # Margin, province, letter, 34 mm with the dot, then five characters of 45 mm every 57 mm.
    for start, end in ((16, 60), (73, 117), *((151 + 57 * i, 196 + 57 * i) for i in range(5))):
        assert columns[start + 2 : end - 2].mean() > 0.8
    for gap in (65, 122, 146, 202, 259, 316, 373):
        assert not columns[gap - 2 : gap + 3].any()


def test_the_paint_is_the_colour_asked_for() -> None:
    hues = {}
    for color, text in (("blue", "京A12345"), ("yellow", "京A12345"), ("green", "粤B12345F")):
        plate = render_plate(text, color, generator(), rows=1)
        patch = plate[118:130, 230:420].reshape(-1, 1, 3)
        hues[color] = float(np.median(cv2.cvtColor(patch, cv2.COLOR_BGR2HSV)[:, 0, 0])) * 2
    assert 200 < hues["blue"] < 250
    assert 30 < hues["yellow"] < 60
    assert 90 < hues["green"] < 160


@pytest.mark.parametrize(
    ("text", "color", "rows"),
    [
        ("京A12345", "green", None),
        ("hello", "blue", None),
        ("京A12345", "pink", None),
        ("京A12345", "blue", 2),
        ("京A12345", "yellow", 3),
    ],
)
def test_no_plate_is_drawn_that_cannot_be(text: str, color: str, rows: int | None) -> None:
    with pytest.raises(ValueError, match="plate"):
        render_plate(text, color, generator(), rows=rows)


def test_the_same_seed_draws_the_same() -> None:
    first, second = (
        degrade(render_plate("京A12345", "blue", rng), rng) for rng in (generator(3), generator(3))
    )
    assert np.array_equal(first.image, second.image)
    assert np.array_equal(first.corners, second.corners)


def test_made_up_plates_are_valid_and_balanced_over_provinces() -> None:
    rng = generator()
    plates = [random_plate(rng) for _ in range(4000)]
    assert all(color in colors_of(text) for text, color in plates)
    assert {color for _, color in plates} == set(COLORS)
    counts = Counter(text[0] for text, _ in plates if text[0] in PROVINCES)
    assert set(counts) == set(PROVINCES)
    assert max(counts.values()) < 2 * min(counts.values())
    assert {character for text, _ in plates for character in text} == set(CHARSET)


def test_a_photographed_plate_lies_where_its_corners_say() -> None:
    rng = generator(5)
    for _ in range(40):
        sample = degrade(np.full((140, 440, 3), 255, np.uint8), rng, size=(160, 80))
        assert sample.image.shape == (80, 160, 3)
        assert sample.corners.shape == (4, 2)
        assert (sample.corners >= 0).all()
        assert (sample.corners <= (160, 80)).all()
        (x1, y1), (x2, y2), (x3, _), (_, y4) = sample.corners
        assert x1 < x2
        assert x1 < x3
        assert y1 < y4
        assert y2 < sample.corners[2, 1]
