"""Clips as they go over the wire."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.clips.models import Clip, ClipState

_ID = "0199f0c2-7e2a-7c41-9a52-6f3f5d1c2b10"

Stage = Literal["receiving", "waiting", "inspecting", "done", "refused", "failed"]


class ClipReceipt(BaseModel):
    """How far a clip has come. With status 202 it is durable; the gateway may delete its own."""

    model_config = ConfigDict(from_attributes=True)

    clip_id: str = Field(examples=[_ID])
    duplicate: bool = Field(description="whether the key was used before for the same clip")
    state: ClipState
    size_bytes: int = Field(description="bytes that are durable", examples=[4_194_304])
    sha256: str | None = Field(description="of the whole clip, once it is there")


class ClipProblem(BaseModel):
    """Why a clip was not inspected."""

    code: str = Field(examples=["clip-truncated"])
    detail: str


class ClipModel(BaseModel):
    """A model that looked at the clip."""

    inspection: str = Field(examples=["falling_object"])
    name: str
    version: str
    digest: str = Field(description="SHA-256 of the ONNX file")
    variant: str


class ClipView(BaseModel):
    """A clip and what was seen in it."""

    id: str = Field(examples=[_ID])
    gateway_id: str
    camera_id: str
    state: Stage = Field(
        description="`receiving`: an upload that was not acknowledged. `refused`: the bytes are no "
        "clip that can be inspected. `failed`: inspecting it failed each time."
    )
    captured_at: datetime = Field(description="of the first frame, by the gateway's clock")
    clock_offset_ms: float | None = Field(description="the gateway's clock minus the service's")
    received_at: datetime | None = Field(description="of the last byte, by the service's clock")
    inspected_at: datetime | None
    expires_at: datetime | None = Field(description="when an unfinished upload is deleted")
    content_type: str = Field(examples=["video/mp4"])
    size_bytes: int
    length_bytes: int | None = Field(description="bytes of the whole clip, if they were announced")
    sha256: str | None
    width: int | None = Field(description="pixels of its frames as displayed")
    height: int | None
    fps: float | None = Field(description="mean frame rate, by the frames' own times")
    seconds: float | None
    models: list[ClipModel]
    events: list[dict[str, Any]] = Field(
        description="what happened in it, as `xunjian inspect` tells it, in pixels of the clip",
        examples=[
            [
                {
                    "start_frame": 41,
                    "end_frame": 78,
                    "score": 0.97,
                    "status": "confirmed",
                    "track": [[44, 512.0, 130.5]],
                    "origin": {"x": 511.0, "y": 122.0, "floors": [7, 8, 8]},
                }
            ]
        ],
    )
    finding_ids: list[str]
    problem: ClipProblem | None

    @classmethod
    def of(cls, clip: Clip, *, inspecting: bool) -> "ClipView":
        """Return a clip as it goes over the wire."""
        computed = ("state", "expires_at", "models", "events", "finding_ids", "problem")
        return cls(
            **{name: getattr(clip, name) for name in cls.model_fields if name not in computed},
            state="inspecting" if inspecting else clip.state.value,
            expires_at=clip.expires_at if clip.state is ClipState.RECEIVING else None,
            models=clip.models or [],
            events=clip.events or [],
            finding_ids=clip.finding_ids or [],
            problem=ClipProblem(code=clip.problem_code, detail=clip.problem or "")
            if clip.problem_code
            else None,
        )


def receipt(clip: Clip, *, duplicate: bool) -> ClipReceipt:
    """Return what the gateway is told of a clip that it uploads."""
    return ClipReceipt(
        clip_id=clip.id,
        duplicate=duplicate,
        state=clip.state,
        size_bytes=clip.size_bytes,
        sha256=clip.sha256,
    )
