"""Findings: the queue, the map, and one of them."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import AwareDatetime
from starlette.responses import Response

from api.areas import BoundingBox, BoundingBoxQuery
from api.dependencies import ServicesDep, allow
from api.findings import service
from api.findings.geojson import feature_collection
from api.findings.schemas import FeatureCollection, FindingDetail, FindingSummary
from api.findings.service import SORT_KEYS, Filters, Order
from api.findings.states import FindingState
from api.findings.summaries import summarise
from api.maps import NOT_MODIFIED, geojson
from api.pages import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, next_cursor
from api.permissions import Action
from api.principal import Principal
from api.problems import problem_responses
from api.second_reviews.blinding import blinded

router = APIRouter(tags=["findings"])

Reader = Annotated[Principal, Depends(allow(Action.FINDINGS_READ))]
_KEY_TYPES: dict[Order, tuple[type, ...]] = {
    Order.PRIORITY: (int, float, datetime, str),
    Order.NEWEST: (datetime, str),
}


def filters(
    principal: Reader,
    state: Annotated[list[FindingState] | None, Query(description="in one of these states")] = None,
    inspection: Annotated[str | None, Query(max_length=30, examples=["road_damage"])] = None,
    class_name: Annotated[
        str | None, Query(alias="class", max_length=60, examples=["pothole"])
    ] = None,
    camera: Annotated[
        str | None, Query(max_length=120, description="id or name of what saw it first")
    ] = None,
    min_severity: Annotated[int | None, Query(ge=1, le=4)] = None,
    bbox: BoundingBoxQuery = None,
) -> Filters:
    """Return what the caller asks for, of what the caller may see.

    Raises:
        Unprocessable: the bounding box is not one.
    """
    return Filters(
        states=tuple(state or ()),
        inspection=inspection,
        class_name=class_name,
        camera=camera,
        min_severity=min_severity,
        within=BoundingBox.parse(bbox),
        visible=principal.camera_ids,
    )


FiltersDep = Annotated[Filters, Depends(filters)]


@router.get(
    "/v1/findings",
    summary="List findings",
    response_model=Page[FindingSummary],
    responses=problem_responses(400),
)
def list_findings(
    principal: Reader,
    wanted: FiltersDep,
    services: ServicesDep,
    order: Annotated[
        Order, Query(description="priority: severity, then confidence, then age")
    ] = Order.PRIORITY,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[FindingSummary]:
    """Return findings of the cameras that the caller may see.

    The operators' queue is `?state=pending_review&order=priority`.
    """
    after = decode_cursor(cursor, *_KEY_TYPES[order]) if cursor else None
    with services.database.read() as session:
        rows = service.findings(session, limit=limit, filters=wanted, order=order, after=after)
        items = summarise(session, rows[:limit], visible=wanted.visible)
        items = blinded(session, items, principal)
    return Page(items=items, next_cursor=next_cursor(rows, limit, *SORT_KEYS[order]))


@router.get(
    "/v1/findings.geojson",
    summary="Findings for a map",
    response_model=FeatureCollection,
    responses=NOT_MODIFIED,
)
def findings_geojson(
    request: Request,
    wanted: FiltersDep,
    services: ServicesDep,
    changed_since: Annotated[
        AwareDatetime | None,
        Query(description="only what has changed since then: the `as_of` of the answer before"),
    ] = None,
) -> Response:
    """Return findings that have a place as GeoJSON (degrees, WGS-84), the newest 50,000."""
    with services.database.read() as session:
        collection = feature_collection(session, filters=wanted, changed_since=changed_since)
    return geojson(request, collection)


@router.get(
    "/v1/findings/{finding_id}",
    summary="Show a finding",
    response_model=FindingDetail,
    responses=problem_responses(404),
)
def read_finding(finding_id: str, principal: Reader, services: ServicesDep) -> FindingDetail:
    """Return a finding with its detections, reviews, pictures and what lies within 50 m."""
    with services.database.read() as session:
        finding = service.get_finding(session, finding_id, principal)
        shown = service.detail(session, finding, visible=principal.camera_ids)
        shown.nearby = blinded(session, shown.nearby, principal)
        return blinded(session, [shown], principal)[0]
