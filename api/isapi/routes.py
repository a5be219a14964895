"""Where cameras and recorders push their alarms: the address of a device's `httpHosts`.

Device messages are described by ISAPI, not by our OpenAPI document (docs/devices.md).
"""

import base64
import binascii
import hmac

import structlog
from fastapi import APIRouter, Depends, Request, Response
from starlette.concurrency import run_in_threadpool

from api.dependencies import Services, ServicesDep
from api.devices import service as devices
from api.devices.models import Protocol
from api.devices.parts import Part, read_parts
from api.devices.pushing import door, known, push, secret_of
from api.devices.service import KnownDevice
from api.errors import BadRequest, ProblemError, TooLarge, Unauthenticated
from api.frames.bodies import read_body
from api.isapi.alert import all_of, read_alert, text_of
from api.isapi.answers import refused, taken
from api.isapi.pictures import pictures_of

router = APIRouter(include_in_schema=False, dependencies=[Depends(door(Protocol.ISAPI))])

_ADDRESSES = ("pictureURL", "pictureUrl", "URL", "bkgUrl", "picUrl")
_BLANK = b"\xef\xbb\xbf \t\r\n"
_LONGEST_ALARM = 1024 * 1024  # without its pictures
_log = structlog.get_logger()


@router.post("/isapi/{identifier}")
@router.post("/isapi/{identifier}/{key}")
async def push_isapi_alarm(
    identifier: str, request: Request, services: ServicesDep, key: str | None = None
) -> Response:
    """Take an alarm; 200 only after its pictures are durable."""
    as_json = "json" in request.headers.get("content-type", "")
    try:
        device = await _device(services, identifier, key, request)
        with services.intake.receiving(device.id, live=True) as held:
            body = await read_body(request, services.settings.max_batch_bytes, held.reserve)
            content_type = request.headers.get("content-type", "")
            parts = await run_in_threadpool(_parts, body, content_type)
            message = _message(parts)
            as_json = message.lstrip().startswith(b"{")
            await _take(services, device, message, parts)
    except ProblemError as problem:
        if problem.retry_after_s is None:
            _log.warning("an ISAPI alarm was refused", device=identifier, code=problem.code)
        return refused(problem, as_json=as_json)
    return taken(as_json=as_json)


async def _device(
    services: Services, identifier: str, key: str | None, request: Request
) -> KnownDevice:
    """Return who speaks, by the key in its address or by Basic authentication.

    Raises:
        Unauthenticated: nobody that is let in.
    """
    device = await known(services, Protocol.ISAPI, identifier)
    user, password = _basic(request.headers.get("authorization", ""))
    given = key if key is not None else password
    secret = secret_of(services.seal, device)
    if device is None or secret is None or not hmac.compare_digest(secret.encode(), given.encode()):
        raise Unauthenticated("No device is let in by this name and key.", code="device-unknown")
    if key is None and user != identifier:
        raise Unauthenticated("The user is the device's identifier.", code="device-unknown")
    return device


def _basic(header: str) -> tuple[str, str]:
    scheme, _, given = header.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        user, _, password = base64.b64decode(given, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return user, password


def _parts(body: bytes, content_type: str) -> list[Part]:
    if content_type.lower().startswith("multipart/"):
        return read_parts(body, content_type)
    return [Part("", "", content_type.partition(";")[0].strip().lower(), "", body)]


def _message(parts: list[Part]) -> bytes:
    """Return the alarm's own part: the first that is no picture.

    Raises:
        BadRequest: there is none.
        TooLarge: it is longer than a mebibyte.
    """
    spoken = [part for part in parts if "xml" in part.content_type or "json" in part.content_type]
    spoken += [part for part in parts if part.data.lstrip(_BLANK)[:1] in (b"<", b"{")]
    if not spoken:
        raise BadRequest("The message has no alarm in XML or JSON.", code="alarm-invalid")
    if len(spoken[0].data) > _LONGEST_ALARM:
        raise TooLarge("The alarm itself is too long.", code="alarm-too-long")
    return spoken[0].data


async def _take(services: Services, device: KnownDevice, message: bytes, parts: list[Part]) -> None:
    zone = services.settings.zone
    alert = read_alert(message, zone)
    await run_in_threadpool(devices.seen, services.database, device)
    if not alert.active:
        return
    pictures = pictures_of(alert, parts, zone)
    if not pictures and any(
        text_of(info, name) for info in all_of(alert.tree, "pictureInfo") for name in _ADDRESSES
    ):
        _log.warning(
            "a device sends addresses of pictures, which are not fetched: "
            "set its uploadImagesDataType to binary",
            device=device.identifier,
        )
    for pushed in pictures:
        await push(services, device, pushed)
