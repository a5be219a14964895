"""The receiving department as a web application."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route

from api.database import now
from api.dispatch.connectors.events import EVENT_PREFIX, TEST_EVENT
from api.dispatch.signatures import Keys, SignatureWrong
from api.sandbox.behaviour import answer_badly
from api.sandbox.department import TAKES, Behaviour, Channel, Department, UnknownWork
from api.sandbox.open311 import GeoReport
from api.sandbox.page import desk
from api.sandbox.progress import Progress


@dataclass(frozen=True, slots=True)
class SandboxOptions:
    """What kind of department it is.

    Attributes:
        secret: keys that verify webhooks and sign callbacks.
        api_key: what Open311 requests must carry; None wants none.
        services: its Open311 service codes.
        delay_s: seconds between accepted, in progress and done; None moves nothing by itself.
        callback_url: where it tells what it does; by default where each message asks for it.
        knows_keys: whether it recognises a message that it has.
        gives_tokens: whether Open311 requests are answered with a token first.
    """

    secret: str
    api_key: str | None = None
    services: tuple[str, ...] = ("pothole", "crack")
    delay_s: float | None = None
    callback_url: str | None = None
    knows_keys: bool = True
    gives_tokens: bool = False


def create_sandbox(options: SandboxOptions) -> Starlette:
    """Return the department: `/open311/v2`, `/webhook`, and what it received at `/received`.

    Raises:
        KeysInvalid: the secret holds no keys of Standard Webhooks.
    """
    keys = Keys.read(options.secret)
    department = Department(knows_keys=options.knows_keys)
    progress = Progress(
        department,
        keys=keys,
        delay=timedelta(seconds=options.delay_s) if options.delay_s is not None else None,
        callback_url=options.callback_url,
    )
    georeport = GeoReport(
        department,
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
        behaviour = department.next_behaviour()
        if behaviour in TAKES:
            _take(department, request.headers["webhook-id"], event)
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

    async def show(_: Request) -> Response:
        return HTMLResponse(desk(department.works(), department.counts()))

    async def healthy(_: Request) -> Response:
        return JSONResponse({"status": "ok"})

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        moving = asyncio.create_task(progress.run())
        yield
        moving.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await moving

    app = Starlette(
        routes=[
            Route("/", show),
            Route("/healthz", healthy),
            Route("/received", received),
            Route("/received/{number}/status", advance, methods=["POST"]),
            Route("/counts", counts),
            Route("/behaviour", behave, methods=["POST"]),
            Route("/webhook", receive, methods=["POST"]),
            Mount("/open311/v2", routes=georeport.routes),
        ],
        lifespan=lifespan,
    )
    app.state.department = department
    return app


def _take(department: Department, key: str, event: dict[str, Any]) -> None:
    case_id = str(event["subject"])
    if event["type"] == f"{EVENT_PREFIX}cancelled":
        department.cancel(key=key, case_id=case_id, content=event)
        return
    department.take(
        channel=Channel.WEBHOOK,
        key=key,
        case_id=case_id,
        what=event["data"]["finding"]["class"],
        content=event,
        callback_url=event["data"]["callback_url"],
    )
