from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.clips.naming import order_by_name


@pytest.mark.parametrize(
    ("stems", "seconds"),
    [
        (["frame_1", "frame_2", "frame_3"], [0.0, 0.04, 0.08]),
        (["cam7-000010", "cam7-000011", "cam7-000014"], [0.0, 0.04, 0.16]),
        (["0", "5", "10", "20"], [0.0, 0.04, 0.08, 0.16]),
        (["20260101_120000_000", "20260101_120000_125", "20260101_120001_000"], [0.0, 0.125, 1.0]),
        (["2026-01-01T12-00-00.5Z", "2026-01-01T12-00-01.0Z"], [0.0, 0.5]),
        (["gate 20260101235959.96", "gate 20260102000000.00"], [0.0, 0.04]),
        (["1767268800040", "1767268800080", "1767268800200"], [0.0, 0.04, 0.16]),
        (["1767268800.04", "1767268800.14"], [0.0, 0.1]),
        # the time is when the burst began, and does not rise
        (["20260101_120000_0001", "20260101_120000_0002"], [0.0, 0.04]),
        # minutes apart is no clip that was timed
        (["20260101_120001", "20260101_120502"], [0.0, 0.04]),
        (["only 7"], [0.0]),
    ],
)
def test_times_come_from_names(stems: list[str], seconds: list[float]) -> None:
    ordered = order_by_name(stems)
    assert ordered is not None
    assert [place for place, _ in ordered] == list(range(len(stems)))
    assert [moment for _, moment in ordered] == pytest.approx(seconds, abs=1e-6)


@pytest.mark.parametrize("stems", [["a", "b"], ["frame 1", "last"], ["a1", "b1"], ["1", "01"]])
def test_names_that_tell_no_order_are_told(stems: list[str]) -> None:
    assert order_by_name(stems) is None


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=30, unique=True), st.randoms())
def test_numbers_are_put_in_order_whatever_order_they_come_in(
    numbers: list[int], mix: Random
) -> None:
    mix.shuffle(numbers)
    ordered = order_by_name([f"img{number}" for number in numbers], fps=10)
    assert ordered is not None
    assert [numbers[place] for place, _ in ordered] == sorted(numbers)
    times = [moment for _, moment in ordered]
    assert times[0] == 0
    assert all(after - before >= 0.1 - 1e-6 for before, after in pairwise(times))
