"""Gateways say how they are; people read it."""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message

from api.dependencies import ServicesDep, allow
from api.errors import Forbidden
from api.frames.bodies import read_body
from api.gateway_reports import service
from api.gateway_reports.schemas import ReportPost, ReportView
from api.pages import DEFAULT_LIMIT, Cursor, Limit, Page, decode_id_cursor, encode_cursor
from api.permissions import Action
from api.principal import Principal
from api.problems import problem_responses

LONGEST_REPORT = 200_000


class _Capped(APIRoute):
    """Reads no more of a body than a report can have, before anything else looks at it."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def capped(request: Request) -> Response:
            body = await read_body(request, LONGEST_REPORT)

            async def receive() -> Message:
                return {"type": "http.request", "body": body, "more_body": False}

            return await handle(Request(request.scope, receive))

        return capped


router = APIRouter(tags=["gateways"], route_class=_Capped)


@router.post(
    "/v1/gateway-reports",
    summary="Say how a gateway is",
    status_code=204,
    responses=problem_responses(400, 408, 413),
)
def post_gateway_report(
    body: ReportPost,
    principal: Annotated[Principal, Depends(allow(Action.GATEWAYS_REPORT))],
    services: ServicesDep,
) -> None:
    """Keep the newest report of the gateway that the token is of.

    A camera that its gateway cannot reach, or that delivers the same picture again and again, is
    in trouble from then on; so are a gateway's cameras while it loses pictures.
    """
    if principal.gateway_id is None:
        raise Forbidden("Reports are posted with the token of a gateway.", code="not-a-gateway")
    with services.database.write() as session:
        service.take(session, gateway_id=principal.gateway_id, report=body)


@router.get(
    "/v1/gateway-reports",
    summary="List the newest report of each gateway",
    response_model=Page[ReportView],
    responses=problem_responses(400),
)
def list_gateway_reports(
    principal: Annotated[Principal, Depends(allow(Action.CAMERAS_READ))],
    services: ServicesDep,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[ReportView]:
    """Return how gateways are by their own word, those of cameras that the caller may see."""
    after_id = decode_id_cursor(cursor)
    with services.database.read() as session:
        items = service.views(session, limit=limit, after_id=after_id, visible=principal.camera_ids)
    last = items[limit - 1].gateway_id if len(items) > limit else None
    return Page(items=items[:limit], next_cursor=encode_cursor(last) if last else None)
