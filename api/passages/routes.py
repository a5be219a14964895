"""What the plate of a violation says."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from api.dependencies import ServicesDep, allow
from api.findings.service import get_finding
from api.passages import service
from api.passages.schemas import PlateRequest, PlateView
from api.permissions import Action
from api.principal import Principal
from api.problems import problem_responses

router = APIRouter(tags=["findings"])

PlateReader = Annotated[Principal, Depends(allow(Action.PLATES_READ))]


@router.post(
    "/v1/findings/{finding_id}/plate",
    summary="Read the plate of a violation",
    response_model=PlateView,
    responses=problem_responses(404),
)
def read_plate(
    finding_id: str,
    body: PlateRequest,
    response: Response,
    services: ServicesDep,
    principal: PlateReader,
) -> PlateView:
    """Return what the plate says. Who asked, when, and for what purpose is recorded."""
    response.headers["Cache-Control"] = "no-store"
    with services.database.write() as session:
        finding = get_finding(session, finding_id, principal)
        return service.plate(
            session,
            finding=finding,
            plates=services.plates,
            purpose=body.purpose,
            actor=principal.actor,
        )
