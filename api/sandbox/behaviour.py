"""How the department answers when it does not answer well."""

import asyncio

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from api.sandbox.department import Behaviour

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
