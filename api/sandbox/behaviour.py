"""How the department answers a delivery, well or badly."""

import asyncio
from enum import StrEnum

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response


class Behaviour(StrEnum):
    """How the department treats one delivery.

    `TAKE_AND_…` takes the work before it misbehaves: the sender cannot know.
    """

    TAKE = "take"
    HANG = "hang"
    REFUSE = "refuse"  # 400
    FAIL = "fail"  # 500
    MOVED = "moved"  # 301
    GONE = "gone"  # 410
    BUSY = "busy"  # 429, Retry-After: 1
    TAKE_AND_HANG = "take_and_hang"
    TAKE_AND_FAIL = "take_and_fail"
    TAKE_AND_BABBLE = "take_and_babble"  # 200 and garbage


TAKES = frozenset(
    {
        Behaviour.TAKE,
        Behaviour.TAKE_AND_HANG,
        Behaviour.TAKE_AND_FAIL,
        Behaviour.TAKE_AND_BABBLE,
    }
)
_LONGEST_HANG_S = 120.0
_STATUS = {
    Behaviour.REFUSE: 400,
    Behaviour.FAIL: 500,
    Behaviour.GONE: 410,
    Behaviour.TAKE_AND_FAIL: 500,
}


async def answer_badly(behaviour: Behaviour, request: Request) -> Response:
    """Return the answer that a behaviour other than `TAKE` gives."""
    if behaviour in (Behaviour.HANG, Behaviour.TAKE_AND_HANG):
        await _hang(request)
        return PlainTextResponse("too late", 503)
    if behaviour == Behaviour.MOVED:
        return RedirectResponse(str(request.url.replace(path="/elsewhere")), 301)
    if behaviour == Behaviour.BUSY:
        return PlainTextResponse("busy", 429, {"Retry-After": "1"})
    if behaviour == Behaviour.TAKE_AND_BABBLE:
        return PlainTextResponse("<<<%PDF-1.7 \x00")
    return PlainTextResponse(behaviour.value, _STATUS[behaviour])


async def _hang(request: Request) -> None:
    """Say nothing until the other side gives up."""
    loop = asyncio.get_running_loop()
    until = loop.time() + _LONGEST_HANG_S
    while loop.time() < until and not await request.is_disconnected():
        await asyncio.sleep(0.05)
