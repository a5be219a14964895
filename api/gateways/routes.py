"""Gateways: who posts frames."""

from typing import Annotated

from fastapi import APIRouter, Depends

from api.dependencies import ServicesDep, allow
from api.gateways import service
from api.gateways.schemas import GatewayCreate, GatewayUpdate, GatewayView
from api.pages import DEFAULT_LIMIT, Cursor, Limit, Page, decode_id_cursor, page
from api.permissions import Action
from api.principal import Principal
from api.problems import problem_responses

router = APIRouter(tags=["gateways"])

Manager = Annotated[Principal, Depends(allow(Action.GATEWAYS_MANAGE))]


@router.get("/v1/gateways", summary="List gateways", response_model=Page[GatewayView])
def list_gateways(
    _: Manager, services: ServicesDep, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Page[GatewayView]:
    """Return gateways, oldest first."""
    after_id = decode_id_cursor(cursor)
    with services.database.read() as session:
        rows = service.gateways(session, limit=limit, after_id=after_id)
    return page(rows, limit, GatewayView)


@router.post(
    "/v1/gateways",
    summary="Make a gateway",
    status_code=201,
    response_model=GatewayView,
    responses=problem_responses(409),
)
def create_gateway(body: GatewayCreate, principal: Manager, services: ServicesDep) -> GatewayView:
    """Make a gateway; then make a token for it with `POST /v1/tokens`."""
    with services.database.write() as session:
        gateway = service.create_gateway(session, name=body.name, actor=principal.actor)
    return GatewayView.model_validate(gateway)


@router.patch(
    "/v1/gateways/{gateway_id}",
    summary="Disable or enable a gateway",
    response_model=GatewayView,
    responses=problem_responses(404),
)
def update_gateway(
    gateway_id: str, body: GatewayUpdate, principal: Manager, services: ServicesDep
) -> GatewayView:
    """Disable a gateway, so that its tokens open nothing, or enable it again."""
    with services.database.write() as session:
        gateway = service.set_disabled(
            session, gateway_id=gateway_id, disabled=body.disabled, actor=principal.actor
        )
    services.credentials.forget()
    return GatewayView.model_validate(gateway)
