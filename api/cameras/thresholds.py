"""How sure a camera must be of a class before a person is asked, and what another word would do.

Detections are stored and gathered whatever the threshold is: it decides only what operators are
asked. Falls are the exception: of one below it no picture is kept, and no finding is opened.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.cameras.models import Camera
from api.cameras.schemas import ClassPreview, ClassThreshold, Tally
from api.database import now
from api.errors import Unprocessable
from api.falls.models import CLASS_NAME as FALL
from api.falls.models import INSPECTION as FALLING_OBJECT
from api.falls.models import Fall
from api.findings.models import Finding, Look
from api.findings.scoring import rule_for
from api.findings.states import FindingState
from api.frames.inspector import Inspector
from inference.inspections import Kind
from models.descriptions import TrackletsDescription
from models.registry import load_described

PERIOD = timedelta(days=7)
_VERDICTS = {
    FindingState.CONFIRMED: "confirmed",
    FindingState.CASED: "confirmed",
    FindingState.REJECTED: "rejected",
    FindingState.DUPLICATE: "duplicate",
}


@dataclass(frozen=True, slots=True)
class _Found:
    """A finding that a camera saw, and how sure the surest look of each camera at it was."""

    finding: Finding
    scores: Mapping[str, float]
    frames: int

    def asked(self, camera: Camera, threshold: float) -> bool:
        """Say whether a person would be asked, other cameras being as they are."""
        return any(
            camera_id != camera.id or score >= threshold for camera_id, score in self.scores.items()
        )


def settable(inspector: Inspector, camera: Camera) -> list[ClassThreshold]:
    """Return the classes of a camera that can have a threshold of their own."""
    return [
        ClassThreshold(
            **{"class": name},
            inspection=inspection,
            model_threshold=least,
            threshold=camera.thresholds.get(name),
        )
        for name, (inspection, least) in _least(inspector, camera.inspections).items()
    ]


def check(inspector: Inspector, thresholds: Mapping[str, float], names: Collection[str]) -> None:
    """Refuse thresholds that would mean nothing.

    Args:
        inspector: whose models have thresholds of their own.
        thresholds: by class.
        names: the inspections of the camera.

    Raises:
        Unprocessable: the camera has no such class, or the model reports nothing as low as that.
    """
    least = _least(inspector, names)
    for name, threshold in thresholds.items():
        if name not in least:
            raise Unprocessable(
                f"No threshold can be set for {name!r}; the camera has: "
                f"{', '.join(least) or 'none'}.",
                code="class-not-found",
            )
        if threshold < least[name][1]:
            raise Unprocessable(
                f"The threshold of {name} cannot lie below the model's own, {least[name][1]:g}: "
                "the model reports nothing less sure.",
                code="threshold-too-low",
            )


def preview(
    session: Session, camera: Camera, thresholds: Mapping[str, float]
) -> list[ClassPreview]:
    """Return what thresholds would have made of the findings of the last week.

    Args:
        session: to read from.
        camera: whose findings; those that others saw too stay where the others are sure enough.
        thresholds: by class; they have been checked.
    """
    since = now() - PERIOD
    return [
        _preview(camera, name, threshold, since, _found(session, camera, name, since))
        for name, threshold in thresholds.items()
    ]


def _preview(
    camera: Camera, name: str, threshold: float, since: datetime, found: Collection[_Found]
) -> ClassPreview:
    kept, lost, gained = Counter[str](), Counter[str](), Counter[str]()
    for one in found:
        asked = one.asked(camera, threshold)
        verdict = _VERDICTS.get(one.finding.state, "unreviewed")
        if one.finding.state is not FindingState.CANDIDATE:
            (kept if asked else lost)[verdict] += 1
        elif asked and _is_enough(one):
            gained[verdict] += 1
    return ClassPreview(
        **{"class": name},
        threshold=threshold,
        since=since,
        kept=Tally(**kept),
        lost=Tally(**lost),
        gained=Tally(**gained),
    )


def _is_enough(one: _Found) -> bool:
    rule = rule_for(one.finding.inspection, one.finding.class_group)
    return rule.is_enough(one.finding.confidence, one.frames)


def _found(session: Session, camera: Camera, name: str, since: datetime) -> list[_Found]:
    seen = (
        select(Fall.finding_id).where(Fall.camera_id == camera.id, Fall.started_at >= since)
        if name == FALL
        else select(Look.finding_id).where(Look.camera_id == camera.id, Look.last_at >= since)
    )
    findings = session.scalars(
        select(Finding).where(Finding.class_name == name, Finding.id.in_(seen)).order_by(Finding.id)
    ).all()
    ids = [finding.id for finding in findings]
    scores: dict[str, dict[str, float]] = {key: {} for key in ids}
    frames = dict.fromkeys(ids, 0)
    table = Fall if name == FALL else Look
    counted = func.count() if name == FALL else func.sum(Look.frames)
    for finding_id, camera_id, score, number in session.execute(
        select(table.finding_id, table.camera_id, func.max(table.score), counted)
        .where(table.finding_id.in_(ids))
        .group_by(table.finding_id, table.camera_id)
    ):
        scores[finding_id][camera_id] = score
        frames[finding_id] += number
    return [_Found(one, scores[one.id], frames[one.id]) for one in findings if scores[one.id]]


def _least(inspector: Inspector, names: Collection[str]) -> dict[str, tuple[str, float]]:
    """Return the inspection and the model's own threshold of each class that can have another."""
    least = {
        one.name: (name, one.threshold)
        for name, inspection in inspector.inspections.items()
        if name in names and inspection.kind is Kind.PLACE
        for model in inspection.models
        for one in model.classes
    }
    if FALLING_OBJECT in names:
        least[FALL] = FALLING_OBJECT, _least_of_falls()
    return least


@lru_cache(maxsize=1)
def _least_of_falls() -> float:
    return load_described(TrackletsDescription, FALLING_OBJECT).about.suspected
