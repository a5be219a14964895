"""The receiving department as a web application."""

import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route

from api.database import now
from api.dispatch.connectors.events import EVENT_PREFIX, TEST_EVENT
from api.dispatch.models import MessageType
from api.dispatch.signatures import Keys, SignatureWrong
from api.errors import Unprocessable
from api.sandbox.behaviour import TAKES, Behaviour, answer_badly
from api.sandbox.department import Channel, Department, Offer, UnknownWork
from api.sandbox.open311 import GeoReport
from api.sandbox.page import desk
from api.sandbox.progress import Progress
from api.sandbox.script import Script, read_script

_GIVES_WORK = (MessageType.OPENED, MessageType.REOPENED)


@dataclass(frozen=True, slots=True)
class SandboxOptions:
    """What kind of department it is.

    Attributes:
        secret: keys that verify webhooks and sign callbacks.
        api_key: what Open311 requests must carry; None wants none.
        services: its Open311 service codes.
        script: what it does with work.
        callback_url: where it tells what it does; by default where each message asks for it.
        knows_keys: whether it recognises a message that it has.
        gives_tokens: whether Open311 requests are answered with a token first.
    """

    secret: str
    api_key: str | None = None
    services: tuple[str, ...] = ("pothole", "crack")
    script: Script = field(default_factory=Script)
    callback_url: str | None = None
    knows_keys: bool = True
    gives_tokens: bool = False


def create_sandbox(options: SandboxOptions) -> Starlette:
    """Return the department: `/open311/v2`, `/webhook`, and what it received at `/received`.

    Raises:
        KeysInvalid: the secret holds no keys of Standard Webhooks.
    """
    keys = Keys.read(options.secret)
    department = Department(options.script, knows_keys=options.knows_keys)
    progress = Progress(department, keys=keys, callback_url=options.callback_url)
    georeport = GeoReport(
        department,
        progress,
        api_key=options.api_key,
        services=options.services,
        gives_tokens=options.gives_tokens,
    )

    async def receive(request: Request) -> Response:
        """Take a signed CloudEvent."""
        body = await request.body()
        try:
            keys.verify(request.headers, body, at=now())
        except SignatureWrong as error:
            department.refuse()
            return JSONResponse({"error": str(error)}, 401)
        event: dict[str, Any] = json.loads(body)
        if event["type"] == TEST_EVENT:
            return Response(status_code=204)
        offer = _offer(request.headers["webhook-id"], event)
        kind = event["type"].removeprefix(EVENT_PREFIX)
        behaviour = department.answer(offer if kind in _GIVES_WORK else None)
        if behaviour in TAKES:
            if kind in _GIVES_WORK:
                progress.begin(department.take(offer))
            elif kind == MessageType.CANCELLED:
                department.cancel(offer)
            else:
                department.note(offer, kind)
        if behaviour != Behaviour.TAKE:
            return await answer_badly(behaviour, request)
        return Response(status_code=204)

    async def received(_: Request) -> Response:
        return JSONResponse([work.as_json() for work in department.works()])

    async def counts(_: Request) -> Response:
        return JSONResponse(department.counts())

    async def advance(request: Request) -> Response:
        """Move work to the status that is asked for."""
        try:
            status = (await request.json())["status"]
            work = await progress.advance(request.path_params["number"], status)
        except UnknownWork:
            return JSONResponse({"error": "no work of this number"}, 404)
        except (ValueError, TypeError, KeyError) as error:
            return JSONResponse({"error": f'send {{"status": …}}: {error}'}, 422)
        return JSONResponse(work.as_json())

    async def behave(request: Request) -> Response:
        """Set how the next deliveries are treated."""
        try:
            department.behave([Behaviour(name) for name in await request.json()])
        except (ValueError, TypeError) as error:
            names = ", ".join(Behaviour)
            return JSONResponse({"error": f"send a list of {names}: {error}"}, 422)
        return Response(status_code=204)

    async def follow(request: Request) -> Response:
        """Take a script for the work that comes from now on."""
        try:
            department.follow(read_script(await request.body()))
        except Unprocessable as error:
            return JSONResponse({"error": str(error)}, 422)
        return Response(status_code=204)

    async def show(_: Request) -> Response:
        return HTMLResponse(desk(department.works(), department.counts()))

    async def healthy(_: Request) -> Response:
        return JSONResponse({"status": "ok"})

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        await progress.stop()

    app = Starlette(
        routes=[
            Route("/", show),
            Route("/healthz", healthy),
            Route("/received", received),
            Route("/received/{number}/status", advance, methods=["POST"]),
            Route("/counts", counts),
            Route("/behaviour", behave, methods=["POST"]),
            Route("/script", follow, methods=["PUT"]),
            Route("/webhook", receive, methods=["POST"]),
            Mount("/open311/v2", routes=georeport.routes),
        ],
        lifespan=lifespan,
    )
    app.state.department = department
    return app


def _offer(key: str, event: dict[str, Any]) -> Offer:
    location = event["data"]["location"]
    return Offer(
        channel=Channel.WEBHOOK,
        key=key,
        case_id=str(event["subject"]),
        what=event["data"]["finding"]["class"],
        content=event,
        place=(location["latitude"], location["longitude"]) if location else None,
        callback_url=event["data"]["callback_url"],
    )
