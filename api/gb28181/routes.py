"""Addresses for snapshots, made by administrators, and the server that answers behind them."""

from datetime import timedelta
from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, Request, Response
from starlette.concurrency import run_in_threadpool

from api.audit import service as audit
from api.database import now
from api.dependencies import Services, ServicesDep, allow
from api.devices import service as devices
from api.devices.models import Protocol
from api.devices.parts import read_parts
from api.devices.pushing import Pushed, door, known, push, secret_of
from api.devices.service import KnownDevice
from api.errors import BadRequest, Conflict, Forbidden, ProblemError, TooBusy, Unavailable
from api.frames.bodies import read_body
from api.gb28181.names import read_name
from api.gb28181.schemas import UploadCreate, UploadView
from api.gb28181.tickets import check, new_upload
from api.permissions import Action
from api.principal import Principal
from api.problems import problem_responses

router = APIRouter(tags=["devices"])
uploads = APIRouter(include_in_schema=False, dependencies=[Depends(door(Protocol.GB28181))])

Manager = Annotated[Principal, Depends(allow(Action.DEVICES_MANAGE))]
_SESSION = "sessionid"
_log = structlog.get_logger()


@router.post(
    "/v1/devices/{device_id}/snapshot-url",
    summary="Make an address for snapshots",
    status_code=201,
    response_model=UploadView,
    responses=problem_responses(404, 409),
)
def create_snapshot_url(
    device_id: str, body: UploadCreate, principal: Manager, services: ServicesDep
) -> UploadView:
    """Make an address to which a GB/T 28181 device may send snapshots for some time."""
    with services.database.write() as session:
        device = devices.get_device(session, device_id)
        secret = secret_of(services.seal, device)
        if device.protocol is not Protocol.GB28181 or secret is None:
            raise Conflict("This device does not speak GB/T 28181.", code="no-snapshots")
        upload = new_upload(
            services.settings.public_url,
            device.identifier,
            secret,
            now() + timedelta(hours=body.hours),
        )
        audit.record(
            session,
            actor=principal.actor,
            action="device.create-snapshot-url",
            object_type="device",
            object_id=device.id,
            after={"session_id": upload.session_id, "expires_at": upload.expires_at.isoformat()},
        )
    return UploadView(
        url=upload.url,
        session_id=upload.session_id,
        expires_at=upload.expires_at,
        command=upload.command(pictures=body.pictures, interval_s=body.interval_s),
    )


@uploads.post("/gb28181/{identifier}/{session_id}/{ticket}")
@uploads.put("/gb28181/{identifier}/{session_id}/{ticket}")
@uploads.post("/gb28181/{identifier}/{session_id}/{ticket}/{filename}")
@uploads.put("/gb28181/{identifier}/{session_id}/{ticket}/{filename}")
async def upload_snapshot(
    identifier: str,
    session_id: str,
    ticket: str,
    request: Request,
    services: ServicesDep,
    filename: str = "",
) -> Response:
    """Take snapshots; 200 only after they are durable."""
    try:
        device = await _device(services, identifier, session_id, ticket)
        with services.intake.receiving(device.id, live=True) as held:
            body = await read_body(request, services.settings.max_batch_bytes, held.reserve)
            await run_in_threadpool(devices.seen, services.database, device)
            snapshots = await run_in_threadpool(
                _snapshots, services, request, body, session_id, filename
            )
            for pushed in snapshots:
                await push(services, device, pushed)
    except TooBusy as busy:  # devices know 503 and nothing of 429
        raise Unavailable(busy.detail, code=busy.code, retry_after_s=busy.retry_after_s) from None
    except ProblemError as problem:
        if problem.retry_after_s is None:
            _log.warning("a snapshot was refused", device=identifier, code=problem.code)
        raise
    return Response()


async def _device(services: Services, identifier: str, session_id: str, ticket: str) -> KnownDevice:
    """Return whose address it is.

    Raises:
        Forbidden: nobody's that is let in.
    """
    device = await known(services, Protocol.GB28181, identifier)
    secret = secret_of(services.seal, device)
    if device is None or secret is None:
        raise Forbidden("This address was not given to the device.", code="upload-url-invalid")
    check(identifier, session_id, ticket, secret, now())
    return device


def _snapshots(
    services: Services, request: Request, body: bytes, session_id: str, filename: str
) -> list[Pushed]:
    """Return the snapshots of a request: its body, or the file parts of it.

    Raises:
        BadRequest: there is none.
        Forbidden: it names another session than its address.
    """
    content_type = request.headers.get("content-type", "")
    if not content_type.lower().startswith("multipart/"):
        return [_snapshot(services, body, filename, content_type)]
    parts = read_parts(body, content_type)
    for part in parts:
        if part.name.lower() == _SESSION and part.data.decode("latin-1").strip() != session_id:
            raise Forbidden("The snapshot is of another session.", code="session-differs")
    files = [part for part in parts if part.filename or part.content_type.startswith("image/")]
    if not files:
        raise BadRequest("The message has no snapshot.", code="snapshot-missing")
    return [
        _snapshot(services, part.data, part.filename or filename, part.content_type)
        for part in files
    ]


def _snapshot(services: Services, data: bytes, filename: str, content_type: str) -> Pushed:
    """Return a snapshot; the standard only recommends its name, and without one it is of now."""
    name = read_name(filename, services.settings.zone)
    stated = content_type if content_type.startswith("image/") else None
    if name is None:
        return Pushed(None, now(), data, event="", content_type=stated)
    event = f"{name.channel} {name.at.isoformat()} {filename}"
    return Pushed(name.channel, name.at, data, event=event, content_type=stated)
