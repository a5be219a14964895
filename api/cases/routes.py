"""Cases: followed, and moved by hand."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from api.areas import BoundingBox, BoundingBoxQuery
from api.cases import service, views
from api.cases.geojson import CaseCollection, case_collection
from api.cases.prescriptions import Prescribed, prescribe
from api.cases.schemas import CaseDetail, CaseSummary, EventCreate
from api.cases.service import Report
from api.cases.states import CaseState
from api.database import now
from api.deadlines.lights import Light
from api.dependencies import ServicesDep, allow
from api.maps import NOT_MODIFIED, geojson
from api.pages import DEFAULT_LIMIT, Cursor, Limit, Page, decode_id_cursor, next_cursor
from api.permissions import Action
from api.principal import Principal
from api.problems import problem_responses

router = APIRouter(tags=["cases"])

Reader = Annotated[Principal, Depends(allow(Action.CASES_READ))]
Manager = Annotated[Principal, Depends(allow(Action.CASES_MANAGE))]


@router.get("/v1/cases", summary="List cases", response_model=Page[CaseSummary])
def list_cases(
    principal: Reader,
    services: ServicesDep,
    state: Annotated[
        list[CaseState] | None, Query(description="only cases that stand in one of these")
    ] = None,
    destination: Annotated[str | None, Query(description="only this destination's (id)")] = None,
    light: Annotated[
        list[Light] | None, Query(description="only cases with one of these lights")
    ] = None,
    escalated: Annotated[
        bool | None, Query(description="only late cases that people here must look at, or others")
    ] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[CaseSummary]:
    """Return cases of the cameras that the caller may see, newest first."""
    with services.database.read() as session:
        rows = views.cases(
            session,
            limit=limit,
            before_id=decode_id_cursor(cursor),
            states=state,
            destination_id=destination,
            lights=light,
            escalated=escalated,
            visible=principal.camera_ids,
        )
        items = views.summaries(session, rows[:limit], visible=principal.camera_ids)
    return Page(items=items, next_cursor=next_cursor(rows, limit, "id"))


@router.get(
    "/v1/cases.geojson",
    summary="Cases for a map",
    response_model=CaseCollection,
    responses=NOT_MODIFIED,
)
def cases_geojson(
    request: Request,
    principal: Reader,
    services: ServicesDep,
    state: Annotated[
        list[CaseState] | None, Query(description="only cases that stand in one of these")
    ] = None,
    bbox: BoundingBoxQuery = None,
) -> Response:
    """Return cases where their findings are (degrees, WGS-84), the newest 50,000."""
    with services.database.read() as session:
        collection = case_collection(
            session,
            states=state,
            within=BoundingBox.parse(bbox),
            visible=principal.camera_ids,
            at=now(),
        )
    return geojson(request, collection)


@router.get(
    "/v1/cases/{case_id}",
    summary="Show a case",
    response_model=CaseDetail,
    responses=problem_responses(404),
)
def get_case(case_id: str, principal: Reader, services: ServicesDep) -> CaseDetail:
    """Return a case with its timeline, its messages and every attempt to deliver them."""
    with services.database.read() as session:
        case = views.visible_case(session, case_id, principal)
        return views.detail(session, case, visible=principal.camera_ids)


@router.post(
    "/v1/cases/{case_id}/events",
    summary="Enter what happened to a case",
    response_model=CaseDetail,
    responses=problem_responses(404, 409),
)
def enter_event(
    case_id: str, body: EventCreate, principal: Manager, services: ServicesDep
) -> CaseDetail:
    """Move a case by hand: what a department said on the telephone, or what a look showed.

    `events` of the case says what is possible; everything else is 409. A case is sent where the
    routing table says, or to `destination_id`.
    """
    with services.database.write() as session:
        views.visible_case(session, case_id, principal)
        case = service.locked(session, case_id)
        report = Report(
            body.event,
            principal.actor,
            comment=body.comment,
            destination_id=body.destination_id,
        )
        service.enter(session, case=case, report=report, external_id=body.external_id)
        session.flush()
        return views.detail(session, case, visible=principal.camera_ids)


@router.post(
    "/v1/cases/{case_id}/prescriptions",
    summary="Enter what an expert prescribed",
    status_code=201,
    response_model=CaseDetail,
    responses=problem_responses(404),
)
def enter_prescription(
    case_id: str, body: Prescribed, principal: Manager, services: ServicesDep
) -> CaseDetail:
    """Keep a prescription that came by telephone or on paper; it moves nothing.

    A department that is told by webhook sends it with its callback instead.
    """
    with services.database.write() as session:
        views.visible_case(session, case_id, principal)
        case = service.locked(session, case_id)
        prescribe(session, case=case, prescribed=body, source=principal.actor)
        return views.detail(session, case, visible=principal.camera_ids)
