"""What is kept of a fall, made of a real clip."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from api.evidence.folder import FolderStore
from api.falls.media import AFTER_S, BEFORE_S, KeptFall, keep_media
from inference.clips import Clip, ClipLimits, open_clip
from inference.falling.clip_events import ClipEvents
from inference.falling.events import FallEvent
from inference.falling.evidence import write_overlay
from inference.falling.origin import Origin

WIDTH, HEIGHT, FPS, SECONDS = 320, 240, 10, 10.0
FIRST, LAST = 45, 53
FACE = np.s_[40:70, 200:230]

Image = NDArray[np.uint8]


@dataclass(frozen=True)
class Frame:
    index: int
    time_s: float

    def bgr(self) -> Image:
        picture = np.full((HEIGHT, WIDTH, 3), 120, np.uint8)
        fine = np.random.default_rng(4).integers(0, 256, (10, 10, 3), np.uint8)
        picture[FACE] = cv2.resize(fine, (30, 30), interpolation=cv2.INTER_NEAREST)
        if FIRST <= self.index <= LAST:
            cv2.circle(picture, (60, round(y_of(self.index))), 5, (20, 20, 250), -1)
        return picture

    def luma(self) -> Image:
        return np.asarray(cv2.cvtColor(self.bgr(), cv2.COLOR_BGR2GRAY), np.uint8)


class Film:
    width, height = WIDTH, HEIGHT

    def frames(self) -> Iterator[Frame]:
        for index in range(round(SECONDS * FPS)):
            yield Frame(index, index / FPS)


def y_of(index: int) -> float:
    return 20.0 + 3.0 * (index - FIRST) ** 2


@pytest.fixture(scope="module")
def filmed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Clip, ClipEvents]:
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    write_overlay(Film(), [], path)
    clip = open_clip(path, ClipLimits())
    track = tuple((n, 60.0, y_of(n)) for n in range(FIRST, LAST + 1))
    fall = FallEvent(FIRST, LAST, 0.9, "confirmed", track, Origin(60.0, 20.0, 4.0))
    times = tuple((frame.index, frame.time_s) for frame in clip.frames())
    return clip, ClipEvents(WIDTH, HEIGHT, times, (fall,))


def frames_of(store: FolderStore, key: str, folder: Path) -> list[Image]:
    path = folder / "kept.mp4"
    path.write_bytes(store.get(key))
    return [frame.bgr() for frame in open_clip(path, ClipLimits()).frames()]


def likeness(picture: Image) -> float:
    wanted = Frame(0, 0.0).bgr()[FACE]
    return float(np.corrcoef(picture[FACE].ravel(), wanted.ravel())[0, 1])


def test_everybody_sees_the_fall_and_few_the_rest(
    filmed: tuple[Clip, ClipEvents], tmp_path: Path
) -> None:
    clip, found = filmed
    store = FolderStore(tmp_path / "objects")
    (kept,) = keep_media(store, clip=clip, found=found, view=None)
    lasts = round((BEFORE_S + (LAST - FIRST) / FPS + AFTER_S) * FPS) + 1
    for key in (kept.clip, kept.overlay):
        shown = frames_of(store, key, tmp_path)
        assert len(shown) == lasts
        assert max(map(likeness, shown)) < 0.5
        falling = shown[round(BEFORE_S * FPS) + 6]
        blue, _, red = falling[round(y_of(FIRST + 6)), 60].astype(int)
        assert red - blue > 150
    original = frames_of(store, kept.original, tmp_path)
    assert len(original) == lasts
    assert min(map(likeness, original)) > 0.75
    strobe = cv2.imdecode(np.frombuffer(store.get(kept.strobe), np.uint8), cv2.IMREAD_COLOR)
    assert strobe is not None
    assert strobe.shape == (HEIGHT, WIDTH, 3)
    assert likeness(np.asarray(strobe, np.uint8)) < 0.5


def test_made_again_it_is_the_same(filmed: tuple[Clip, ClipEvents], tmp_path: Path) -> None:
    clip, found = filmed
    store = FolderStore(tmp_path / "objects")
    first: list[KeptFall] = keep_media(store, clip=clip, found=found, view=None)
    assert keep_media(store, clip=clip, found=found, view=None) == first
    assert len({*first[0].keys}) == 4


def test_where_nothing_fell_nothing_is_kept(
    filmed: tuple[Clip, ClipEvents], tmp_path: Path
) -> None:
    clip, found = filmed
    nothing = ClipEvents(WIDTH, HEIGHT, found.times, ())
    assert keep_media(FolderStore(tmp_path), clip=clip, found=nothing, view=None) == []
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
