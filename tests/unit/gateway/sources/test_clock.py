import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.sources.clock import CaptureClock, StreamClock


class Time:
    """A system clock that can be set, and one that cannot."""

    def __init__(self) -> None:
        self.wall_s, self.monotonic_s = 1_000_000.0, 50.0

    def wall(self) -> float:
        return self.wall_s

    def monotonic(self) -> float:
        return self.monotonic_s

    def go(self, seconds: float) -> None:
        self.wall_s += seconds
        self.monotonic_s += seconds

    def clock(self) -> CaptureClock:
        return CaptureClock(wall=self.wall, monotonic=self.monotonic)


@given(st.lists(st.tuples(st.floats(0.001, 100), st.floats(-5000, 5000)), max_size=30))
def test_the_clock_never_goes_back_however_the_system_is_set(
    steps: list[tuple[float, float]],
) -> None:
    time = Time()
    clock = time.clock()
    told = [clock.now()]
    for seconds, jump in steps:
        time.go(seconds)
        time.wall_s += jump
        told.append(clock.now())
        assert clock.now() - clock.ahead_s() == pytest.approx(time.wall_s, abs=1e-6)
    assert all(after > before for before, after in itertools.pairwise(told))


def test_a_clock_that_was_set_back_is_waited_for_and_its_error_told() -> None:
    time = Time()
    clock = time.clock()
    time.wall_s -= 10
    assert clock.ahead_s() == pytest.approx(10)
    time.go(10)
    assert clock.ahead_s() == pytest.approx(5)
    time.go(10)
    assert clock.now() == pytest.approx(time.wall_s)


def test_a_clock_that_was_set_forward_is_followed() -> None:
    time = Time()
    clock = time.clock()
    time.wall_s += 3600
    assert clock.now() == time.wall_s


def test_a_network_that_holds_pictures_back_does_not_change_their_times() -> None:
    time = Time()
    stream = StreamClock(time.clock(), monotonic=time.monotonic)
    begin = time.wall_s
    for number in range(20):
        stream.arrived(number / 10)
        time.go(0.1)
    time.go(3.0)  # the network stalls, then everything comes at once
    for number in range(20, 50):
        stream.arrived(number / 10)
        assert stream.moment(number / 10) == pytest.approx(begin + number / 10, abs=0.01)


def test_what_was_waiting_before_the_connection_is_known_as_such() -> None:
    time = Time()
    stream = StreamClock(time.clock(), monotonic=time.monotonic)
    for number in range(10):
        stream.arrived(number / 10)
        assert not stream.is_settled
        time.go(0.001)
    for number in range(10, 13):
        time.go(0.1)
        stream.arrived(number / 10)
    assert stream.is_settled
    assert stream.moment(1.2) == pytest.approx(time.wall_s, abs=0.01)


def test_a_stream_whose_own_clock_is_set_anew_is_understood() -> None:
    time = Time()
    stream = StreamClock(time.clock(), monotonic=time.monotonic)
    for media_s in (1000.0, 1000.1, 5.0, 5.1, 5.2):
        time.go(0.1)
        stream.arrived(media_s)
    assert stream.moment(5.2) == pytest.approx(time.wall_s, abs=0.01)
