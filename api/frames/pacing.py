"""How fast a body must come: slow is taken, a trickle is not."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from api.errors import TooSlow

FLOOR_BYTES_PER_S = 1024
WINDOW_S = 10.0
"""Within each such time the floor must be reached on average; a slow mobile link reaches it."""


class Pace:
    """Ends the reading of a body that comes too slowly; told of every piece that comes.

    As Apache's mod_reqtimeout does with its `MinRate`: what comes buys more time, and a client
    that sends a byte now and then holds its place for one window only.

    Args:
        timer: of the block in which the body is read.
        most_s: how long the whole body may take, at whatever rate.
    """

    def __init__(self, timer: asyncio.Timeout, most_s: float | None) -> None:
        self._timer = timer
        self._loop = asyncio.get_running_loop()
        self._end = None if most_s is None else self._loop.time() + most_s
        self._came = 0
        self._begin()

    def came(self, size: int) -> None:
        """Note that so many bytes came."""
        self._came += size
        if self._came >= FLOOR_BYTES_PER_S * WINDOW_S:
            self._begin()

    def _begin(self) -> None:
        self._came = 0
        until = self._loop.time() + WINDOW_S
        self._timer.reschedule(until if self._end is None else min(until, self._end))


class WaitingPace:
    """As `Pace`, for a body that is stored as it comes: only the waiting for it counts.

    Args:
        window_s: within so long the floor must be reached on average.
    """

    def __init__(self, window_s: float) -> None:
        self._window_s = window_s
        self._left_s = window_s
        self._came = 0

    async def next(self, chunks: AsyncIterator[bytes]) -> bytes:
        """Wait for the next piece.

        Raises:
            TimeoutError: it came too slowly; nothing more can be read.
            StopAsyncIteration: nothing more comes.
        """
        loop = asyncio.get_running_loop()
        began = loop.time()
        async with asyncio.timeout(self._left_s):
            chunk = await anext(chunks)
        self._left_s -= loop.time() - began
        self._came += len(chunk)
        if self._came >= FLOOR_BYTES_PER_S * self._window_s:
            self._left_s, self._came = self._window_s, 0
        return chunk


@asynccontextmanager
async def paced(most_s: float | None = None) -> AsyncIterator[Pace]:
    """Read a body within the block, and tell the pace of each piece.

    Raises:
        TooSlow: it came too slowly, or took too long.
    """
    try:
        async with asyncio.timeout(None) as timer:
            yield Pace(timer, most_s)
    except TimeoutError:
        within = "" if most_s is None else f" or not within {most_s:.0f} seconds"
        raise TooSlow(
            f"The body came at less than {FLOOR_BYTES_PER_S} bytes a second{within}; post it "
            "again, in smaller pieces if the link is slow.",
            code="upload-too-slow",
        ) from None
