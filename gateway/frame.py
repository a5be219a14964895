"""A frame as it leaves a camera."""

import hashlib
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class FrameMetadata:
    """What is known of a frame beside its picture.

    Args:
        camera: the camera's id or name in the service.
        captured_at: when the picture was taken, by the gateway's clock; timezone-aware.
        latitude: WGS-84 degrees, north positive.
        longitude: WGS-84 degrees, east positive.
        gps_accuracy_m: 1-sigma radius in metres.
        heading_deg: clockwise from true north, 0 to 360.
        speed_mps: metres per second.
        clock_offset_ms: the gateway's clock minus the service's.
        flags: what other devices at the camera say of the moment, values by name.

    Raises:
        ValueError: when `captured_at` is naive.
    """

    camera: str
    captured_at: datetime
    latitude: float | None = None
    longitude: float | None = None
    gps_accuracy_m: float | None = None
    heading_deg: float | None = None
    speed_mps: float | None = None
    clock_offset_ms: float | None = None
    flags: dict[str, str] | None = None

    def __post_init__(self) -> None:
        if self.captured_at.tzinfo is None:
            raise ValueError("captured_at is timezone-aware UTC: a naive datetime was given")

    def to_json(self) -> dict[str, Any]:
        """Return the members that are set, times as RFC 3339 UTC."""
        members = {name: value for name, value in asdict(self).items() if value is not None}
        return members | {"captured_at": self.captured_at.astimezone(UTC).isoformat()}

    def key_of(self, content: bytes) -> str:
        """Return the idempotency key of this content of this camera at this moment."""
        digest = hashlib.sha256(content)
        digest.update(self.camera.encode())
        digest.update(self.captured_at.astimezone(UTC).isoformat().encode())
        return digest.hexdigest()

    @classmethod
    def from_json(cls, members: dict[str, Any]) -> "FrameMetadata":
        """Read what `to_json` wrote."""
        return cls(**(members | {"captured_at": datetime.fromisoformat(members["captured_at"])}))


@dataclass(frozen=True, slots=True)
class CapturedFrame:
    """A picture and its metadata.

    Args:
        metadata: what is known beside the picture.
        picture: the encoded JPEG, PNG or WebP bytes, as captured.
        content_type: their media type.
    """

    metadata: FrameMetadata
    picture: bytes
    content_type: str

    @property
    def idempotency_key(self) -> str:
        """Return a key that is the same whenever this very frame is posted again."""
        return self.metadata.key_of(self.picture)
