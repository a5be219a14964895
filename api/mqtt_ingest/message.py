"""What a message says: a picture as it is, or JSON that brings one along."""

import base64
import binascii
from datetime import datetime, tzinfo
from typing import Annotated, Any

from aiomqtt import Topic
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from api.devices.clocks import moment_of
from api.devices.pushing import Pushed
from api.errors import BadRequest, Unprocessable
from api.external_detections.detection import ExternalDetection

_MOST_DETECTIONS = 100
_MEASURED = (
    "latitude",
    "longitude",
    "gps_accuracy_m",
    "heading_deg",
    "speed_mps",
    "clock_offset_ms",
    "flags",
)

Side = Annotated[float, Field(ge=0, le=1)]


class _Said(BaseModel):
    model_config = ConfigDict(extra="ignore")

    class_name: str = Field(alias="class", min_length=1)
    score: Annotated[float, Field(ge=0, le=1)] | None = None
    box: tuple[Side, Side, Side, Side] | None = None
    plate: str | None = None
    attributes: dict[str, str] = {}


class _Message(BaseModel):
    model_config = ConfigDict(extra="ignore")

    picture: str
    captured_at: str | None = None
    id: str | None = None
    channel: str | None = Field(None, max_length=64)
    detections: list[_Said] = Field([], max_length=_MOST_DETECTIONS)
    latitude: Any = None
    longitude: Any = None
    gps_accuracy_m: Any = None
    heading_deg: Any = None
    speed_mps: Any = None
    clock_offset_ms: Any = None
    flags: Any = None


def read_message(
    topic: str, payload: bytes, *, topic_filter: str, received_at: datetime, zone: tzinfo
) -> Pushed:
    """Read a message.

    Args:
        topic: what it was published to.
        payload: a picture, or JSON (docs/devices.md).
        topic_filter: of the device; what its wildcards stand for is the channel.
        received_at: the time of a picture that does not say its own.
        zone: where the device is, for times without an offset.

    Raises:
        BadRequest: it is JSON, but none that we know, or its picture is no base64.
        Unprocessable: its time is none.
    """
    channel = _channel(topic, topic_filter)
    if payload.lstrip()[:1] != b"{":
        return Pushed(channel, received_at, payload, event=topic)
    try:
        message = _Message.model_validate_json(payload)
        picture = base64.b64decode(message.picture, validate=True)
    except ValidationError as error:
        wrong = ".".join(str(step) for step in error.errors()[0]["loc"])
        raise BadRequest(
            f"The message is not as docs/devices.md has it: {wrong or 'JSON'}",
            code="message-invalid",
        ) from None
    except (binascii.Error, ValueError):
        raise BadRequest("The picture is no base64.", code="message-invalid") from None
    at = moment_of(message.captured_at, zone) if message.captured_at else received_at
    if at is None:
        raise Unprocessable("captured_at is no time.", code="message-invalid")
    measured = {name: getattr(message, name) for name in _MEASURED}
    return Pushed(
        channel=message.channel or channel,
        captured_at=at,
        data=picture,
        event=f"{topic} {message.id}" if message.id else topic,
        external=tuple(
            ExternalDetection(one.class_name, one.box, one.score, one.plate, one.attributes)
            for one in message.detections
        ),
        measured={name: value for name, value in measured.items() if value is not None},
    )


def topic_matches(topic: str, topic_filter: str) -> bool:
    """Say whether what is published to a topic is of a filter (MQTT 5.0, 4.7)."""
    return Topic(topic).matches(topic_filter)


def _channel(topic: str, topic_filter: str) -> str | None:
    levels, wanted = topic.split("/"), topic_filter.split("/")
    if wanted[-1] == "#":
        rest = levels[len(wanted) - 1 :]
        wanted = [*wanted[:-1], *["+"] * len(rest)]
    stood_for = [level for level, one in zip(levels, wanted, strict=False) if one == "+"]
    return "/".join(stood_for) or None
