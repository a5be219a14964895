"""Sites: what fixed cameras watch for illegal building."""

from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api.dependencies import ServicesDep, allow
from api.evidence.reading import read_object
from api.pages import DEFAULT_LIMIT, Cursor, Limit, Page, decode_id_cursor, next_cursor
from api.permissions import Action
from api.principal import Principal
from api.problems import problem_responses
from api.sites import service, views
from api.sites.cameras import site_camera
from api.sites.schemas import CompositeView, RegionView, SiteView

router = APIRouter(tags=["sites"])
_log = structlog.get_logger()

Reader = Annotated[Principal, Depends(allow(Action.SITES_READ))]
Viewer = Annotated[Principal, Depends(allow(Action.EVIDENCE_READ))]


@router.get("/v1/sites", summary="List sites", response_model=Page[SiteView])
def list_sites(
    principal: Reader, services: ServicesDep, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Page[SiteView]:
    """Return the cameras that watch for illegal building, and how it stands with each."""
    after_id = decode_id_cursor(cursor)
    with services.database.read() as session:
        rows = service.site_cameras(
            session, limit=limit, after_id=after_id, visible=principal.camera_ids
        )
        items = [views.view(session, camera) for camera in rows[:limit]]
    return Page(items=items, next_cursor=next_cursor(rows, limit, "id"))


@router.get(
    "/v1/sites/{camera_id}",
    summary="Show a site",
    response_model=SiteView,
    responses=problem_responses(404, 409),
)
def read_site(camera_id: str, principal: Reader, services: ServicesDep) -> SiteView:
    """Return whether a camera's baselines are learned, and what keeps it from being watched."""
    with services.database.read() as session:
        return views.view(session, site_camera(session, camera_id, principal))


@router.get(
    "/v1/sites/{camera_id}/composites",
    summary="List a camera's composites",
    response_model=Page[CompositeView],
    responses=problem_responses(404, 409),
)
def list_composites(
    camera_id: str,
    principal: Reader,
    services: ServicesDep,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[CompositeView]:
    """Return what was compared with the baselines, newest first."""
    before_id = decode_id_cursor(cursor)
    with services.database.read() as session:
        site_camera(session, camera_id, principal)
        rows = service.composites(session, camera_id=camera_id, limit=limit, before_id=before_id)
    return Page(
        items=[views.composite_view(row) for row in rows[:limit]],
        next_cursor=next_cursor(rows, limit, "id"),
    )


@router.get(
    "/v1/sites/{camera_id}/composites/{composite_id}/picture",
    summary="The picture of a composite",
    response_class=Response,
    responses={
        200: {
            "description": "The picture",
            "content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}},
        },
        **problem_responses(404, 409, 503),
    },
)
def read_composite_picture(
    camera_id: str, composite_id: str, principal: Viewer, services: ServicesDep
) -> Response:
    """Return the picture; every look at one is logged, with who looked."""
    with services.database.read() as session:
        site_camera(session, camera_id, principal)
        composite = service.composite_of(session, camera_id=camera_id, composite_id=composite_id)
    _log.info("composite shown", composite_id=composite_id, reader=principal.actor)
    return Response(
        read_object(services.objects, composite.object_key),
        headers={"Cache-Control": "private, max-age=3600"},
        media_type="image/jpeg",
    )


@router.get(
    "/v1/sites/{camera_id}/regions",
    summary="List what has changed at a site",
    response_model=Page[RegionView],
    responses=problem_responses(404, 409),
)
def list_regions(
    camera_id: str,
    principal: Reader,
    services: ServicesDep,
    suppressed: Annotated[
        bool | None, Query(description="only those in works and excluded zones, or only the others")
    ] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[RegionView]:
    """Return what differs from the baselines, newest first, also what zones suppress."""
    before_id = decode_id_cursor(cursor)
    with services.database.read() as session:
        site_camera(session, camera_id, principal)
        rows = service.regions(
            session,
            camera_id=camera_id,
            limit=limit,
            before_id=before_id,
            suppressed=suppressed,
        )
    return Page(
        items=[views.region_view(row) for row in rows[:limit]],
        next_cursor=next_cursor(rows, limit, "id"),
    )
