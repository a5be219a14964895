"""Devices: made, changed, found again by what they call themselves."""

import re
import secrets
import string
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.audit import service as audit
from api.cameras.models import Camera
from api.cameras.service import get_camera
from api.database import Database, now
from api.devices.models import Device, DeviceCamera, Protocol
from api.dispatch.sealing import Seal
from api.errors import Conflict, NotFound, Unprocessable
from api.gateways.models import Gateway
from api.principal import Principal

_SEEN_EVERY = timedelta(seconds=30)
# What people type into a device by hand; 16 of 57 characters are 93 bits.
_SECRET_LENGTH = 16
_SECRET_ALPHABET = "".join(sorted(set(string.ascii_letters + string.digits) - set("0O1lI")))
_TWENTY_DIGITS = (re.compile(r"[0-9]{20}"), "must be 20 digits (GB/T 28181, annex D)")
_IDENTIFIERS: dict[Protocol, tuple[re.Pattern[str], str]] = {
    Protocol.VIID: _TWENTY_DIGITS,
    Protocol.GB28181: _TWENTY_DIGITS,
    Protocol.ISAPI: (
        re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}"),
        "must be 1 to 64 letters, digits, dots, dashes and underscores",
    ),
    Protocol.MQTT: (
        re.compile(r"(?!\$)(\+|[^+#/\s\0]+)(/(\+|[^+#/\s\0]+))*(/#)?"),
        "must be a filter of MQTT topics, like poles/+/pictures",
    ),
}
_WITHOUT_SECRET = frozenset({Protocol.MQTT})  # the broker asks who they are


@dataclass(frozen=True, slots=True)
class DeviceTarget:
    """Where a channel's frames go.

    Attributes:
        camera_id: the camera that the channel is.
        gateway_id: the camera's gateway, in whose name the frame is posted.
    """

    camera_id: str
    gateway_id: str


@dataclass(frozen=True, slots=True)
class KnownDevice:
    """An enabled device, as a front door needs it.

    Attributes:
        id: of the device.
        identifier: what it calls itself.
        sealed_secret: its secret as `Seal` closed it, or None where the protocol has none.
        last_seen_at: when it was last noted that it proved who it is.
        cameras: its cameras by channel, without those of disabled gateways.
    """

    id: str
    identifier: str
    sealed_secret: str | None
    last_seen_at: datetime | None
    cameras: Mapping[str, DeviceTarget]


def create_device(
    session: Session,
    *,
    seal: Seal,
    protocol: Protocol,
    identifier: str,
    name: str,
    cameras: Mapping[str, str],
    actor: str,
) -> tuple[Device, str | None]:
    """Make a device, which stays refused until it is enabled.

    Args:
        session: the open transaction.
        seal: encrypts the secret.
        protocol: how it speaks.
        identifier: what it calls itself, unique among those of its protocol.
        name: for people, unique.
        cameras: from its channels to the ids of cameras; "" is the device itself.
        actor: who makes it.

    Returns:
        The device, and its secret, which is shown this once; None where the protocol has none.

    Raises:
        NotFound: there is no such camera.
        Unprocessable: the protocol does not allow this identifier.
        Conflict: the name or the identifier is taken.
    """
    pattern, otherwise = _IDENTIFIERS[protocol]
    if not pattern.fullmatch(identifier):
        raise Unprocessable(f"identifier {otherwise}.", code="device-identifier-invalid")
    secret = None if protocol in _WITHOUT_SECRET else _new_secret()
    device = Device(
        protocol=protocol,
        identifier=identifier,
        name=name,
        sealed_secret=seal.close(secret) if secret else None,
        cameras=_channels(session, cameras),
        created_by=actor,
    )
    session.add(device)
    _flush(session, device)
    audit.record(
        session,
        actor=actor,
        action="device.create",
        object_type="device",
        object_id=device.id,
        after={
            "name": name,
            "protocol": protocol.value,
            "identifier": identifier,
            "cameras": dict(cameras),
        },
    )
    return device, secret


def update_device(
    session: Session,
    *,
    device_id: str,
    values: dict[str, Any],
    actor: str,
) -> Device:
    """Change a device, enable it, or disable it so that its door refuses it.

    Args:
        session: the open transaction.
        device_id: which.
        values: any of name, enabled, cameras (from channels to ids of cameras).
        actor: who changes it.

    Raises:
        NotFound: there is no such device, or no such camera.
        Conflict: the name is taken.
    """
    device = get_device(session, device_id)
    cameras = values.pop("cameras", None)
    before, after = audit.changes(device, values)
    were = {one.channel: one.camera_id for one in device.cameras}
    if cameras is not None and cameras != were:
        device.cameras = []
        session.flush()
        device.cameras = _channels(session, cameras)
        before["cameras"], after["cameras"] = were, dict(cameras)
    _flush(session, device)
    if after:
        audit.record(
            session,
            actor=actor,
            action="device.update",
            object_type="device",
            object_id=device.id,
            before=before,
            after=after,
        )
    return device


def renew_secret(
    session: Session, *, seal: Seal, device_id: str, actor: str
) -> tuple[Device, str | None]:
    """Give a device a new secret; with the old one it is refused at once.

    Raises:
        NotFound: there is no such device.
        Conflict: its protocol has no secrets.
    """
    device = get_device(session, device_id)
    if device.protocol in _WITHOUT_SECRET:
        raise Conflict(
            f"Devices that speak {device.protocol.value} have no secret here.", code="no-secret"
        )
    secret = _new_secret()
    device.sealed_secret = seal.close(secret)
    audit.record(
        session,
        actor=actor,
        action="device.renew-secret",
        object_type="device",
        object_id=device.id,
    )
    return device, secret


def remove_device(session: Session, *, device_id: str, actor: str) -> None:
    """Forget a device; what its cameras saw stays.

    Raises:
        NotFound: there is no such device.
    """
    device = get_device(session, device_id)
    session.delete(device)
    audit.record(
        session,
        actor=actor,
        action="device.delete",
        object_type="device",
        object_id=device.id,
        before={
            "name": device.name,
            "protocol": device.protocol.value,
            "identifier": device.identifier,
        },
    )


def get_device(session: Session, device_id: str) -> Device:
    """Return a device.

    Raises:
        NotFound: there is none with this id.
    """
    device = session.get(Device, device_id)
    if device is None:
        raise NotFound("There is no device with this id.", code="device-not-found")
    return device


def visible_device(session: Session, device_id: str, principal: Principal) -> Device:
    """Return a device that brings a camera that somebody may see.

    Raises:
        NotFound: there is none with this id, or it may not be seen.
    """
    device = get_device(session, device_id)
    if not any(principal.may_see(one.camera_id) for one in device.cameras):
        raise NotFound("There is no device with this id.", code="device-not-found")
    return device


def find_device(session: Session, name: str) -> Device:
    """Return the device of a name.

    Raises:
        NotFound: there is none with this name.
    """
    device = session.scalars(select(Device).where(Device.name == name)).one_or_none()
    if device is None:
        raise NotFound(f"There is no device {name!r}.", code="device-not-found")
    return device


def devices(
    session: Session,
    *,
    limit: int,
    after_id: str | None = None,
    visible: Collection[str] | None = None,
) -> Sequence[Device]:
    """Return devices, oldest first, one more than `limit` if there are more.

    Args:
        session: the open transaction.
        limit: the items of a page.
        after_id: the id that the page begins after.
        visible: ids of the cameras that may be seen; None means every camera.
    """
    query = select(Device).where(Device.id > (after_id or "")).order_by(Device.id).limit(limit + 1)
    if visible is not None:
        query = query.where(Device.cameras.any(DeviceCamera.camera_id.in_(visible)))
    return session.scalars(query).all()


def known(session: Session, *, protocol: Protocol, identifier: str) -> KnownDevice | None:
    """Return the enabled device that calls itself so, or None."""
    device = session.scalars(
        select(Device).where(
            Device.protocol == protocol, Device.identifier == identifier, Device.enabled
        )
    ).one_or_none()
    return None if device is None else _as_known(session, device)


def known_all(session: Session, *, protocol: Protocol) -> list[KnownDevice]:
    """Return every enabled device of a protocol, oldest first."""
    rows = session.scalars(
        select(Device).where(Device.protocol == protocol, Device.enabled).order_by(Device.id)
    )
    return [_as_known(session, device) for device in rows]


def camera_of(device: KnownDevice, channel: str | None) -> DeviceTarget | None:
    """Return the camera that a message of a device is of, or None when it may not speak for it.

    Args:
        device: who speaks.
        channel: what its message names; None, empty or its own identifier is the device itself.
    """
    return device.cameras.get("" if channel in (None, device.identifier) else channel or "")


def seen(database: Database, device: KnownDevice) -> None:
    """Note that a device has proved who it is; written at most every 30 seconds."""
    at = now()
    if device.last_seen_at is not None and at - device.last_seen_at < _SEEN_EVERY:
        return
    with database.write() as session:
        session.execute(
            update(Device)
            .where(
                Device.id == device.id,
                or_(Device.last_seen_at.is_(None), Device.last_seen_at < at),
            )
            .values(last_seen_at=at)
        )


def _as_known(session: Session, device: Device) -> KnownDevice:
    rows = session.execute(
        select(DeviceCamera.channel, Camera.id, Camera.gateway_id)
        .join(Camera, Camera.id == DeviceCamera.camera_id)
        .join(Gateway, Gateway.id == Camera.gateway_id)
        .where(DeviceCamera.device_id == device.id, Gateway.disabled_at.is_(None))
    )
    return KnownDevice(
        id=device.id,
        identifier=device.identifier,
        sealed_secret=device.sealed_secret,
        last_seen_at=device.last_seen_at,
        cameras={channel: DeviceTarget(camera, gateway) for channel, camera, gateway in rows},
    )


def _channels(session: Session, cameras: Mapping[str, str]) -> list[DeviceCamera]:
    for camera_id in set(cameras.values()):
        get_camera(session, camera_id)
    return [
        DeviceCamera(channel=channel, camera_id=camera_id) for channel, camera_id in cameras.items()
    ]


def _new_secret() -> str:
    return "".join(secrets.choice(_SECRET_ALPHABET) for _ in range(_SECRET_LENGTH))


def _flush(session: Session, device: Device) -> None:
    name, protocol, identifier = device.name, device.protocol.value, device.identifier
    try:
        session.flush()
    except IntegrityError:
        raise Conflict(
            f"There is a device {name!r} already, or one of {protocol} that calls itself "
            f"{identifier!r}.",
            code="device-taken",
        ) from None
