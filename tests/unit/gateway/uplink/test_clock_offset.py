"""The offset is the gateway's clock minus the service's, however slow the link and the clocks."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import Unreachable
from gateway.uplink import ClockOffset

EPOCH = datetime(2026, 11, 22, tzinfo=UTC)


class World:
    """True time, a gateway whose wall clock is off, and a link with delays."""

    def __init__(self, offset_s: float, seed: int = 0) -> None:
        self.true_s = 0.0
        self.offset_s = offset_s
        self.delays = random.Random(seed)
        self.silent = False

    def wall(self) -> datetime:
        return EPOCH + timedelta(seconds=self.true_s + self.offset_s)

    def running(self) -> float:
        return self.true_s + 777.0

    def ask(self) -> datetime:
        if self.silent:
            raise Unreachable("nobody")
        self.true_s += self.delays.expovariate(1 / 0.2)
        told = EPOCH + timedelta(seconds=self.true_s)
        self.true_s += self.delays.expovariate(1 / 0.2)
        return told

    def clock_offset(self) -> ClockOffset:
        return ClockOffset(self.ask, wall=self.wall, running=self.running)


@given(offset_s=st.floats(-1e6, 1e6), seed=st.integers(0, 100))
def test_it_errs_by_half_the_quickest_round_trip_at_most(offset_s: float, seed: int) -> None:
    clock = World(offset_s, seed).clock_offset()
    assert clock.offset_ms is None
    measured_ms = clock.measure()
    assert clock.error_ms is not None
    assert abs(measured_ms - offset_s * 1000) <= clock.error_ms + 0.2
    assert clock.error_ms < 400


def test_a_wall_clock_that_is_set_meanwhile_is_noticed() -> None:
    world = World(-3600.0)
    clock = world.clock_offset()
    clock.measure()
    before = clock.offset_ms
    assert before is not None
    world.true_s += 1000
    world.offset_s = 2.0
    after = clock.offset_ms
    assert after is not None
    assert after - before == pytest.approx(3_602_000, abs=1)


def test_when_the_service_does_not_answer_the_last_measurement_stays() -> None:
    world = World(5.0)
    clock = world.clock_offset()
    clock.measure()
    known = clock.offset_ms
    world.silent = True
    with pytest.raises(Unreachable):
        clock.measure()
    assert clock.offset_ms == known
