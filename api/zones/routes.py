"""Works and exclusion zones in the pictures of fixed cameras."""

from typing import Annotated

from fastapi import APIRouter, Depends

from api.dependencies import ServicesDep, allow
from api.pages import DEFAULT_LIMIT, Cursor, Limit, Page, decode_id_cursor, page
from api.permissions import Action
from api.principal import Principal
from api.problems import problem_responses
from api.sites.cameras import site_camera
from api.zones import service
from api.zones.schemas import ZoneCreate, ZoneUpdate, ZoneView

router = APIRouter(tags=["sites"])

Reader = Annotated[Principal, Depends(allow(Action.SITES_READ))]
Manager = Annotated[Principal, Depends(allow(Action.SITES_MANAGE))]
_MAY_BE_NULL = frozenset({"until", "permit"})


@router.get(
    "/v1/sites/{camera_id}/zones",
    summary="List a camera's works and exclusion zones",
    response_model=Page[ZoneView],
    responses=problem_responses(404, 409),
)
def list_zones(
    camera_id: str,
    principal: Reader,
    services: ServicesDep,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[ZoneView]:
    """Return the zones of a camera, also those that are over, oldest first."""
    after_id = decode_id_cursor(cursor)
    with services.database.read() as session:
        site_camera(session, camera_id, principal)
        rows = service.zones(session, camera_id=camera_id, limit=limit, after_id=after_id)
    return page(rows, limit, ZoneView)


@router.post(
    "/v1/sites/{camera_id}/zones",
    summary="Register works, or exclude a part of the picture",
    status_code=201,
    response_model=ZoneView,
    responses=problem_responses(404, 409),
)
def create_zone(
    camera_id: str, body: ZoneCreate, principal: Manager, services: ServicesDep
) -> ZoneView:
    """Make a zone: what changes in it stays on record and is not alarmed while it holds."""
    with services.database.write() as session:
        site_camera(session, camera_id, principal)
        zone = service.create_zone(session, camera_id=camera_id, wanted=body, actor=principal.actor)
    return ZoneView.model_validate(zone)


@router.patch(
    "/v1/sites/{camera_id}/zones/{zone_id}",
    summary="Change or end a zone",
    response_model=ZoneView,
    responses=problem_responses(404, 409),
)
def update_zone(
    camera_id: str, zone_id: str, body: ZoneUpdate, principal: Manager, services: ServicesDep
) -> ZoneView:
    """Change a zone's end, permit or reason; it is never deleted."""
    values = {
        name: value
        for name, value in body.model_dump(exclude_unset=True).items()
        if value is not None or name in _MAY_BE_NULL
    }
    with services.database.write() as session:
        site_camera(session, camera_id, principal)
        zone = service.zone_of(session, camera_id=camera_id, zone_id=zone_id)
        service.update_zone(session, zone=zone, values=values, actor=principal.actor)
    return ZoneView.model_validate(zone)
