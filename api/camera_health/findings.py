"""Findings for the maintenance crew: one for each trouble that lasts.

They wait for review like any other, follow their trouble until somebody has judged them, and are
withdrawn where it is over before that. While a gateway is silent, nothing is said of its cameras'
silence: it is one finding.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from api.camera_health.inspection import INSPECTION, SEVERITY, class_of
from api.camera_health.models import CameraTrouble, GoodPicture
from api.cameras.models import Camera, CameraPicture
from api.cases.models import Case
from api.dispatch import policy
from api.evidence.models import Evidence
from api.evidence.objects import ObjectStore
from api.findings.locks import map_cell
from api.findings.models import Finding
from api.findings.opening import add_finding
from api.findings.states import FindingEvent, FindingState
from api.findings.upkeep import SYSTEM, change_state
from inference.inspections import Kind

TOLD_AFTER = timedelta(minutes=30)
"""A trouble must have lasted so long before a person is asked."""

_RENEWED_AFTER = timedelta(hours=1)
_UNJUDGED = (FindingState.CANDIDATE, FindingState.PENDING_REVIEW, FindingState.WITHDRAWN)
_JPEG = "image/jpeg"
_ALL_OF_THEM = 1.0  # every one of the newest pictures shows it, or none came


@dataclass(frozen=True, slots=True)
class Kept:
    """A redacted picture of a camera in the object store.

    Attributes:
        shows: `after` is the newest, `before` the last good one.
        captured_at: when it was taken.
        size_wh: of the stored picture's frame, in pixels.
        object_key: of the picture.
    """

    shows: str
    captured_at: datetime
    size_wh: tuple[int, int]
    object_key: str


def store_pictures(session: Session, objects: ObjectStore, camera: Camera) -> list[Kept]:
    """Put a camera's newest picture and its last good one where evidence is kept.

    Raises:
        StoreUnavailable: they could not be kept now.
        StoreMisconfigured: the store refuses.
    """
    rows = {
        "after": session.get(CameraPicture, camera.id),
        "before": session.get(GoodPicture, camera.id),
    }
    return [
        Kept(shows, row.captured_at, (row.width, row.height), objects.put(row.picture, _JPEG))
        for shows, row in rows.items()
        if row is not None
    ]


def is_to_be_told(row: CameraTrouble) -> bool:
    """Say whether a trouble has lasted long enough for a person to be asked."""
    return row.lasting and row.last_at - row.first_at >= TOLD_AFTER


def tell(session: Session, row: CameraTrouble, camera: Camera, pictures: Sequence[Kept]) -> Finding:
    """Open the finding of a trouble, or make it say what is seen now.

    One that somebody has judged stays as it was judged. An open one of the same trouble is gone on
    with; one whose case is closed is not, and the trouble that returned is a finding of its own.

    Args:
        session: the open transaction; nobody else settles the trouble meanwhile.
        row: a trouble that is to be told.
        camera: whose, or one of the gateway's.
        pictures: of the camera.

    Raises:
        IntegrityError: another process opened one of the same trouble at the same time.
    """
    finding = _held(session, row) or _open(session, row, camera)
    row.finding_id = finding.id
    finding.last_seen_at = max(finding.last_seen_at, row.last_at)
    if _is_judged(finding):
        return finding
    _show(session, finding, pictures)
    if finding.state is not FindingState.PENDING_REVIEW:
        finding.key = finding.open_key = _key(row)
        change_state(session, finding, FindingEvent.ENOUGH_SEEN, actor=SYSTEM)
    policy.consider(session, finding=finding)
    return finding


def take_back(session: Session, row: CameraTrouble, reason: str) -> None:
    """Withdraw the finding of a trouble, if there is one that nobody has judged."""
    if row.finding_id is None:
        return
    finding = session.get_one(Finding, row.finding_id, with_for_update=True, populate_existing=True)
    if _is_judged(finding) or finding.state is FindingState.WITHDRAWN:
        return
    finding.key = finding.open_key = None
    change_state(session, finding, FindingEvent.WITHDRAW, actor=SYSTEM, reason=reason)


def _is_judged(finding: Finding) -> bool:
    return finding.state not in _UNJUDGED or finding.reviewed_at is not None


def _key(row: CameraTrouble) -> str:
    return f"{INSPECTION}/{class_of(row)}/{row.gateway_id or row.camera_id}"


def _held(session: Session, row: CameraTrouble) -> Finding | None:
    """Return the finding that a trouble is told by; nobody reviews it until the end."""
    held = select(Finding).with_for_update().execution_options(populate_existing=True)
    if row.finding_id is not None:
        return session.scalar(held.where(Finding.id == row.finding_id))
    finding = session.scalar(held.where(Finding.open_key == _key(row)))
    if finding is None or finding.state is not FindingState.CASED:
        return finding
    if session.scalar(select(Case.id).where(Case.open_finding_id == finding.id)) is not None:
        return finding
    finding.key = finding.open_key = None  # its case is closed: the trouble has returned
    session.flush()
    return None


def _open(session: Session, row: CameraTrouble, camera: Camera) -> Finding:
    name, key = class_of(row), _key(row)
    finding = Finding(
        inspection=INSPECTION,
        kind=Kind.DEVICE.value,
        class_name=name,
        class_group=name,
        state=FindingState.CANDIDATE,
        key=key,
        open_key=key,
        camera_id=camera.id,
        latitude=camera.latitude,
        longitude=camera.longitude,
        severity=SEVERITY[name],
        confidence=_ALL_OF_THEM,
        looks=1,
        first_seen_at=row.first_at,
        last_seen_at=row.last_at,
    )
    if finding.latitude is not None and finding.longitude is not None:
        finding.accuracy_m = 0.0
        finding.cell = map_cell(finding.latitude, finding.longitude)
    add_finding(session, finding, actor=SYSTEM, class_group=name, trouble_id=row.id)
    return finding


def _show(session: Session, finding: Finding, pictures: Sequence[Kept]) -> None:
    """Keep the pictures of a trouble, the newest anew every hour."""
    known = {
        one.shows: one.captured_at
        for one in session.scalars(select(Evidence).where(Evidence.finding_id == finding.id))
    }
    for one in pictures:
        shown_at = known.get(one.shows)
        if shown_at is not None and one.captured_at - shown_at < _RENEWED_AFTER:
            continue
        session.execute(
            delete(Evidence).where(Evidence.finding_id == finding.id, Evidence.shows == one.shows)
        )
        session.add(
            Evidence(
                finding_id=finding.id,
                camera_id=finding.camera_id,
                shows=one.shows,
                captured_at=one.captured_at,
                width=one.size_wh[0],
                height=one.size_wh[1],
                object_key=one.object_key,
                content_type=_JPEG,
            )
        )
        session.flush()
