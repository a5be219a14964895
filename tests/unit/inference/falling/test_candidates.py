from collections.abc import Iterable

import numpy as np
import pytest

from inference.falling.candidates import COLUMNS, PATCH, Candidates, find_candidates
from inference.falling.steady import Steadier
from tests.unit.inference.falling.films import FPS, HEIGHT, WIDTH, Film, Frame, dropped

FALL = dropped(100.0, 50.0)


def hits(found: Iterable[Candidates], near_px: float = 4.0) -> int:
    """Frames with a candidate on the falling disc."""
    count = 0
    for one in found:
        at = FALL(one.time_s)
        if at is not None and len(one.rows):
            count += bool(np.hypot(*(one.rows[:, :2] - at).T).min() <= near_px)
    return count


@pytest.mark.parametrize("contrast", [40.0, -40.0])
@pytest.mark.parametrize("radius", [1.5, 3.0, 8.0])
def test_what_falls_is_found_while_it_moves(contrast: float, radius: float) -> None:
    found = list(find_candidates(Film((FALL,), contrast=contrast, radius=radius).frames()))
    expected = sum(
        FALL(one.time_s) is not None and FALL(one.time_s)[1] < HEIGHT - radius  # type: ignore[index]
        for one in found
    )
    assert hits(found) >= 0.75 * expected
    on = [one.rows[0] for one in found if len(one.rows)]
    assert np.median([row[COLUMNS.index("sign")] for row in on]) == np.sign(contrast)
    assert np.median([row[COLUMNS.index("width")] for row in on]) == pytest.approx(
        2 * radius, abs=2.5
    )


@pytest.mark.parametrize("noise", [0.0, 2.0, 6.0])
def test_nothing_is_found_where_nothing_moves(noise: float) -> None:
    found = list(find_candidates(Film((), noise=noise).frames()))
    assert np.mean([len(one.rows) for one in found]) < 0.5


@pytest.mark.parametrize("fps", [8.0, 12.0, 30.0])
def test_it_is_found_at_every_frame_rate(fps: float) -> None:
    found = list(find_candidates(Film((FALL,), fps=fps).frames()))
    present = sum(FALL(one.time_s) is not None for one in found)
    assert hits(found) >= 0.7 * present > 4


def test_lost_frames_do_no_harm() -> None:
    lost = frozenset(range(5, 60, 4)) | frozenset({20, 21, 22})
    found = list(find_candidates(Film((FALL,), lost=lost).frames()))
    assert not {one.index for one in found} & lost
    assert hits(found) >= 10


def test_a_lamp_that_goes_on_is_no_motion() -> None:
    frames = list(Film((), noise=0.5).frames())
    for frame in frames[20:]:
        frame.image[100:140, 100:140] += 50
    found = list(find_candidates(frames))
    assert max(len(one.rows) for one in found) == 0


def test_the_strongest_is_found_where_the_whole_picture_changes() -> None:
    rng = np.random.default_rng(2)
    frames = list(Film((FALL,), contrast=120.0).frames())
    grain = rng.uniform(0, 40, frames[20].image.shape)
    frames[20].image[:] = np.clip(frames[20].image + grain, 0, 255).astype(np.uint8)
    (found,) = (one for one in find_candidates(frames) if one.index == 20)
    assert found.crowded
    assert hits([found]) == 1


def test_shake_is_taken_out() -> None:
    def shake(time_s: float) -> tuple[float, float]:
        return 3.0 * np.sin(9 * time_s), 2.0 * np.cos(7 * time_s) - 2.0

    film = Film((FALL,), shake=shake, noise=0.5)
    steadier = Steadier()
    errors = [
        np.abs(steadier.shift(frame.luma()) - shake(frame.time_s)).max() for frame in film.frames()
    ]
    assert np.median(errors) < 0.2
    found = list(find_candidates(film.frames()))
    assert np.median([len(one.rows) for one in found]) <= 3
    on = 0
    for one in found:
        at = FALL(one.time_s)
        if at is not None and len(one.rows):
            dx, dy = shake(one.time_s)
            on += bool(np.hypot(one.rows[:, 0] - at[0] - dx, one.rows[:, 1] - at[1] - dy).min() < 4)
    assert on >= 15


def test_only_the_region_is_looked_at() -> None:
    region = np.zeros((HEIGHT, WIDTH), np.uint8)
    region[:, 200:] = 255
    other = dropped(250.0, 50.0)
    found = list(find_candidates(Film((FALL, other)).frames(), region))
    places = np.concatenate([one.rows[:, 0] for one in found])
    assert len(places) > 10
    assert (places >= 195).all()


def test_patches_show_what_moves() -> None:
    found = [one for one in find_candidates(Film((FALL,)).frames()) if len(one.rows)]
    patches = np.concatenate([one.patches[:1] for one in found])
    assert patches.shape[1:] == (2, PATCH, PATCH)
    inner = patches[:, 1, 12:20, 12:20].max(axis=(1, 2))
    assert np.median(inner) > 25


def test_a_picture_of_any_size_is_taken() -> None:
    rng = np.random.default_rng(1)
    for shape in ((17, 23), (40, 33), (721, 5)):
        frames = [Frame(n, n / FPS, rng.integers(0, 255, shape, dtype=np.uint8)) for n in range(15)]
        assert list(find_candidates(frames))
