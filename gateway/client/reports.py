"""What a gateway tells of itself every minute."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field


class _Told(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class QueueReport(_Told):
    """How the disk queue stands.

    Attributes:
        bytes: what waits on the disk.
        oldest_captured_at: of what waits; None when nothing does.
        dropped: things given up for want of room, since the queue was made.
        refused: things the service would not take.
        damaged: files that were not what was written.
    """

    waiting_alerts: Annotated[int, Field(ge=0)]
    waiting_backfill: Annotated[int, Field(ge=0)]
    bytes: Annotated[int, Field(ge=0)]
    oldest_captured_at: AwareDatetime | None
    dropped: Annotated[int, Field(ge=0)]
    refused: Annotated[int, Field(ge=0)]
    damaged: Annotated[int, Field(ge=0)]


class CameraReport(_Told):
    """How a camera stands.

    Attributes:
        camera: its id or name in the service.
        since: when it came to this status.
        last_frame_at: when its newest picture was captured; None before the first.
        detail: what is wrong, if something is.
    """

    camera: str
    status: Literal["connecting", "live", "frozen", "unreachable", "ended"]
    since: AwareDatetime
    last_frame_at: AwareDatetime | None = None
    detail: Annotated[str, Field(max_length=200)] = ""


class GatewayReport(_Told):
    """How a gateway stands.

    Attributes:
        at: when this was written, by its own clock.
        version: of its program.
        clock_offset_ms: its clock minus the service's; None before it was measured.
    """

    at: AwareDatetime
    version: str
    clock_offset_ms: float | None
    queue: QueueReport
    cameras: tuple[CameraReport, ...]
