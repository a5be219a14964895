"""What a fixed camera sees of a building."""

from typing import Annotated

from fastapi import APIRouter, Depends

from api.dependencies import ServicesDep, allow
from api.facades import service
from api.facades.schemas import FacadeBody, FacadeView
from api.permissions import Action
from api.principal import Principal
from api.problems import problem_responses

router = APIRouter(tags=["cameras"])

Manager = Annotated[Principal, Depends(allow(Action.CAMERAS_MANAGE))]


@router.get(
    "/v1/cameras/{camera_id}/facade",
    summary="The building that a camera sees",
    response_model=FacadeView,
    responses=problem_responses(404),
)
def read_facade(
    camera_id: str,
    principal: Annotated[Principal, Depends(allow(Action.CAMERAS_READ))],
    services: ServicesDep,
) -> FacadeView:
    """Return region and grid of the building in the camera's picture."""
    with services.database.read() as session:
        return service.read_facade(session, camera_id=camera_id, principal=principal)


@router.put(
    "/v1/cameras/{camera_id}/facade",
    summary="Say which building a camera sees",
    response_model=FacadeView,
    responses=problem_responses(404),
)
def set_facade(
    camera_id: str, body: FacadeBody, principal: Manager, services: ServicesDep
) -> FacadeView:
    """Set where falls are looked for, and which floor is where in the picture.

    Measure it once in one of the camera's pictures. It holds for clips that come from then on.
    """
    with services.database.write() as session:
        facade = service.set_facade(session, camera_id=camera_id, body=body, actor=principal.actor)
        return service.shown(facade)


@router.delete(
    "/v1/cameras/{camera_id}/facade",
    summary="Forget which building a camera sees",
    status_code=204,
    responses=problem_responses(404),
)
def remove_facade(camera_id: str, principal: Manager, services: ServicesDep) -> None:
    """Look for falls in the whole picture again, and name no floors."""
    with services.database.write() as session:
        service.remove_facade(session, camera_id=camera_id, actor=principal.actor)
