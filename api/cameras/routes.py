"""Cameras: what saw it."""

from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.cameras import pictures, service, thresholds
from api.cameras.geojson import CameraCollection, camera_collection
from api.cameras.models import CameraPicture, GoldenPicture
from api.cameras.schemas import (
    CameraCreate,
    CameraUpdate,
    CameraView,
    ClassThreshold,
    ThresholdPreview,
    ThresholdsWanted,
)
from api.cameras.views import views
from api.dependencies import ServicesDep, allow
from api.maps import NOT_MODIFIED, geojson
from api.pages import DEFAULT_LIMIT, Cursor, Limit, Page, decode_id_cursor, next_cursor
from api.permissions import Action
from api.principal import Principal
from api.problems import problem_responses

router = APIRouter(tags=["cameras"])
_log = structlog.get_logger()

Reader = Annotated[Principal, Depends(allow(Action.CAMERAS_READ))]
Manager = Annotated[Principal, Depends(allow(Action.CAMERAS_MANAGE))]
Checker = Annotated[Principal, Depends(allow(Action.CAMERAS_CHECK))]
Viewer = Annotated[Principal, Depends(allow(Action.EVIDENCE_READ))]
Person = Annotated[Principal, Depends(allow(Action.FINDINGS_READ))]
_MAY_BE_NULL = frozenset(
    {"latitude", "longitude", "heading_deg", "quiet_floor_minutes", "quiet_ceiling_minutes"}
)
_JPEG: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The picture",
        "content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}},
    },
    304: {"description": "The picture is the one that If-None-Match names"},
}


@router.get("/v1/cameras", summary="List cameras", response_model=Page[CameraView])
def list_cameras(
    principal: Reader, services: ServicesDep, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Page[CameraView]:
    """Return the cameras that the caller may see, oldest first; a gateway sees its own."""
    after_id = decode_id_cursor(cursor)
    with services.database.read() as session:
        rows = service.cameras(
            session, limit=limit, after_id=after_id, visible=principal.camera_ids
        )
        items = views(session, rows[:limit])
    return Page(items=items, next_cursor=next_cursor(rows, limit, "id"))


@router.get(
    "/v1/cameras.geojson",
    summary="Cameras for a map",
    response_model=CameraCollection,
    responses=NOT_MODIFIED,
)
def cameras_geojson(request: Request, principal: Reader, services: ServicesDep) -> Response:
    """Return cameras and how they are: fixed ones where they stand, others where they were last.

    Degrees, WGS-84.
    """
    with services.database.read() as session:
        collection = camera_collection(session, visible=principal.camera_ids)
    return geojson(request, collection)


@router.post(
    "/v1/cameras",
    summary="Make a camera",
    status_code=201,
    response_model=CameraView,
    responses=problem_responses(404, 409),
)
def create_camera(body: CameraCreate, principal: Manager, services: ServicesDep) -> CameraView:
    """Make a camera of a gateway."""
    with services.database.write() as session:
        camera = service.create_camera(
            session,
            name=body.name,
            kind=body.kind,
            gateway_id=body.gateway_id,
            inspections=body.inspections,
            calibration=body.calibration.model_dump(exclude_none=True),
            latitude=body.latitude,
            longitude=body.longitude,
            heading_deg=body.heading_deg,
            actor=principal.actor,
        )
        (view,) = views(session, [camera])
    services.credentials.forget()
    return view


@router.get(
    "/v1/cameras/{camera_id}",
    summary="Show a camera",
    response_model=CameraView,
    responses=problem_responses(404),
)
def read_camera(camera_id: str, principal: Reader, services: ServicesDep) -> CameraView:
    """Return a camera with what was last heard of it, and its health."""
    with services.database.read() as session:
        (view,) = views(session, [service.visible_camera(session, camera_id, principal)])
    return view


@router.patch(
    "/v1/cameras/{camera_id}",
    summary="Change a camera",
    response_model=CameraView,
    responses=problem_responses(404, 409),
)
def update_camera(
    camera_id: str, body: CameraUpdate, principal: Manager, services: ServicesDep
) -> CameraView:
    """Change a camera, or disable it so that its frames are refused."""
    values = {
        name: value
        for name, value in body.model_dump(exclude_unset=True).items()
        if value is not None or name in _MAY_BE_NULL
    }
    if body.calibration is not None:
        values["calibration"] = body.calibration.model_dump(exclude_none=True)
    with services.database.write() as session:
        if body.thresholds is not None:
            names = body.inspections or service.get_camera(session, camera_id).inspections
            thresholds.check(services.inspector, body.thresholds, names)
        camera = service.update_camera(
            session, camera_id=camera_id, values=values, actor=principal.actor
        )
        (view,) = views(session, [camera])
    services.credentials.forget()
    return view


@router.get(
    "/v1/cameras/{camera_id}/picture",
    summary="The newest picture of a camera",
    response_class=Response,
    responses={**_JPEG, **problem_responses(404)},
)
def read_camera_picture(
    camera_id: str, request: Request, principal: Viewer, services: ServicesDep
) -> Response:
    """Return a small picture, a quarter of an hour old at most while the camera posts.

    Everybody on the road is made plain squares before it is stored; of a camera that films a
    building there are squares only. Every look at one is logged, with who looked.
    """
    with services.database.read() as session:
        camera = service.visible_camera(session, camera_id, principal)
        return _picture(request, pictures.newest(session, camera), principal)


@router.put(
    "/v1/cameras/{camera_id}/golden",
    summary="Mark a camera's newest picture as golden",
    response_model=CameraView,
    responses=problem_responses(404),
)
def mark_golden(camera_id: str, principal: Checker, services: ServicesDep) -> CameraView:
    """Say that the newest picture of a fixed camera shows what it ought to.

    Each newer one is compared with it from then on, by the same light: is the camera moved,
    blocked, blurred or dark?
    """
    with services.database.write() as session:
        camera = service.visible_camera(session, camera_id, principal)
        pictures.mark_golden(session, camera=camera, actor=principal.actor)
        (view,) = views(session, [camera])
    return view


@router.delete(
    "/v1/cameras/{camera_id}/golden",
    summary="Forget a camera's golden picture",
    status_code=204,
    responses=problem_responses(404),
)
def remove_golden(camera_id: str, principal: Checker, services: ServicesDep) -> None:
    """Compare the camera's pictures with nothing any more."""
    with services.database.write() as session:
        camera = service.visible_camera(session, camera_id, principal)
        pictures.remove_golden(session, camera=camera, actor=principal.actor)


@router.get(
    "/v1/cameras/{camera_id}/golden/picture",
    summary="The golden picture of a camera",
    response_class=Response,
    responses={**_JPEG, **problem_responses(404)},
)
def read_golden_picture(
    camera_id: str, request: Request, principal: Viewer, services: ServicesDep
) -> Response:
    """Return what the camera ought to show; every look at it is logged, with who looked."""
    with services.database.read() as session:
        camera = service.visible_camera(session, camera_id, principal)
        return _picture(request, pictures.golden(session, camera), principal)


@router.get(
    "/v1/cameras/{camera_id}/thresholds",
    summary="How sure a camera must be",
    response_model=list[ClassThreshold],
    responses=problem_responses(404),
)
def list_camera_thresholds(
    camera_id: str, principal: Person, services: ServicesDep
) -> list[ClassThreshold]:
    """Return the classes of the camera that can have thresholds of their own, and which have."""
    with services.database.read() as session:
        camera = service.visible_camera(session, camera_id, principal)
    return thresholds.settable(services.inspector, camera)


@router.post(
    "/v1/cameras/{camera_id}/threshold-preview",
    summary="Try thresholds on last week's findings",
    response_model=ThresholdPreview,
    responses=problem_responses(404),
)
def preview_thresholds(
    camera_id: str, body: ThresholdsWanted, principal: Person, services: ServicesDep
) -> ThresholdPreview:
    """Return what operators would have been asked with other thresholds; changes nothing."""
    with services.database.read() as session:
        camera = service.visible_camera(session, camera_id, principal)
        thresholds.check(services.inspector, body.thresholds, camera.inspections)
        return ThresholdPreview(items=thresholds.preview(session, camera, body.thresholds))


def _picture(
    request: Request, kept: CameraPicture | GoldenPicture, principal: Principal
) -> Response:
    headers = {
        "ETag": f'"{kept.camera_id}-{kept.captured_at.timestamp()}"',
        "Cache-Control": "private, max-age=900",
    }
    _log.info(
        "camera picture shown",
        camera_id=kept.camera_id,
        captured_at=kept.captured_at.isoformat(),
        reader=principal.actor,
    )
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(kept.picture, headers=headers, media_type="image/jpeg")
