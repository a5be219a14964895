"""Falls written, each with its finding: a known one, or one that is opened."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import count

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.cameras.models import Camera
from api.clips.models import Clip
from api.database import new_id
from api.falls.models import CLASS_NAME, INSPECTION, Fall
from api.falls.sameness import from_one_place, on_one_way
from api.findings.locks import map_cell
from api.findings.models import Finding
from api.findings.opening import add_finding
from api.findings.states import FindingState
from api.findings.upkeep import SYSTEM, is_reviewed
from inference.falling.clip_events import ClipEvents
from inference.falling.events import FallEvent
from inference.inspections import Kind

COOLDOWN = timedelta(seconds=10)
"""What begins so soon after a fall from the same place belongs to its finding."""

SAME_TIME = timedelta(seconds=1)
"""How far apart the clocks of two clips of one camera may be."""


class Recorder:
    """Writes the falls of one clip.

    Args:
        session: the open transaction; nobody else records for the camera.
        clip: the clip.
        camera: its camera.
        digest: of the model that found them.
        found: what fell in it.
    """

    def __init__(
        self, session: Session, clip: Clip, camera: Camera, digest: str, found: ClipEvents
    ) -> None:
        self._session = session
        self._clip = clip
        self._camera = camera
        self._digest = digest
        self._found = found

    def record(self, track: int, event: FallEvent) -> tuple[Fall, Finding]:
        """Write one fall and find, or open, its finding."""
        session, fall = self._session, self._fall(track, event)
        known = self._around(fall)
        again = next((one for one in known if _is_again(fall, one)), None)
        if again is not None:
            fall.same_as = again.same_as or again.id
            finding = _held(session, again.finding_id)
        else:
            followed = (
                _held(session, one.finding_id) for one in known if from_one_place(fall, one)
            )
            unjudged = (one for one in followed if not is_reviewed(one))
            finding = next(unjudged, None) or self._open(fall)
        fall.finding_id = finding.id
        session.add(fall)
        session.flush()
        return fall, finding

    def _fall(self, track: int, event: FallEvent) -> Fall:
        start_s, end_s = self._found.span_s(event)
        seconds = dict(self._found.times)
        floors = event.origin.floors or (None, None, None)
        columns = event.origin.columns or (None, None, None)
        return Fall(
            id=new_id(),
            clip_id=self._clip.id,
            camera_id=self._camera.id,
            model_digest=self._digest,
            track=track,
            status=event.status,
            score=event.score,
            started_at=self._clip.captured_at + timedelta(seconds=start_s),
            ended_at=self._clip.captured_at + timedelta(seconds=end_s),
            width=self._found.width,
            height=self._found.height,
            path=[[round(seconds[n] - start_s, 3), x, y] for n, x, y in event.track],
            origin_x=event.origin.x,
            origin_y=event.origin.y,
            uncertainty_px=event.origin.uncertainty_px,
            **dict(zip(("floor_low", "floor", "floor_high"), floors, strict=True)),
            **dict(zip(("column_low", "column", "column_high"), columns, strict=True)),
        )

    def _around(self, fall: Fall) -> Sequence[Fall]:
        """Return the falls of the camera within the cooldown, the nearest in time first."""
        found = self._session.scalars(
            select(Fall).where(
                Fall.camera_id == fall.camera_id,
                Fall.started_at <= fall.ended_at + COOLDOWN,
                Fall.ended_at >= fall.started_at - COOLDOWN,
            )
        ).all()
        return sorted(found, key=lambda one: (abs(one.started_at - fall.started_at), one.id))

    def _open(self, fall: Fall) -> Finding:
        camera, key = self._camera, self._free_key(fall)
        cell = None
        if camera.latitude is not None and camera.longitude is not None:
            cell = map_cell(camera.latitude, camera.longitude)
        finding = Finding(
            inspection=INSPECTION,
            kind=Kind.MOMENT.value,
            class_name=CLASS_NAME,
            class_group=CLASS_NAME,
            state=FindingState.CANDIDATE,
            key=key,
            open_key=key,
            camera_id=camera.id,
            latitude=camera.latitude,
            longitude=camera.longitude,
            cell=cell,
            first_seen_at=fall.started_at,
            last_seen_at=fall.ended_at,
        )
        add_finding(
            self._session, finding, actor=SYSTEM, class_group=CLASS_NAME, clip=self._clip.id
        )
        return finding

    def _free_key(self, fall: Fall) -> str:
        """Return the key of one more fall in a minute; two processes take the same one."""
        window = f"{INSPECTION}/{self._camera.id}/{fall.started_at:%Y%m%dT%H%MZ}"
        taken = set(
            self._session.scalars(
                select(Finding.key).where(Finding.key.startswith(f"{window}/", autoescape=True))
            )
        )
        return next(key for n in count() if (key := f"{window}/{n}") not in taken)


def _is_again(fall: Fall, known: Fall) -> bool:
    """Say whether a fall is one that another clip has shown."""
    return (
        fall.clip_id != known.clip_id
        and fall.started_at <= known.ended_at + SAME_TIME
        and known.started_at <= fall.ended_at + SAME_TIME
        and on_one_way(fall, known)
    )


def _held(session: Session, finding_id: str) -> Finding:
    """Return a finding, or the one that it is a duplicate of; nobody reviews it meanwhile."""
    finding = session.get_one(Finding, finding_id, with_for_update=True, populate_existing=True)
    return finding if finding.duplicate_of is None else _held(session, finding.duplicate_of)
