"""Routing tables: checked, put in force, read, compared, and asked."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import AwareDatetime
from starlette.concurrency import run_in_threadpool

from api.cases.schemas import DestinationName
from api.database import now
from api.dependencies import ServicesDep, allow
from api.dispatch.routing import place, route_for
from api.documents import LONGEST_DOCUMENT, YAML_BODY, decoded
from api.errors import NotFound, Unprocessable
from api.findings.models import Finding
from api.frames.bodies import read_body
from api.grids.service import holding
from api.pages import DEFAULT_LIMIT, Cursor, Limit, Page, decode_id_cursor, page
from api.permissions import Action
from api.principal import Principal
from api.problems import problem_responses
from api.routing import service
from api.routing.differences import differences
from api.routing.document import NOUN, read_table
from api.routing.labels import GridView
from api.routing.schemas import (
    ChangeView,
    RouteView,
    RoutingChecked,
    RoutingDifferences,
    RoutingTableText,
    RoutingTableView,
)

router = APIRouter(tags=["routing"])

Reader = Annotated[Principal, Depends(allow(Action.ROUTING_READ))]
Manager = Annotated[Principal, Depends(allow(Action.ROUTING_MANAGE))]
Number = Annotated[int, Path(ge=1, le=2**31 - 1)]


@router.get(
    "/v1/routing",
    summary="The routing table in force",
    response_model=RoutingTableText,
    responses=problem_responses(404),
)
def read_routing_in_force(services: ServicesDep, _: Reader) -> RoutingTableText:
    """Return the routing table in force, as it was written."""
    with services.database.read() as session:
        table = service.VERSIONS.in_force(session)
    if table is None:
        raise NotFound(
            "No routing table is in force: a class goes to the destination that receives it.",
            code="no-routing",
        )
    return RoutingTableText.model_validate(table)


@router.put(
    "/v1/routing",
    summary="Put a routing table in force",
    response_model=RoutingTableView,
    responses=problem_responses(408, 409, 413),
    openapi_extra=YAML_BODY,
)
async def load_routing(
    request: Request, services: ServicesDep, principal: Manager
) -> RoutingTableView:
    """Put a routing table (YAML) in force in place of the one before, and send what waits for it.

    A 422 names line and place of every mistake, and every unknown department and area; nothing is
    changed then. To go back, put an earlier version's text.
    """
    text = decoded(await read_body(request, LONGEST_DOCUMENT), noun=NOUN)

    def load() -> RoutingTableView:
        with services.database.write() as session:
            table = service.load(session, text=text, actor=principal.actor)
        return RoutingTableView.model_validate(table)

    return await run_in_threadpool(load)


@router.delete(
    "/v1/routing",
    summary="Put no routing table in force",
    status_code=204,
    response_class=Response,
    responses=problem_responses(409),
)
def end_routing(services: ServicesDep, principal: Manager) -> None:
    """End the table in force: a class goes to the destination that receives it, without a term."""
    with services.database.write() as session:
        service.VERSIONS.end(session, actor=principal.actor)


@router.post(
    "/v1/routing/check",
    summary="Check a routing table",
    response_model=RoutingChecked,
    responses=problem_responses(408, 413),
    openapi_extra=YAML_BODY,
)
async def check_routing(request: Request, services: ServicesDep, _: Manager) -> RoutingChecked:
    """Say whether a table could be put in force, and what it would change; changes nothing."""
    text = decoded(await read_body(request, LONGEST_DOCUMENT), noun=NOUN)

    def check() -> RoutingChecked:
        with services.database.read() as session:
            document = service.check(session, text)
            table = service.VERSIONS.in_force(session)
        known = read_table(table.text) if table else None
        return RoutingChecked(
            name=document.name,
            routes=[route.name for route in document.routes],
            warnings=[*document.warnings, *document.calendar.warnings(now())],
            changes=[ChangeView.model_validate(one) for one in differences(known, document)],
        )

    return await run_in_threadpool(check)


@router.get("/v1/routing/versions", summary="Every version", response_model=Page[RoutingTableView])
def list_routing_versions(
    services: ServicesDep, _: Reader, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Page[RoutingTableView]:
    """Return every version that was ever in force, oldest first."""
    with services.database.read() as session:
        rows = service.VERSIONS.page(session, limit=limit, after_id=decode_id_cursor(cursor))
    return page(rows, limit, RoutingTableView)


@router.get(
    "/v1/routing/versions/{number}",
    summary="One version",
    response_model=RoutingTableText,
    responses=problem_responses(404),
)
def read_routing_version(number: Number, services: ServicesDep, _: Reader) -> RoutingTableText:
    """Return a version as it was written."""
    with services.database.read() as session:
        return RoutingTableText.model_validate(service.VERSIONS.get(session, number))


@router.get(
    "/v1/routing/versions/{number}/differences",
    summary="Compare two versions",
    response_model=RoutingDifferences,
    responses=problem_responses(404),
)
def compare_routing_versions(
    number: Number,
    services: ServicesDep,
    _: Reader,
    before: Annotated[
        int | None, Query(ge=1, le=2**31 - 1, description="the one before it, if absent")
    ] = None,
) -> RoutingDifferences:
    """Return what a version changes, entry by entry."""
    if before is None and number > 1:
        before = number - 1
    with services.database.read() as session:
        after = service.VERSIONS.get(session, number)
        old = service.VERSIONS.get(session, before) if before is not None else None
    changes = differences(read_table(old.text) if old else None, read_table(after.text))
    return RoutingDifferences(
        before=before, after=number, changes=[ChangeView.model_validate(one) for one in changes]
    )


@router.get("/v1/routing/route", summary="Ask where a finding would go", response_model=RouteView)
def ask_route(
    services: ServicesDep,
    _: Reader,
    inspection: Annotated[str, Query(max_length=30, examples=["road_damage"])],
    class_name: Annotated[str, Query(alias="class", max_length=60, examples=["pothole"])],
    severity: Annotated[int, Query(ge=1, le=4)] = 1,
    latitude: Annotated[
        float | None, Query(ge=-90, le=90, description="degrees, WGS-84; with longitude")
    ] = None,
    longitude: Annotated[float | None, Query(ge=-180, le=180)] = None,
    at: Annotated[AwareDatetime | None, Query(description="the present time, if absent")] = None,
) -> RouteView:
    """Say what the routing table in force does with a finding; makes nothing."""
    if (latitude is None) != (longitude is None):
        raise Unprocessable("Give latitude and longitude, or neither.", code="place-incomplete")
    finding = Finding(
        inspection=inspection,
        class_name=class_name,
        severity=severity,
        latitude=latitude,
        longitude=longitude,
    )
    moment: datetime = at or now()
    with services.database.read() as session:
        placed = place(session, finding, at=moment)
        route = route_for(session, finding, at=moment)
        table = service.VERSIONS.in_force(session)
        grids = (
            holding(session, latitude, longitude)
            if latitude is not None and longitude is not None
            else []
        )
    entry = placed.table.document.entry(inspection, class_name) if placed.table else None
    return RouteView(
        table=table.number if table else None,
        route=route.name if route else None,
        fitting=[one.name for one in placed.routes],
        destination=DestinationName.model_validate(route.destination) if route else None,
        term=str(route.term) if route and route.term else None,
        review="always" if placed.needs_review else "policy",
        class_code=placed.code,
        label_zh=entry.label.zh if entry else None,
        label_en=entry.label.en if entry else None,
        grids=[GridView(code=grid.code, name=grid.name) for grid in grids],
    )
