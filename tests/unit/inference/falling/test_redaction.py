"""Homes and passers-by cannot be made out in what is shown of a fall, and the fall can."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from inference.clips import ClipLimits, open_clip
from inference.falling.events import FallEvent
from inference.falling.evidence import strobe, write_overlay
from inference.falling.origin import Grid, Origin
from inference.falling.redaction import RedactedClip, corridor

WIDTH, HEIGHT, FRAMES, FPS = 320, 240, 24, 12
FACE = 30  # pixels: an eighth of the picture's height
Image = NDArray[np.uint8]


@dataclass(frozen=True)
class Frame:
    index: int
    time_s: float
    picture: Image

    def bgr(self) -> Image:
        return self.picture

    def luma(self) -> Image:
        return np.asarray(cv2.cvtColor(self.picture, cv2.COLOR_BGR2GRAY), np.uint8)


@dataclass(frozen=True)
class Film:
    """A thing falls on the left; a face looks out of a window and somebody walks by."""

    pictures: Sequence[Image]
    width: int = WIDTH
    height: int = HEIGHT

    def frames(self) -> Iterator[Frame]:
        for index, picture in enumerate(self.pictures):
            yield Frame(index, index / FPS, picture)


def face(seed: int) -> Image:
    """As much detail as a picture of this size can have."""
    rng = np.random.default_rng(seed)
    fine = rng.integers(0, 256, (FACE // 3, FACE // 3, 3), np.uint8)
    return cv2.resize(fine, (FACE, FACE), interpolation=cv2.INTER_NEAREST).astype(np.uint8)


def thing_at(index: int) -> tuple[float, float]:
    return 60.0, 20.0 + 190.0 * (index / (FRAMES - 1)) ** 2


def film(seed: int) -> Film:
    pictures = []
    for index in range(FRAMES):
        picture = np.full((HEIGHT, WIDTH, 3), 120, np.uint8)
        picture[40 : 40 + FACE, 200 : 200 + FACE] = face(seed)
        walks = 120 + 4 * index
        picture[190 : 190 + FACE, walks : walks + FACE] = face(seed + 1)
        x, y = thing_at(index)
        cv2.circle(picture, (round(x), round(y)), 4, (20, 20, 250), -1)
        pictures.append(picture)
    return Film(pictures)


def fall() -> FallEvent:
    track = tuple((index, *thing_at(index)) for index in range(FRAMES))
    return FallEvent(0, FRAMES - 1, 0.9, "confirmed", track, Origin(60.0, 20.0, 4.0))


def test_what_fell_is_shown_as_it_was_filmed() -> None:
    filmed = film(3)
    shown = list(RedactedClip(filmed, [fall()]).frames())
    assert [(one.index, one.time_s) for one in shown] == [
        (one.index, one.time_s) for one in filmed.frames()
    ]
    way = corridor(WIDTH, HEIGHT, [fall()]) > 0
    assert 0.02 < way.mean() < 0.12
    for one, original in zip(shown, filmed.pictures, strict=True):
        np.testing.assert_array_equal(one.bgr()[way], original[way])
        x, y = thing_at(one.index)
        assert one.bgr()[round(y), round(x)].tolist() == [20, 20, 250]


def test_what_is_off_the_way_is_one_still_picture_of_coarse_squares() -> None:
    off = corridor(WIDTH, HEIGHT, [fall()]) == 0
    shown = [one.bgr() for one in RedactedClip(film(3), [fall()]).frames()]
    for one in shown[1:]:
        np.testing.assert_array_equal(one[off], shown[0][off])
    looks_out = shown[0][40 : 40 + FACE, 200 : 200 + FACE].reshape(-1, 3)
    assert len(np.unique(looks_out, axis=0)) <= 16  # 4x4 where it lies across the squares


def test_who_walks_by_leaves_no_trace() -> None:
    with_somebody = next(RedactedClip(film(3), [fall()]).frames()).bgr()
    somebody_else = next(RedactedClip(film(99), [fall()]).frames()).bgr()
    rows = slice(190, 190 + FACE)
    apart = np.abs(with_somebody[rows, 110:].astype(int) - somebody_else[rows, 110:])
    assert apart.max() < 40, "two passers-by can be told apart"


@pytest.mark.parametrize("shown_as", ["clip", "overlay", "strobe"])
def test_a_face_is_unreadable_in_every_picture_of_a_fall(shown_as: str, tmp_path: Path) -> None:
    faces = [face(seed) for seed in range(10)]
    pictures = _pictures_of(shown_as, tmp_path)
    for picture in pictures:
        part = picture[40 : 40 + FACE, 200 : 200 + FACE]
        likeness = [_likeness(part, one) for one in faces]
        assert max(likeness) < 0.5
        assert _sharpness(part) < 0.25 * _sharpness(faces[3])


def _pictures_of(shown_as: str, folder: Path) -> list[Image]:
    redacted = RedactedClip(film(3), [fall()])
    if shown_as == "strobe":
        return [strobe(redacted, fall())]
    path = folder / "shown.mp4"
    write_overlay(redacted, [fall()] if shown_as == "overlay" else [], path)
    return [frame.bgr() for frame in open_clip(path, ClipLimits()).frames()]


def _likeness(part: Image, other: Image) -> float:
    return float(np.corrcoef(part.ravel().astype(float), other.ravel().astype(float))[0, 1])


def _sharpness(part: Image) -> float:
    return float(np.abs(np.diff(part.astype(float), axis=1)).mean())


def test_the_facades_floors_are_drawn_in() -> None:
    grid = Grid(((100, 20), (300, 20), (300, 230), (100, 230)), floors=7, columns=4)
    plain = next(RedactedClip(film(3), [fall()]).frames()).bgr()
    drawn = next(RedactedClip(film(3), [fall()], grid).frames()).bgr()
    across = (drawn != plain).any(axis=2)[:, 150:250].all(axis=1)
    lines = np.flatnonzero(np.diff(np.concatenate([[0], across.astype(int), [0]])) == 1)
    assert np.abs(lines - (20 + 30 * np.arange(8))).max() <= 2
