"""Baselines: shown, made of fewer frames, approved, begun anew."""

from typing import Annotated

import structlog
from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.baselines import service
from api.baselines.models import Baseline
from api.baselines.schemas import BaselineView, ReasonGiven
from api.baselines.views import view_of
from api.dependencies import ServicesDep, allow
from api.errors import NotFound
from api.evidence.reading import read_object
from api.pages import DEFAULT_LIMIT, Cursor, Limit, Page, decode_id_cursor, next_cursor
from api.permissions import Action
from api.principal import Principal
from api.problems import problem_responses
from api.sites import renewal
from api.sites.cameras import site_camera

router = APIRouter(tags=["sites"])
_log = structlog.get_logger()

Reader = Annotated[Principal, Depends(allow(Action.SITES_READ))]
Manager = Annotated[Principal, Depends(allow(Action.SITES_MANAGE))]
Viewer = Annotated[Principal, Depends(allow(Action.EVIDENCE_READ))]


@router.get(
    "/v1/sites/{camera_id}/baselines",
    summary="List a camera's baselines",
    response_model=Page[BaselineView],
    responses=problem_responses(404, 409),
)
def list_baselines(
    camera_id: str,
    principal: Reader,
    services: ServicesDep,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[BaselineView]:
    """Return every baseline that the camera ever had, newest first."""
    before_id = decode_id_cursor(cursor)
    with services.database.read() as session:
        site_camera(session, camera_id, principal)
        rows = service.baselines(session, camera_id=camera_id, limit=limit, before_id=before_id)
    return Page(
        items=[view_of(row) for row in rows[:limit]], next_cursor=next_cursor(rows, limit, "id")
    )


@router.post(
    "/v1/sites/{camera_id}/baselines",
    summary="Learn a camera's baselines anew",
    status_code=204,
    responses=problem_responses(404, 409),
)
def renew_baselines(
    camera_id: str, body: ReasonGiven, principal: Manager, services: ServicesDep
) -> Response:
    """End the camera's baselines and learn others from the frames that come from now on.

    For a camera that was moved, or a place that has changed for good. Until the new ones are
    approved nothing is compared; what is being followed ends, and cases that wait for verification
    need a person's word.
    """
    with services.database.write() as session:
        site_camera(session, camera_id, principal)
        renewal.learn_anew(session, camera_id=camera_id, actor=principal.actor, reason=body.reason)
    return Response(status_code=204)


@router.post(
    "/v1/sites/{camera_id}/baselines/from-fewer",
    summary="Make baselines of the frames that there are",
    status_code=204,
    responses=problem_responses(404, 409),
)
def make_of_fewer(
    camera_id: str, body: ReasonGiven, principal: Manager, services: ServicesDep
) -> Response:
    """Let missing baselines be made of fewer than 8 frames of 2 days; they say so in a warning."""
    with services.database.write() as session:
        site_camera(session, camera_id, principal)
        renewal.accept_fewer(
            session, camera_id=camera_id, actor=principal.actor, reason=body.reason
        )
    return Response(status_code=204)


@router.post(
    "/v1/sites/{camera_id}/baselines/approve",
    summary="Approve a camera's proposed baselines",
    response_model=list[BaselineView],
    responses=problem_responses(404, 409),
)
def approve_baselines(
    camera_id: str, body: ReasonGiven, principal: Manager, services: ServicesDep
) -> list[BaselineView]:
    """Say that nothing illegal stands in the proposed baselines: from now on changes are told."""
    with services.database.write() as session:
        site_camera(session, camera_id, principal)
        renewal.approve(session, camera_id=camera_id, actor=principal.actor, reason=body.reason)
        standing = service.standing(session, camera_id=camera_id)
    return [view_of(standing[light]) for light in sorted(standing)]


@router.get(
    "/v1/sites/{camera_id}/baselines/{baseline_id}/picture",
    summary="The picture of a baseline",
    response_class=Response,
    responses={
        200: {
            "description": "The picture",
            "content": {"image/png": {"schema": {"type": "string", "format": "binary"}}},
        },
        **problem_responses(404, 409, 503),
    },
)
def read_baseline_picture(
    camera_id: str, baseline_id: str, principal: Viewer, services: ServicesDep
) -> Response:
    """Return the picture; every look at one is logged, with who looked."""
    with services.database.read() as session:
        site_camera(session, camera_id, principal)
        baseline = session.get(Baseline, baseline_id)
    if baseline is None or baseline.camera_id != camera_id:
        raise NotFound(
            "The camera has no baseline picture with this id.", code="baseline-not-found"
        )
    _log.info("baseline shown", baseline_id=baseline_id, reader=principal.actor)
    return Response(
        read_object(services.objects, baseline.object_key),
        headers={"Cache-Control": "private, max-age=3600"},
        media_type="image/png",
    )
