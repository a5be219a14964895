"""The door of GA/T 1400.4: devices register, keep alive, and push images, vehicles and video."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from datetime import datetime
from typing import Any

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from api.database import now
from api.dependencies import Services, ServicesDep, get_services
from api.devices.service import KnownDevice
from api.errors import ProblemError
from api.frames.bodies import read_body
from api.frames.refusals import as_problem
from api.viid import door
from api.viid.answers import (
    TIME_FORMAT,
    ItemRefused,
    RequestRefused,
    Status,
    StatusCode,
    answer,
    answer_items,
)
from api.viid.items import LIST_OF_IMAGES, LIST_OF_VEHICLES, read_image, read_vehicle
from api.viid.reading import Fields, read_list, read_object
from api.viid.slices import LIST_OF_SLICES, read_slice, take_slice

_LONGEST_SYSTEM_MESSAGE = 64 * 1024
_SERVER_ID = "00000000005030000000"  # GA/T 1400.1, annex A: type 503, a video and image database
_BY_NETWORK = "1"  # TimeCorrectModeType
_log = structlog.get_logger()


class _ViidRoute(APIRoute):
    """Tells of errors as the standard has it."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_as_viid(request: Request) -> Response:
            try:
                return await handle(request)
            except RequestRefused as refused:
                return _refusal(request, refused)
            except Exception as error:
                problem = as_problem(error)
                if problem is None:
                    raise
                busy = StatusCode.of(problem) is StatusCode.DEVICE_BUSY
                status = Status(StatusCode.of(problem), problem.detail)
                return answer(
                    {"ResponseStatusObject": status.body(request.url.path, _here(request))},
                    503 if busy else problem.status,
                    retry_after_s=problem.retry_after_s,
                )

        return handle_as_viid


router = APIRouter(prefix="/VIID", route_class=_ViidRoute, include_in_schema=False)


@router.post("/System/Register")
async def register(request: Request, services: ServicesDep) -> Response:
    """Register a device that answers the Digest challenge."""
    named = await _named(request, "RegisterObject")
    device = await door.registering(request, services, named)
    return _done(request, device)


@router.post("/System/Keepalive")
async def keep_alive(request: Request, services: ServicesDep) -> Response:
    """Note that a registered device is there."""
    named = await _named(request, "KeepaliveObject")
    device = await door.registered(request, services)
    _same(device, named)
    return _done(request, device)


@router.post("/System/UnRegister")
async def unregister(request: Request, services: ServicesDep) -> Response:
    """End a registration."""
    named = await _named(request, "UnRegisterObject")
    device = await door.registered(request, services)
    _same(device, named)
    await run_in_threadpool(door.unregister, services, device)
    return _done(request, device)


@router.get("/System/Time")
async def tell_time(request: Request) -> Response:
    """Tell the time of the installation's time zone, in which devices' times are read."""
    at = _here(request)
    return answer(
        {
            "SystemTimeObject": {
                "VIIDServerID": _SERVER_ID,
                "TimeMode": _BY_NETWORK,
                "LocalTime": at.strftime(TIME_FORMAT),
                "TimeZone": "UTC" + at.isoformat(timespec="seconds")[19:],
            }
        }
    )


@router.post("/Images")
async def push_images(request: Request, services: ServicesDep) -> Response:
    """Take images in as frames."""
    return await _push(
        request, services, *LIST_OF_IMAGES, "ImageID", "ImageInfo", _frames(services, read_image)
    )


@router.post("/MotorVehicles")
async def push_vehicles(request: Request, services: ServicesDep) -> Response:
    """Take pictures of vehicles in as frames, with what the device says of them."""
    return await _push(
        request,
        services,
        *LIST_OF_VEHICLES,
        "MotorVehicleID",
        None,
        _frames(services, read_vehicle),
    )


@router.post("/VideoSlices")
async def push_slices(request: Request, services: ServicesDep) -> Response:
    """Take video slices in as clips."""

    async def take(item: Fields, device: KnownDevice) -> None:
        read, content_type = await run_in_threadpool(
            read_slice, item, device, services.settings.zone
        )
        await take_slice(services.uploads, read, content_type)

    return await _push(request, services, *LIST_OF_SLICES, "VideoID", "VideoSliceInfo", take)


@router.api_route("/{resource:path}", methods=["GET", "POST", "PUT", "DELETE"])
async def refuse_resource(resource: str) -> Response:
    """Refuse what is not taken here, such as faces, persons and subscriptions."""
    raise RequestRefused(
        StatusCode.INVALID_OPERATION, f"{resource[:80]} is not taken here", http_status=404
    )


_Take = Callable[[Fields, KnownDevice], Awaitable[None]]


def _frames(services: Services, read: Callable[..., Any]) -> _Take:
    async def take(item: Fields, device: KnownDevice) -> None:
        frame = await run_in_threadpool(read, item, device, services.settings.zone)
        await services.intake.take_in(frame.posted(), waits=True)

    return take


async def _push(
    request: Request,
    services: Services,
    list_name: str,
    item_names: Sequence[str],
    id_name: str,
    info_name: str | None,
    take: _Take,
) -> Response:
    """Take the items of a list one by one, and say of each what became of it."""
    device = await door.registered(request, services)
    at_once = asyncio.Semaphore(services.intake.workers)

    async def one(item: Fields) -> Status:
        item_id = _item_id(item, id_name, info_name)
        try:
            async with at_once:
                await take(item, device)
        except ItemRefused as refused:
            return Status(refused.code, refused.text, item_id)
        except ProblemError as problem:
            code = StatusCode.of(problem)
            again = problem.retry_after_s or 5 if code is StatusCode.DEVICE_BUSY else None
            return Status(code, problem.detail, item_id, again)
        return Status(item_id=item_id)

    with services.intake.receiving(device.id, live=True) as held:
        body = await read_body(request, services.settings.max_batch_bytes, held.reserve)
        items = await run_in_threadpool(read_list, body, list_name, item_names)
        del body
        statuses = await asyncio.gather(*map(one, items))
    refused = [status for status in statuses if status.code is not StatusCode.OK]
    if refused:
        _log.warning(
            "a VIID device pushed what is not taken",
            device=device.identifier,
            items=len(statuses),
            refused=len(refused),
            first=refused[0].text,
        )
    return answer_items(statuses, request.url.path, _here(request))


def _item_id(item: Fields, id_name: str, info_name: str | None) -> str:
    info = item.values.get(info_name) if info_name else None
    named = (info if isinstance(info, dict) else item.values).get(id_name)
    return str(named)[:80] if isinstance(named, str | int) else ""


async def _named(request: Request, name: str) -> str | None:
    """Return the DeviceID of a message about the device itself; None where it has no body."""
    body = await read_body(request, _LONGEST_SYSTEM_MESSAGE)
    if not body.strip():
        return None
    try:
        return read_object(body, name).text("DeviceID")
    except RequestRefused:
        raise
    except ItemRefused as refused:
        raise RequestRefused(refused.code, refused.text, http_status=400) from None


def _same(device: KnownDevice, named: str | None) -> None:
    if named not in (None, device.identifier):
        raise RequestRefused(
            StatusCode.INVALID_OPERATION,
            "DeviceID is not the registered device's",
            http_status=403,
        )


def _done(request: Request, device: KnownDevice) -> Response:
    status = Status(item_id=device.identifier)
    return answer({"ResponseStatusObject": status.body(request.url.path, _here(request))})


def _refusal(request: Request, refused: RequestRefused) -> Response:
    status = Status(refused.code, refused.text)
    told = answer(
        {"ResponseStatusObject": status.body(request.url.path, _here(request))},
        refused.http_status,
    )
    for challenge in refused.challenges:
        told.headers.append("WWW-Authenticate", challenge)
    return told


def _here(request: Request) -> datetime:
    return now().astimezone(get_services(request).settings.zone)
