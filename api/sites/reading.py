"""What a worker reads of a camera before it works, and how pictures become frames."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.baselines import service as baselines
from api.baselines.models import Baseline as BaselineRow
from api.baselines.states import BaselineState
from api.cameras.models import Camera
from api.evidence.errors import ObjectCorrupt, ObjectMissing
from api.evidence.objects import ObjectStore
from api.frames.models import Frame as FrameRow
from api.sites.cameras import watches
from api.sites.models import FrameUse, Site, SiteFrame
from api.zones import service as zones
from inference.decode import DecodeLimits, decode
from inference.errors import PictureError
from inference.sites.baseline import Baseline
from inference.sites.frame import WORKING_SIDE, Frame, FrameRef, to_working_size
from inference.sites.health import HealthLog
from inference.sites.light import LightMode
from inference.sites.persistence import SiteState
from inference.sites.zones import Zone

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Held:
    """A frame that waits or is kept.

    Attributes:
        row: its row.
        frame: the row of the frame.
    """

    row: SiteFrame
    frame: FrameRow


@dataclass(frozen=True, slots=True)
class Known:
    """All that is known of a camera's site.

    Attributes:
        camera: whose.
        site: its row.
        baselines: those that stand, by light.
        frames: those that wait or are kept, oldest first.
        newest: when the newest frame was captured; None without any.
        zones: of the camera.
    """

    camera: Camera
    site: Site
    baselines: Mapping[str, BaselineRow]
    frames: Sequence[Held]
    newest: datetime | None
    zones: Sequence[Zone]

    @property
    def watched(self) -> bool:
        """Say whether frames are put together at all."""
        return watches(self.camera) and self.camera.disabled_at is None

    @property
    def approved(self) -> dict[str, BaselineRow]:
        """Return the baselines that a person has approved, by light."""
        return {
            light: row
            for light, row in self.baselines.items()
            if row.state is BaselineState.APPROVED
        }

    @property
    def state(self) -> SiteState:
        """Return what is remembered."""
        return SiteState.model_validate(self.site.state or {})

    @property
    def health(self) -> HealthLog:
        """Return what hindered the camera."""
        return HealthLog.model_validate(self.site.health or {})


def read(session: Session, camera_id: str) -> Known | None:
    """Read what is known of a camera's site; None before its first frame."""
    site = session.get(Site, camera_id)
    if site is None:
        return None
    rows = session.execute(
        select(SiteFrame, FrameRow)
        .join(FrameRow, FrameRow.id == SiteFrame.frame_id)
        .where(
            SiteFrame.camera_id == camera_id,
            SiteFrame.use.in_((FrameUse.WAITING, FrameUse.KEPT)),
        )
        .order_by(SiteFrame.captured_at, SiteFrame.frame_id)
    )
    return Known(
        camera=session.get_one(Camera, camera_id),
        site=site,
        baselines=baselines.standing(session, camera_id=camera_id),
        frames=[Held(row, frame) for row, frame in rows.tuples()],
        newest=session.scalar(
            select(func.max(SiteFrame.captured_at)).where(SiteFrame.camera_id == camera_id)
        ),
        zones=[
            Zone(
                name=row.id,
                kind=row.kind.value,
                polygon=tuple((x, y) for x, y in row.polygon),
                starts=row.since,
                ends=row.until,
                permit=row.permit,
                reason=row.reason,
            )
            for row in zones.zones(session, camera_id=camera_id)
        ],
    )


@dataclass(frozen=True, slots=True)
class Pictures:
    """Reads pictures out of the store.

    Attributes:
        objects: the store.
        limits: of decoding.
        zone: the time zone of the cameras.
    """

    objects: ObjectStore
    limits: DecodeLimits
    zone: ZoneInfo

    def ref(self, held: Held) -> FrameRef:
        """Return the name of a frame, its time in the camera's zone."""
        return FrameRef(
            at=held.frame.captured_at.astimezone(self.zone),
            name=held.frame.id,
            digest=held.frame.sha256,
        )

    def frame(self, held: Held) -> Frame | None:
        """Return a frame at working size, None where its picture is no longer whole.

        Raises:
            ObjectStoreError: the store does not answer.
        """
        if held.frame.object_key is None:
            return None
        try:
            data = self.objects.get(held.frame.object_key)
            picture = decode(data, self.limits, WORKING_SIDE)
        except (ObjectMissing, ObjectCorrupt, PictureError) as error:
            _log.error("a frame is lost", frame_id=held.frame.id, error=str(error))
            return None
        return Frame(self.ref(held), to_working_size(picture.image))

    def baseline(self, light: LightMode, row: BaselineRow) -> Baseline:
        """Return a baseline as `inference.sites` knows it.

        Raises:
            ObjectStoreError: its picture cannot be had.
        """
        picture = decode(self.objects.get(row.object_key), self.limits, WORKING_SIDE)
        frames = tuple(
            FrameRef(
                at=datetime.fromisoformat(one["captured_at"]).astimezone(self.zone),
                name=one["frame_id"],
                digest=one["sha256"],
            )
            for one in row.frames
        )
        return Baseline(light, picture.image, frames)


def facts(ref: FrameRef) -> dict[str, str | None]:
    """Return a frame as it is written down with what was made of it."""
    return {
        "frame_id": ref.name,
        "sha256": ref.digest,
        "captured_at": ref.at.isoformat(),
    }
