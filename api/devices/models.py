"""Devices that already exist and speak a protocol of their own, and the cameras they bring."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from api.database import ID_LENGTH, Base, UTCDateTime, id_column, now

CHANNEL_LENGTH = 64
IDENTIFIER_LENGTH = 200


class Protocol(StrEnum):
    """How a device speaks to the service: one front door each."""

    VIID = "viid"
    ISAPI = "isapi"
    GB28181 = "gb28181"
    MQTT = "mqtt"


class Device(Base):
    """A camera, recorder or platform that comes in by a front door.

    `identifier` is what it calls itself: 20 digits with VIID and GB28181, the name in its address
    with ISAPI, the filter of its topics with MQTT. It is refused until somebody enables it.
    """

    __tablename__ = "devices"
    __table_args__ = (UniqueConstraint("protocol", "identifier"),)

    id: Mapped[str] = id_column()
    protocol: Mapped[Protocol]
    identifier: Mapped[str] = mapped_column(String(IDENTIFIER_LENGTH))
    name: Mapped[str] = mapped_column(String(120), unique=True)
    sealed_secret: Mapped[str | None] = mapped_column(Text)  # encrypted; None where no door asks
    enabled: Mapped[bool] = mapped_column(default=False)
    last_seen_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    created_by: Mapped[str] = mapped_column(String(80))
    cameras: Mapped[list["DeviceCamera"]] = relationship(
        cascade="all, delete-orphan", order_by="DeviceCamera.channel", lazy="selectin"
    )


class DeviceCamera(Base):
    """The camera that a channel of a device is.

    `channel` is what the device's messages call it; "" is the device itself, for messages that
    name no channel or the device's own identifier.
    """

    __tablename__ = "device_cameras"

    device_id: Mapped[str] = mapped_column(
        String(ID_LENGTH), ForeignKey("devices.id"), primary_key=True
    )
    channel: Mapped[str] = mapped_column(String(CHANNEL_LENGTH), primary_key=True)
    camera_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("cameras.id"), index=True)


class DigestNonce(Base):
    """How often a nonce was used, so that an answer to it that was overheard opens nothing.

    `nonce` is its SHA-256 and `uses` the highest `nc` that came with it (RFC 7616, 3.4).
    """

    __tablename__ = "digest_nonces"

    nonce: Mapped[str] = mapped_column(String(64), primary_key=True)
    uses: Mapped[int] = mapped_column(BigInteger)  # eight hexadecimal digits
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
