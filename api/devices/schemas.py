"""Devices as they go over the wire."""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from api.devices.models import CHANNEL_LENGTH, IDENTIFIER_LENGTH, Protocol

DeviceName = Annotated[
    str,
    Field(
        min_length=1, max_length=120, pattern=r"^[^\x00]*\S[^\x00]*$", examples=["north gate NVR"]
    ),
]


class DeviceChannel(BaseModel):
    """The camera that a channel of a device is."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)

    channel: str = Field(
        "",
        max_length=CHANNEL_LENGTH,
        pattern=r"^[\x21-\x7e]*$",
        description="what the device's messages call it; empty for the device itself",
        examples=["33010600001190000002"],
    )
    camera_id: str


def _distinct(cameras: list[DeviceChannel]) -> list[DeviceChannel]:
    if len({one.channel for one in cameras}) != len(cameras):
        raise ValueError("each channel is given once")
    return cameras


DeviceChannels = Annotated[
    list[DeviceChannel], Field(min_length=1, max_length=1000), AfterValidator(_distinct)
]


class DeviceView(BaseModel):
    """A device that comes in by a front door."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    protocol: Protocol
    identifier: str = Field(description="what the device calls itself")
    name: DeviceName
    enabled: bool
    door_open: bool = Field(description="whether this installation opens the protocol's door")
    cameras: list[DeviceChannel]
    last_seen_at: datetime | None = Field(description="when it last proved who it is")
    created_at: datetime


class NewDevice(DeviceView):
    """A device with its secret, which is in this answer and nowhere else."""

    secret: str | None = Field(description="its password; null where the protocol has none")


class DeviceCreate(BaseModel):
    """A new device; it is refused until it is enabled."""

    model_config = ConfigDict(extra="forbid")

    protocol: Protocol
    identifier: str = Field(
        min_length=1, max_length=IDENTIFIER_LENGTH, examples=["33010600001190000001"]
    )
    name: DeviceName
    cameras: DeviceChannels


class DeviceUpdate(BaseModel):
    """What to change of a device; absent is left."""

    model_config = ConfigDict(extra="forbid")

    name: DeviceName | None = None
    cameras: DeviceChannels | None = None
    enabled: bool | None = None
