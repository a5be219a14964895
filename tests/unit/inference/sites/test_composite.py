"""Windows depend on when frames were taken, not on how they arrive."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from inference.sites.composite import Rhythm, plan_windows
from inference.sites.frame import FrameRef
from tests.unit.inference.sites.scene import START

RHYTHM = Rhythm()
TIMES = st.lists(st.integers(0, 7 * 24 * 60), max_size=60, unique=True)


def refs(minutes: list[int]) -> list[FrameRef]:
    return [FrameRef(at=START + timedelta(minutes=m), name=f"{m}.jpg") for m in minutes]


@settings(max_examples=40, deadline=None)
@given(minutes=TIMES, shuffle=st.randoms(use_true_random=False))
def test_order_and_repeats_change_nothing(minutes: list[int], shuffle: object) -> None:
    frames = refs(minutes)
    mixed = frames + frames[::3]
    shuffle.shuffle(mixed)  # type: ignore[attr-defined]
    assert plan_windows(mixed, RHYTHM) == plan_windows(frames, RHYTHM)


@settings(max_examples=40, deadline=None)
@given(minutes=TIMES, cut=st.integers(0, 14))
def test_windows_planned_day_by_day_are_those_planned_at_once(minutes: list[int], cut: int) -> None:
    end = START + timedelta(hours=12 * cut)
    early = [ref for ref in refs(minutes) if ref.at < end]
    at_once = [window for window in plan_windows(refs(minutes), RHYTHM) if window.end <= end]
    assert plan_windows(early, RHYTHM) == at_once


@settings(max_examples=40, deadline=None)
@given(minutes=TIMES)
def test_a_window_is_its_half_day_and_reaches_back_only_for_want_of_frames(
    minutes: list[int],
) -> None:
    windows = plan_windows(refs(minutes), RHYTHM)
    assert sum(window.fresh for window in windows) == len(minutes)
    for window in windows:
        older = [ref for ref in window.frames if RHYTHM.slot_end(ref.at) < window.end]
        assert len(window.frames) <= max(RHYTHM.most_frames, RHYTHM.least_frames)
        assert not older or len(window.frames) <= RHYTHM.least_frames
        assert all(window.end - ref.at <= timedelta(days=RHYTHM.reach_days) for ref in older)
        assert list(window.frames) == sorted(window.frames, key=lambda ref: ref.order)


def test_two_frames_a_day_make_a_composite_on_the_third() -> None:
    frames = refs([day * 1440 + hour * 60 for day in range(4) for hour in (9, 15)])
    sizes = [len(window.frames) for window in plan_windows(frames, RHYTHM)]
    assert sizes == [1, 2, 3, 4, 5, 6, 6, 6]
