"""The way in that the front doors share: who may, and a pushed picture as a frame."""

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import structlog
from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from api.dependencies import Services, get_services
from api.devices import service as devices
from api.devices.models import Device, Protocol
from api.devices.service import DeviceTarget, KnownDevice
from api.dispatch.sealing import Seal, SecretUnreadable
from api.errors import Conflict, Forbidden
from api.external_detections.detection import ExternalDetection
from api.frames.intake import Posted
from api.frames.metadata import parse_metadata
from inference.errors import PictureError
from inference.header import sniff

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Pushed:
    """A picture that a device sent by itself.

    Attributes:
        channel: what the device calls the camera; None for the device itself.
        captured_at: by the device's clock.
        data: the picture's bytes.
        event: what the device calls it; the same again is the same picture sent again.
        content_type: as the device states it, if it does.
        external: what the device says of it; boxes in shares of the picture, 0 to 1.
        measured: position and clock offset by the names of `FrameMetadata`, unchecked.
    """

    channel: str | None
    captured_at: datetime
    data: bytes
    event: str
    content_type: str | None = None
    external: tuple[ExternalDetection, ...] = ()
    measured: Mapping[str, Any] = field(default_factory=dict)


def door(protocol: Protocol) -> Callable[[Request], Awaitable[None]]:
    """Return a dependency that answers like any unknown path while a door is not open."""

    async def opened(request: Request) -> None:
        if protocol not in get_services(request).settings.front_doors:
            raise HTTPException(404)

    return opened


async def known(services: Services, protocol: Protocol, identifier: str) -> KnownDevice | None:
    """Return the enabled device that calls itself so, or None."""

    def look() -> KnownDevice | None:
        with services.database.read() as session:
            return devices.known(session, protocol=protocol, identifier=identifier)

    return await run_in_threadpool(look)


def secret_of(seal: Seal, device: KnownDevice | Device | None) -> str | None:
    """Return the secret of a device, None without one or where it cannot be read any more."""
    if device is None or device.sealed_secret is None:
        return None
    try:
        return seal.open(device.sealed_secret)
    except SecretUnreadable:
        _log.error("a device's secret cannot be read: give it a new one", device=device.id)
        return None


def target_of(device: KnownDevice, channel: str | None) -> DeviceTarget:
    """Return the camera that a picture is of.

    A device that is bound as one camera is that camera, whatever it calls its only channel.

    Raises:
        Forbidden: no camera is bound to the channel.
    """
    target = devices.camera_of(device, channel)
    if target is None and set(device.cameras) == {""}:
        target = device.cameras[""]
    if target is None:
        raise Forbidden(
            f"No camera is bound to the channel {channel or 'of the device itself'!r}; an "
            "administrator can bind one.",
            code="channel-unknown",
        )
    return target


async def push(services: Services, device: KnownDevice, pushed: Pushed) -> None:
    """Take a picture in, as a frame of its camera; it is durable afterwards.

    A device's repeat changes nothing. Its own names for things are kept as hashes only: many
    write plates into the names of pictures.

    Raises:
        ProblemError: it is not taken, and nothing was changed.
    """
    target = target_of(device, pushed.channel)
    event, picture = (
        hashlib.sha256(data).hexdigest()[:32] for data in (pushed.event.encode(), pushed.data)
    )
    metadata = parse_metadata(
        {
            **pushed.measured,
            "camera": target.camera_id,
            "captured_at": pushed.captured_at.astimezone(UTC).isoformat(),
            "idempotency_key": f"device/{device.id}/{event}/{picture}",
        }
    )
    posted = Posted(
        target.gateway_id, metadata, pushed.data, pushed.content_type, external=in_pixels(pushed)
    )
    try:
        await services.intake.take_in(posted)
    except Conflict as conflict:
        # The same picture under the same name, of another moment: the device's clock was set in
        # between, or it says no time and ours has gone on.
        if conflict.code != "idempotency-key-reused":
            raise


def in_pixels(pushed: Pushed) -> tuple[ExternalDetection, ...]:
    """Return what a device says, with boxes in pixels; without boxes where it is no picture."""
    try:
        header = sniff(pushed.data)
        width, height = header.width, header.height
    except PictureError:
        return ()
    return tuple(
        replace(one, box=None if one.box is None else _scaled(one.box, width, height))
        for one in pushed.external
    )


def _scaled(
    box: tuple[float, float, float, float], width: int, height: int
) -> tuple[float, float, float, float]:
    x1, y1, x2, y2 = box
    return x1 * width, y1 * height, x2 * width, y2 * height
