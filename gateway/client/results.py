"""What the service says, typed. Members that it adds later are passed over."""

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

Id = Annotated[str, Field(min_length=1, max_length=200)]


class Result(BaseModel):
    """Something that the service said; it does not change."""

    model_config = ConfigDict(frozen=True, populate_by_name=True)


class Model(Result):
    """A model that looked at a frame or clip.

    Attributes:
        digest: SHA-256 of its file.
        variant: its precision, for example `int8`.
    """

    inspection: str
    name: str
    version: str
    digest: str
    variant: str


class Detection(Result):
    """What a model said of a frame.

    Attributes:
        class_name: what it is.
        score: 0 to 1.
        box: x1, y1, x2, y2 in pixels of the picture as displayed.
        finding_id: the problem that it belongs to, if it belongs to one.
    """

    id: Id
    inspection: str
    class_name: str = Field(alias="class")
    score: float
    box: tuple[float, float, float, float]
    finding_id: str | None = None


class Finding(Result):
    """A problem that a frame shows.

    Attributes:
        class_name: what it is.
        state: where it stands, for example `candidate`.
        new: whether this frame is the first that shows it.
    """

    id: Id
    class_name: str = Field(alias="class")
    state: str
    new: bool


class Receipt(Result):
    """The service has the frame for good.

    Attributes:
        frame_id: the frame's id in the service.
        duplicate: whether it had this frame before.
        sha256: of the picture that it keeps.
        width: pixels of the picture as displayed.
        height: likewise.
        models: which models looked.
        detections: what they saw.
        findings: the problems that it belongs to.
        warnings: for example `no-position`; the frame is kept all the same.
    """

    frame_id: Id
    duplicate: bool
    sha256: str
    width: int
    height: int
    models: tuple[Model, ...] = ()
    detections: tuple[Detection, ...] = ()
    findings: tuple[Finding, ...] = ()
    warnings: tuple[str, ...] = ()


class ClipReceipt(Result):
    """The service has the clip for good, and will inspect it.

    Attributes:
        clip_id: the clip's id in the service.
        duplicate: whether it had this clip before.
        size_bytes: the bytes that are durable.
        sha256: of the whole clip; None while it is not all there.
    """

    clip_id: Id
    duplicate: bool
    size_bytes: int
    sha256: str | None = None


class ClipProblem(Result):
    """Why a clip was not inspected."""

    code: str
    detail: str


class ClipStatus(Result):
    """Where a clip stands, and what was seen in it.

    Attributes:
        state: `done`, `refused` and `failed` are for good.
        seconds: how long it lasts; None until it was inspected.
        events: what happened in it, in pixels of the clip.
        finding_ids: the problems that the events belong to.
        problem: why it was not inspected.
    """

    id: Id
    camera_id: str
    state: Literal["receiving", "waiting", "inspecting", "done", "refused", "failed"]
    captured_at: AwareDatetime
    size_bytes: int
    seconds: float | None = None
    models: tuple[Model, ...] = ()
    events: tuple[dict[str, Any], ...] = ()
    finding_ids: tuple[str, ...] = ()
    problem: ClipProblem | None = None


class CameraHealth(Result):
    """How a camera is.

    Attributes:
        state: `well`, `new` (never heard of), `disabled`, or its trouble.
        since: since when; None while it is well.
    """

    state: str
    since: AwareDatetime | None = None


class Camera(Result):
    """A camera of this gateway.

    Attributes:
        kind: `bus`, `community`, `checkpoint` or `field_pole`.
        inspections: what its frames are inspected for.
        disabled_at: since when its frames are not taken; None while they are.
        last_heard_at: when its newest frame or clip came.
    """

    id: Id
    name: str
    kind: str
    inspections: tuple[str, ...]
    disabled_at: AwareDatetime | None = None
    last_heard_at: AwareDatetime | None = None
    health: CameraHealth | None = None
