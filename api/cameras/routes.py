"""Cameras: what saw it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.cameras import service
from api.cameras.geojson import CameraCollection, camera_collection
from api.cameras.schemas import CameraCreate, CameraUpdate, CameraView
from api.database import now
from api.dependencies import ServicesDep, allow
from api.maps import NOT_MODIFIED, geojson
from api.pages import DEFAULT_LIMIT, Cursor, Limit, Page, decode_id_cursor, page
from api.permissions import Action
from api.principal import Principal
from api.problems import problem_responses

router = APIRouter(tags=["cameras"])

Reader = Annotated[Principal, Depends(allow(Action.CAMERAS_READ))]
Manager = Annotated[Principal, Depends(allow(Action.CAMERAS_MANAGE))]
_MAY_BE_NULL = frozenset({"latitude", "longitude", "heading_deg"})


@router.get("/v1/cameras", summary="List cameras", response_model=Page[CameraView])
def list_cameras(
    principal: Reader,
    services: ServicesDep,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[CameraView]:
    """Return the cameras that the caller may see, oldest first; a gateway sees its own."""
    after_id = decode_id_cursor(cursor)
    with services.database.read() as session:
        rows = service.cameras(
            session, limit=limit, after_id=after_id, visible=principal.camera_ids
        )
    return page(rows, limit, CameraView)


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
        collection = camera_collection(session, visible=principal.camera_ids, at=now())
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
    services.credentials.forget()
    return CameraView.model_validate(camera)


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
        camera = service.update_camera(
            session, camera_id=camera_id, values=values, actor=principal.actor
        )
    services.credentials.forget()
    return CameraView.model_validate(camera)
