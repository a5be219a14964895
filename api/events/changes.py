"""What was changed, read from the audit record: every change of a state stands in it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from api.audit.models import AuditRecord
from api.cases.models import Case
from api.deadlines.models import CaseClock
from api.findings.models import Finding
from api.zones.models import Zone


class Topic(StrEnum):
    """What the page shows anew; the counters change with findings and cases."""

    FINDINGS = "findings"
    CASES = "cases"
    CAMERAS = "cameras"


@dataclass(frozen=True, slots=True)
class Change:
    """That something was changed.

    Attributes:
        topic: what it is.
        id: which.
        camera_id: the camera that saw it; who may not see the camera is not told.
    """

    topic: Topic
    id: str
    camera_id: str


# Of each type of object that the audit record names: its id, what is told of it, its camera.
_SOURCES: dict[str, tuple[Topic, Select[str, str, str]]] = {
    "finding": (Topic.FINDINGS, select(Finding.id, Finding.id, Finding.camera_id)),
    "case": (
        Topic.CASES,
        select(Case.id, Case.id, Finding.camera_id).join(Finding, Case.finding_id == Finding.id),
    ),
    "clock": (
        Topic.CASES,
        select(CaseClock.id, Case.id, Finding.camera_id)
        .join(Case, CaseClock.case_id == Case.id)
        .join(Finding, Case.finding_id == Finding.id),
    ),
    "zone": (Topic.CAMERAS, select(Zone.id, Zone.camera_id, Zone.camera_id)),
}
_CAMERA = "camera"  # its id is the camera's own
_TYPES = (*_SOURCES, _CAMERA)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the audit record that tells of a change.

    Attributes:
        id: of the line.
        object_type: what was changed.
        object_id: which.
    """

    id: str
    object_type: str
    object_id: str


def entries_since(session: Session, since: datetime, *, limit: int) -> list[Entry]:
    """Return the lines written since a time, at most `limit`.

    Args:
        session: the open transaction.
        since: by the clock of the process that wrote them.
        limit: how many.
    """
    rows = session.execute(
        select(AuditRecord.id, AuditRecord.object_type, AuditRecord.object_id)
        .where(AuditRecord.at > since, AuditRecord.object_type.in_(_TYPES))
        .limit(limit)
    )
    return [Entry(*row) for row in rows.tuples()]


def changes(session: Session, entries: Collection[Entry]) -> set[Change]:
    """Return what some lines of the audit record tell, with the cameras that saw it."""
    ids: dict[str, set[str]] = {}
    for entry in entries:
        ids.setdefault(entry.object_type, set()).add(entry.object_id)
    found = {Change(Topic.CAMERAS, each, each) for each in ids.pop(_CAMERA, ())}
    for object_type, object_ids in ids.items():
        topic, source = _SOURCES[object_type]
        key = source.selected_columns[0]
        for _, changed_id, camera_id in session.execute(source.where(key.in_(object_ids))).tuples():
            found.add(Change(topic, changed_id, camera_id))
    return found
