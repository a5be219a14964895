from pathlib import Path

import numpy as np
import pytest

from inference.clips import ClipLimits, open_clip
from inference.falling.events import FallEvent
from inference.falling.evidence import strobe, write_overlay
from inference.falling.origin import Origin
from tests.unit.inference.falling.films import HEIGHT, WIDTH, Film, dropped

FALL = dropped(100.0, 40.0)
FILM = Film((FALL,), seconds=2.2, contrast=100.0, noise=0.5)


@pytest.fixture(scope="module")
def event() -> FallEvent:
    seen = [(frame.index, FALL(frame.time_s)) for frame in FILM.frames()]
    track = tuple((n, at[0], at[1]) for n, at in seen if at is not None and at[1] < HEIGHT)
    origin = Origin(100.0, 40.0, 6.0, (4, 5, 5), (2, 2, 2))
    return FallEvent(track[0][0], track[-1][0], 0.97, "confirmed", track, origin)


def test_the_overlay_keeps_frames_and_times_and_draws_the_trajectory(
    event: FallEvent, tmp_path: Path
) -> None:
    write_overlay(FILM, [event], tmp_path / "overlay.mp4")
    drawn = list(open_clip(tmp_path / "overlay.mp4", ClipLimits()).frames())
    plain = list(FILM.frames())
    assert [f.time_s for f in drawn] == pytest.approx([f.time_s for f in plain], abs=1e-3)
    first, last = drawn[0].bgr().astype(int), drawn[event.end_frame].bgr().astype(int)
    assert np.abs(first[..., 2] - first[..., 0]).max() < 40  # grey: nothing has fallen yet
    coloured = (last[..., 2] - last[..., 0]) > 80
    rows = np.flatnonzero(coloured.any(axis=1))
    assert rows.min() < 60
    assert rows.max() > HEIGHT - 80


def test_the_overlay_can_be_trimmed(event: FallEvent, tmp_path: Path) -> None:
    write_overlay(FILM, [event], tmp_path / "part.mp4", span_s=(0.4, 0.8))
    part = list(open_clip(tmp_path / "part.mp4", ClipLimits()).frames())
    assert len(part) == 11
    assert part[-1].time_s == pytest.approx(0.4, abs=1e-3)


def test_a_clip_without_falls_is_copied(tmp_path: Path) -> None:
    write_overlay(Film((), seconds=0.4), [], tmp_path / "copy.mp4")
    assert len(list(open_clip(tmp_path / "copy.mp4", ClipLimits()).frames())) == 10


def test_odd_sides_are_cut(tmp_path: Path) -> None:
    film = Film((), seconds=0.2, width=WIDTH - 1, height=HEIGHT - 1)
    write_overlay(film, [], tmp_path / "odd.mp4")
    clip = open_clip(tmp_path / "odd.mp4", ClipLimits())
    assert (clip.width, clip.height) == (WIDTH - 2, HEIGHT - 2)


def test_the_strobe_shows_the_thing_many_times(event: FallEvent) -> None:
    picture = strobe(FILM, event).astype(int)
    assert picture.shape == (HEIGHT, WIDTH, 3)
    still = next(Film((), seconds=0.1, noise=0.5).frames()).luma().astype(int)
    bright = (picture.min(axis=2) - still)[:, 97:104].max(axis=1) > 50
    runs = np.count_nonzero(np.diff(bright.astype(int)) == 1)
    assert runs >= 8
