"""From counts to densities: areas, traps, nights, and pictures that say nothing."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.counts.densities import Counted, View, densities, typical
from api.counts.pests import PESTS
from api.plots.models import ViewKind

ZONE = ZoneInfo("Asia/Shanghai")
START = datetime(2026, 7, 6, 2, tzinfo=UTC)  # 10 o'clock in Shanghai


def _frame(hours: float, *, usable: bool = True, camera: str = "c", **counts: int) -> Counted:
    at = START + timedelta(hours=hours)
    looked_for = PESTS[ViewKind.TRAP if "insect" in counts else ViewKind.CLOSE]
    return Counted(
        f"{camera}{hours:08.2f}", camera, at, usable, dict.fromkeys(looked_for, 0) | counts
    )


def _view(kind: ViewKind, amount: float, *, since: float = -9999, until: float = 9999) -> View:
    return View("c", kind, amount, START + timedelta(hours=since), START + timedelta(hours=until))


def _values(
    frames: list[Counted], view: View, pest: str, services: list[float] | None = None
) -> list[float]:
    changed = [START + timedelta(hours=each) for each in services or []]
    found = densities(frames, views=[view], services={"c": changed}, pest=pest, zone=ZONE)
    return [each.value for each in found]


CLOSE, TRAP = _view(ViewKind.CLOSE, 0.25), _view(ViewKind.TRAP, 2)


def test_close_pictures_count_per_square_metre_and_zeros_count() -> None:
    frames = [_frame(1, leaf_folder=3), _frame(0), _frame(2, leaf_folder=1, stem_borer=9)]
    assert _values(frames, CLOSE, "leaf_folder") == [0, 12, 4]


def test_a_poor_picture_and_one_of_the_other_kind_say_nothing() -> None:
    frames = [
        _frame(0, usable=False),
        _frame(1, insect=0),  # taken for a trap: nobody looked for leaf folders
        _frame(2, leaf_folder=1),
    ]
    assert _values(frames, CLOSE, "leaf_folder") == [4]
    assert _values([_frame(0, insect=1), _frame(24, leaf_folder=2)], TRAP, "insect") == []


def test_other_cameras_and_times_are_not_of_the_view() -> None:
    view = _view(ViewKind.CLOSE, 1, since=0, until=2)
    frames = [_frame(hours, leaf_folder=int(hours) + 5) for hours in (-1, 0, 1, 2)]
    frames.append(_frame(1, camera="d", leaf_folder=99))
    assert _values(frames, view, "leaf_folder") == [5, 6]


def test_a_trap_tells_what_is_new_since_the_last_look_per_trap_and_night() -> None:
    frames = [_frame(0, insect=10), _frame(24, insect=30), _frame(72, insect=50)]
    # Two traps: 20 new ones in a night, then 20 in two nights. The first look says nothing.
    assert _values(frames, TRAP, "insect") == [10, 5]


def test_a_changed_trap_holds_nothing() -> None:
    frames = [_frame(0, insect=90), _frame(24, insect=8), _frame(48, insect=20)]
    assert _values(frames, TRAP, "insect", [1]) == [4, 6]
    assert _values(frames[1:], TRAP, "insect", [-48]) == [8 / 2 / 3, 6]


def test_looks_of_one_day_go_by_the_day_before() -> None:
    frames = [
        _frame(0, insect=10),
        _frame(4, insect=12),
        _frame(24, insect=20),
        _frame(28, insect=22),
    ]
    assert _values(frames, TRAP, "insect") == [4, 5]


def test_a_trap_changed_this_morning_has_no_night_yet() -> None:
    assert _values([_frame(2, insect=3)], TRAP, "insect", [1]) == []
    # 22 o'clock and 4 o'clock: a night, though six hours.
    assert _values([_frame(18, insect=6)], TRAP, "insect", [12]) == [3]


def test_a_trap_that_nobody_looked_at_for_long_says_nothing_of_a_night() -> None:
    frames = [_frame(0, insect=10), _frame(24 * 28, insect=66), _frame(24 * 57, insect=90)]
    assert _values(frames, TRAP, "insect") == [1]


def test_fewer_than_before_is_below_zero_and_a_period_is_not() -> None:
    frames = [_frame(0, insect=10), _frame(24, insect=6)]
    assert _values(frames, TRAP, "insect") == [-2]
    assert typical([-2.0]) == 0
    assert typical([-2, 4, 6]) == 4


@given(
    counts=st.lists(st.tuples(st.integers(0, 200), st.integers(0, 60)), max_size=12),
    order=st.randoms(),
    pest=st.sampled_from(["insect", "leaf_folder"]),
)
def test_the_order_in_which_frames_come_does_not_matter(
    counts: list[tuple[int, int]], order: object, pest: str
) -> None:
    view = TRAP if pest == "insect" else CLOSE
    frames = [
        _frame(hours, insect=number) if pest == "insect" else _frame(hours, leaf_folder=number)
        for hours, number in dict(counts).items()
    ]
    shuffled = list(frames)
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    assert _values(frames, view, pest, [30]) == _values(shuffled, view, pest, [30])


@pytest.mark.parametrize("wild", [0.0, 1e6])
def test_less_than_half_of_the_frames_cannot_move_a_period_far(wild: float) -> None:
    assert 9 <= typical([9, 10, 11, wild, wild, 10]) <= 11
