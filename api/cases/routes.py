"""Cases: followed, and moved by hand."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request
from starlette.responses import Response

from api.areas import BoundingBox, BoundingBoxQuery
from api.cases import comments, counting, listing, service, views
from api.cases.comments import CommentCreate
from api.cases.geojson import CaseCollection, case_collection
from api.cases.listing import KEY_TYPES, Filters, Order
from api.cases.prescriptions import Prescribed, prescribe
from api.cases.schemas import (
    CaseChoices,
    CaseCounts,
    CaseDetail,
    CaseSummary,
    CommentView,
    EventCreate,
)
from api.cases.service import Report
from api.cases.states import CaseState
from api.database import now
from api.deadlines.lights import Light
from api.dependencies import ServicesDep, allow
from api.maps import NOT_MODIFIED, geojson
from api.pages import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from api.permissions import Action
from api.principal import Principal
from api.problems import problem_responses

router = APIRouter(tags=["cases"])

Reader = Annotated[Principal, Depends(allow(Action.CASES_READ))]
Manager = Annotated[Principal, Depends(allow(Action.CASES_MANAGE))]


def _filters(
    principal: Reader,
    state: Annotated[
        list[CaseState] | None, Query(description="only cases that stand in one of these")
    ] = None,
    light: Annotated[
        list[Light] | None, Query(description="only cases with one of these lights")
    ] = None,
    destination: Annotated[str | None, Query(description="only this destination's (id)")] = None,
    inspection: Annotated[str | None, Query(max_length=30, examples=["road_damage"])] = None,
    class_name: Annotated[
        str | None, Query(alias="class", max_length=60, examples=["pothole"])
    ] = None,
    grid: Annotated[
        str | None,
        Query(max_length=40, description="only this area's (code)", examples=["330106001002"]),
    ] = None,
    number: Annotated[
        str | None,
        Query(
            min_length=1,
            max_length=60,
            pattern=r"^[^\x00]+$",
            description="only cases with this in their number or in the department's own",
        ),
    ] = None,
    escalated: Annotated[
        bool | None, Query(description="only late cases that people here must look at, or others")
    ] = None,
    needs_person: Annotated[
        bool | None,
        Query(description="only cases whose verification waits for a person, or others"),
    ] = None,
) -> Filters:
    return Filters(
        states=state or (),
        lights=light or (),
        destination_id=destination,
        inspection=inspection,
        class_name=class_name,
        grid_code=grid,
        text=number,
        escalated=escalated,
        needs_person=needs_person,
        visible=principal.camera_ids,
    )


FiltersDep = Annotated[Filters, Depends(_filters)]


@router.get("/v1/cases", summary="List cases", response_model=Page[CaseSummary])
def list_cases(
    principal: Reader,
    services: ServicesDep,
    filters: FiltersDep,
    order: Annotated[
        Order,
        Query(
            description="`updated`: changed last; `due`: whose term ends first. `updated_first` "
            "and `due_last` are their opposites; without a deadline comes last"
        ),
    ] = Order.NEWEST,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[CaseSummary]:
    """Return cases of the cameras that the caller may see, newest first."""
    with services.database.read() as session:
        rows, last = listing.cases(
            session,
            filters,
            at=now(),
            limit=limit,
            order=order,
            after=decode_cursor(cursor, *KEY_TYPES[order]) if cursor else None,
        )
        items = views.summaries(session, rows, visible=principal.camera_ids)
    return Page(items=items, next_cursor=encode_cursor(*last) if last else None)


@router.get("/v1/cases/counts", summary="Count cases by state and light")
def count_cases(_: Reader, services: ServicesDep, filters: FiltersDep) -> CaseCounts:
    """Return how many cases of the cameras that the caller may see stand how."""
    with services.database.read() as session:
        return CaseCounts(items=counting.counts(session, filters, at=now()))


@router.get("/v1/cases/choices", summary="List what cases can be narrowed to")
def list_choices(principal: Reader, services: ServicesDep) -> CaseChoices:
    """Return the departments, classes and areas that there are cases of, each with how many."""
    with services.database.read() as session:
        return counting.choices(session, visible=principal.camera_ids)


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


@router.get(
    "/v1/cases/{case_id}/comments",
    summary="List what people here said of a case",
    responses=problem_responses(404),
)
def list_comments(case_id: str, principal: Reader, services: ServicesDep) -> Page[CommentView]:
    """Return every comment of a case, oldest first."""
    with services.database.read() as session:
        views.visible_case(session, case_id, principal)
        return Page(items=comments.comments(session, case_id), next_cursor=None)


@router.post(
    "/v1/cases/{case_id}/comments",
    summary="Say something of a case",
    status_code=201,
    response_model=CaseDetail,
    responses=problem_responses(404, 409),
)
def add_comment(
    case_id: str,
    body: CommentCreate,
    principal: Manager,
    services: ServicesDep,
    idempotency_key: Annotated[
        str | None, Header(max_length=200, description="the same key counts once")
    ] = None,
) -> CaseDetail:
    """Keep a comment with a case; it moves nothing, and is never edited.

    One for the department is sent where that has the case (`comments_to`); else the answer is 409
    and nothing is kept.
    """
    with services.database.write() as session:
        views.visible_case(session, case_id, principal)
        case = service.locked(session, case_id)
        comments.comment(
            session,
            case=case,
            said=body,
            author=principal.actor,
            idempotency_key=idempotency_key,
        )
        return views.detail(session, case, visible=principal.camera_ids)
