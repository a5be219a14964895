"""What a configuration says of a camera: where its pictures come from and which are kept."""

import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    Field,
    SecretStr,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)

from gateway.config_parts import LocalPath, Part, Seconds

_METRES = re.compile(r"(\d+(?:\.\d+)?)\s*m")
_SECONDS: TypeAdapter[float] = TypeAdapter(Seconds)


@dataclass(frozen=True, slots=True)
class Metres:
    """A distance along the drive.

    Attributes:
        metres: how far, greater than 0.
    """

    metres: float


def _every(value: Any) -> Any:
    if isinstance(value, str) and (match := _METRES.fullmatch(value.strip())) and float(match[1]):
        return Metres(float(match[1]))
    try:
        return _SECONDS.validate_python(value)
    except ValidationError as error:
        raise ValueError(
            f"is neither time nor way: {value!r}; write one like 2s, 5min or 10m"
        ) from error


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError) as error:
        raise ValueError(f"{name!r} is no time zone; write one like Asia/Shanghai") from error
    return name


Every = Annotated[Metres | float, BeforeValidator(_every, json_schema_input_type=float | str)]
"""A duration (`2s`) or a distance along the drive (`10m`; minutes are `min`)."""

Point = tuple[Annotated[float, Field(ge=0, le=1)], Annotated[float, Field(ge=0, le=1)]]
"""Right and down, each as a share (0 to 1) of the picture as displayed."""

Polygon = Annotated[tuple[Point, ...], Field(min_length=3)]


class RtspSource(Part):
    """A network camera.

    Attributes:
        url: `rtsp://` or `rtsps://`, with user and password where the camera asks for them.
        transport: how its pictures travel; UDP loses some where the network does.
        silent_after: how long nothing may come before it is connected anew.
    """

    kind: Literal["rtsp"]
    url: SecretStr
    transport: Literal["tcp", "udp"] = "tcp"
    silent_after: Seconds = 10.0

    @field_validator("url")
    @classmethod
    def _is_rtsp(cls, url: SecretStr) -> SecretStr:
        if not url.get_secret_value().startswith(("rtsp://", "rtsps://")):
            raise ValueError("is no RTSP address; write rtsp://USER:PASSWORD@HOST:554/PATH")
        return url


class FileSource(Part):
    """A video file, read once from its beginning to its end.

    Attributes:
        path: the file.
        captured_at: when its first picture was taken; by default what the file itself says.
    """

    kind: Literal["file"]
    path: LocalPath
    captured_at: AwareDatetime | None = None


class UsbSource(Part):
    """A camera at a USB port (Video4Linux).

    Attributes:
        device: for example `/dev/video0`.
        size: width and height in pixels; the camera's own choice when left out.
        fps: pictures a second; the camera's own choice when left out.
        silent_after: how long nothing may come before it is opened anew.
    """

    kind: Literal["usb"]
    device: str
    size: tuple[int, int] | None = None
    fps: Annotated[int, Field(gt=0)] | None = None
    silent_after: Seconds = 10.0


class FolderSource(Part):
    """A folder into which a camera or its software writes pictures.

    Attributes:
        path: the folder.
        name_time: how names tell when a picture was taken, as `strptime` reads it (for example
            `cam_%Y%m%d_%H%M%S`); by default the picture's EXIF data, then the file's time.
        time_zone: of the times in names and EXIF data that name none.
        after: what becomes of a file that the queue holds.
        once: whether to end when the folder is empty.
    """

    kind: Literal["folder"]
    path: LocalPath
    name_time: str | None = None
    time_zone: Annotated[str, AfterValidator(_zone)] = "UTC"
    after: Literal["move", "delete"] = "move"
    once: bool = False


class MqttSource(Part):
    """Pictures that come as messages of an MQTT broker, one a message.

    Attributes:
        host: the broker.
        port: its port; 8883 with TLS and 1883 without when left out.
        topic: a topic or filter; QoS 1.
        tls: whether to speak TLS.
        ca_file: the broker's certification authority; the system's when left out.
        user: who signs in; nobody when left out.
        password: their password.
        client_id: the session at the broker that keeps messages while the gateway is away; one
            that is made from the camera's name when left out.
    """

    kind: Literal["mqtt"]
    host: str
    port: Annotated[int, Field(gt=0, lt=65536)] | None = None
    topic: str
    tls: bool = False
    ca_file: LocalPath | None = None
    user: str | None = None
    password: SecretStr | None = None
    client_id: str | None = None


Source = Annotated[
    RtspSource | FileSource | UsbSource | FolderSource | MqttSource, Field(discriminator="kind")
]


class MotionConfig(Part):
    """When a picture shows that something moves.

    Attributes:
        area: how much of the picture (or its zones) changes, as a share.
        difference: by how many grey levels of 255 a place differs from what is usually there.
        zones: where it is looked for; everywhere when left out.
        rate: how often a second it is looked for.
        cooldown: how long after a picture of motion the next is taken at the earliest.
    """

    area: Annotated[float, Field(gt=0, lt=1)] = 0.002
    difference: Annotated[float, Field(gt=0, lt=255)] = 20.0
    zones: tuple[Polygon, ...] = ()
    rate: Annotated[float, Field(gt=0, le=30)] = 5.0
    cooldown: Seconds = 1.0


class RecordingConfig(Part):
    """Which clips are recorded, as the camera codes them.

    Attributes:
        when: `motion`: a clip around each motion, one motion after the other in one clip;
            `always`: everything, in clips that overlap.
        before: with `motion`, how long before it a clip begins (at the keyframe before that).
        after: with `motion`, how long after it a clip goes on.
        length: the longest clip.
        overlap: how much of a clip's end is repeated in the next.
    """

    when: Literal["motion", "always"] = "motion"
    before: Annotated[Seconds, Field(le=60)] = 5.0
    after: Annotated[Seconds, Field(le=60)] = 5.0
    length: Annotated[Seconds, Field(le=600)] = 30.0
    overlap: Annotated[Seconds, Field(le=60)] = 5.0

    @model_validator(mode="after")
    def _goes_on(self) -> Self:
        if self.overlap >= self.length:
            raise ValueError("overlap is shorter than length")
        if self.when == "motion" and self.before + self.after > self.length:
            raise ValueError("before and after together are no longer than length")
        return self


class CameraConfig(Part):
    """One camera: its source, which of its pictures are kept, and what is painted over.

    Attributes:
        camera: its name or id in the service.
        source: where its pictures come from.
        every: takes a picture after every so much time or way.
        standing: with `every: 10m`, how often a picture is taken while the vehicle stands or
            nobody knows where it is.
        motion: takes pictures in which something moves.
        record: makes clips.
        alerts: whether its pictures and clips go before all others; those of motion do anyway.
        masks: what is painted over before anything leaves the camera's thread.
        frozen_after: how long the picture may stay the very same before the camera counts as
            frozen and is connected anew.
        quality: of the JPEG pictures.
    """

    camera: Annotated[str, Field(min_length=1)]
    source: Source
    every: Every | None = None
    standing: Seconds = 600.0
    motion: MotionConfig | None = None
    record: RecordingConfig | None = None
    alerts: bool = False
    masks: tuple[Polygon, ...] = ()
    frozen_after: Seconds = 60.0
    quality: Annotated[int, Field(ge=50, le=100)] = 90

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        is_video = isinstance(self.source, RtspSource | FileSource | UsbSource)
        if not is_video:
            if self.motion or self.record:
                raise ValueError("motion and record need a stream: rtsp, file or usb")
            return self
        if not (self.every or self.motion or self.record):
            raise ValueError("say which pictures are kept: every (2s or 10m), motion or record")
        if self.record and self.masks:
            raise ValueError(
                "masks cannot be painted into clips, which stay as the camera codes them; "
                "use either masks or record"
            )
        if self.record and isinstance(self.source, UsbSource):
            raise ValueError("record needs a stream that the camera itself codes: rtsp or file")
        if self.record and self.record.when == "motion" and not self.motion:
            raise ValueError("record: {when: motion} needs motion: {}")
        return self
