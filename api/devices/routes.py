"""Devices: what comes in by the front doors, made and switched on by administrators."""

from typing import Annotated

from fastapi import APIRouter, Depends

from api.dependencies import Services, ServicesDep, allow
from api.devices import service
from api.devices.models import Device
from api.devices.schemas import (
    DeviceChannel,
    DeviceChannels,
    DeviceCreate,
    DeviceUpdate,
    DeviceView,
    NewDevice,
)
from api.pages import DEFAULT_LIMIT, Cursor, Limit, Page, decode_id_cursor, next_cursor
from api.permissions import Action
from api.principal import Principal
from api.problems import problem_responses

router = APIRouter(tags=["devices"])

Reader = Annotated[Principal, Depends(allow(Action.DEVICES_READ))]
Manager = Annotated[Principal, Depends(allow(Action.DEVICES_MANAGE))]


@router.get("/v1/devices", summary="List devices", response_model=Page[DeviceView])
def list_devices(
    principal: Reader, services: ServicesDep, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Page[DeviceView]:
    """Return devices, oldest first, without their secrets."""
    after_id = decode_id_cursor(cursor)
    with services.database.read() as session:
        rows = service.devices(
            session, limit=limit, after_id=after_id, visible=principal.camera_ids
        )
        items = [_view(row, services, principal) for row in rows[:limit]]
    return Page(items=items, next_cursor=next_cursor(rows, limit, "id"))


@router.post(
    "/v1/devices",
    summary="Make a device",
    status_code=201,
    response_model=NewDevice,
    responses=problem_responses(404, 409),
)
def create_device(body: DeviceCreate, principal: Manager, services: ServicesDep) -> NewDevice:
    """Make a device; its secret is in this answer and nowhere else. Then enable it."""
    with services.database.write() as session:
        device, secret = service.create_device(
            session,
            seal=services.seal,
            protocol=body.protocol,
            identifier=body.identifier,
            name=body.name,
            cameras=_by_channel(body.cameras),
            actor=principal.actor,
        )
        view = _view(device, services, principal)
    return NewDevice(**view.model_dump(), secret=secret)


@router.get(
    "/v1/devices/{device_id}",
    summary="Show a device",
    response_model=DeviceView,
    responses=problem_responses(404),
)
def read_device(device_id: str, principal: Reader, services: ServicesDep) -> DeviceView:
    """Return a device with its cameras."""
    with services.database.read() as session:
        device = service.visible_device(session, device_id, principal)
        return _view(device, services, principal)


@router.patch(
    "/v1/devices/{device_id}",
    summary="Change a device",
    response_model=DeviceView,
    responses=problem_responses(404, 409),
)
def update_device(
    device_id: str, body: DeviceUpdate, principal: Manager, services: ServicesDep
) -> DeviceView:
    """Change a device, enable it, or disable it so that its door refuses it."""
    values = body.model_dump(exclude_unset=True, exclude_none=True)
    if body.cameras is not None:
        values["cameras"] = _by_channel(body.cameras)
    with services.database.write() as session:
        device = service.update_device(
            session, device_id=device_id, values=values, actor=principal.actor
        )
        return _view(device, services, principal)


@router.post(
    "/v1/devices/{device_id}/secret",
    summary="Give a device a new secret",
    response_model=NewDevice,
    responses=problem_responses(404, 409),
)
def renew_device_secret(device_id: str, principal: Manager, services: ServicesDep) -> NewDevice:
    """Give a device a new secret, in this answer and nowhere else; the old one ends at once."""
    with services.database.write() as session:
        device, secret = service.renew_secret(
            session, seal=services.seal, device_id=device_id, actor=principal.actor
        )
        view = _view(device, services, principal)
    return NewDevice(**view.model_dump(), secret=secret)


@router.delete(
    "/v1/devices/{device_id}",
    summary="Remove a device",
    status_code=204,
    responses=problem_responses(404),
)
def remove_device(device_id: str, principal: Manager, services: ServicesDep) -> None:
    """Forget a device; what its cameras saw stays."""
    with services.database.write() as session:
        service.remove_device(session, device_id=device_id, actor=principal.actor)


def _by_channel(cameras: DeviceChannels) -> dict[str, str]:
    return {one.channel: one.camera_id for one in cameras}


def _view(device: Device, services: Services, principal: Principal) -> DeviceView:
    return DeviceView(
        **{
            name: getattr(device, name)
            for name in DeviceView.model_fields
            if name not in ("cameras", "door_open")
        },
        cameras=[
            DeviceChannel.model_validate(one)
            for one in device.cameras
            if principal.may_see(one.camera_id)
        ],
        door_open=device.protocol in services.settings.front_doors,
    )
