"""The pace of a body: by windows, so that only a trickle is given up."""

import asyncio
import selectors
from collections.abc import AsyncIterator
from typing import Any

import pytest

from api.errors import TooSlow
from api.frames import pacing


class _Clock(selectors.DefaultSelector):
    """Lets time pass where a loop would sleep."""

    now = 0.0

    def select(self, timeout: float | None = None) -> Any:
        self.now += timeout or 0.0
        return super().select(0)


def run_at_once(main: Any) -> None:
    """Run a coroutine by a clock of its own, without waiting."""
    clock = _Clock()
    loop = asyncio.SelectorEventLoop(clock)
    loop.time = lambda: clock.now  # type: ignore[method-assign]
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.run(main)


def read(pieces: list[tuple[float, int]], most_s: float | None = None) -> None:
    """Read pieces, each so many seconds after the one before and of so many bytes."""

    async def run() -> None:
        async with pacing.paced(most_s) as pace:
            for after_s, size in pieces:
                await asyncio.sleep(after_s)
                pace.came(size)

    run_at_once(run())


def test_what_reaches_the_floor_may_take_longer_than_a_window() -> None:
    read([(1.0, 1200)] * 600)


def test_a_trickle_is_given_up_within_a_window() -> None:
    with pytest.raises(TooSlow):
        read([(0.5, 1)] * 30)


def test_a_burst_buys_one_window_and_no_more() -> None:
    with pytest.raises(TooSlow):
        read([(0.0, 10_000_000), (10.5, 1)])


def test_a_body_that_takes_too_long_is_given_up_at_whatever_rate() -> None:
    with pytest.raises(TooSlow):
        read([(1.0, 100_000)] * 40, most_s=30.0)
    read([(1.0, 100_000)] * 29, most_s=30.0)


def read_stored(pieces: list[tuple[float, int]], storing_s: float) -> int:
    """Read pieces of which each is stored for so long; return the bytes that came."""

    async def chunks() -> AsyncIterator[bytes]:
        for after_s, size in pieces:
            await asyncio.sleep(after_s)
            yield b"x" * size

    came = 0

    async def run() -> None:
        nonlocal came
        pace, coming = pacing.WaitingPace(30.0), aiter(chunks())
        while True:
            try:
                came += len(await pace.next(coming))
            except StopAsyncIteration:
                return
            await asyncio.sleep(storing_s)

    run_at_once(run())
    return came


def test_a_slow_store_is_not_taken_for_a_slow_client() -> None:
    assert read_stored([(0.1, 2000)] * 50, storing_s=100.0) == 100_000


@pytest.mark.parametrize("pieces", [[(31.0, 1)], [(5.0, 1)] * 20])
def test_silence_and_a_trickle_end_an_upload(pieces: list[tuple[float, int]]) -> None:
    with pytest.raises(TimeoutError):
        read_stored(pieces, storing_s=0.0)
