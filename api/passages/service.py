"""Violations shown, and what their plates say, to whom it concerns."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.audit import service as audit
from api.dispatch.models import Destination
from api.errors import NotFound
from api.external_detections import service as external_detections
from api.findings.models import Finding
from api.passages.models import PLATE, Violation
from api.passages.schemas import (
    PassageView,
    PlateView,
    RegisterName,
    RuleName,
    ViolationDetails,
)
from api.registers import service as registers
from api.registers.models import Register
from api.registers.plates import PlateKeys
from api.rules.document import read_rules
from api.rules.models import RuleSet


def details(session: Session, finding: Finding) -> ViolationDetails | None:
    """Return which rule was broken and by which passages, None for a withdrawn finding."""
    violations = _violations(session, finding)
    if not violations:
        return None
    newest = _surest(violations)
    rules = session.get_one(RuleSet, newest.rule_set_id)
    rule = next(one for one in read_rules(rules.text).rules if one.code == newest.rule)
    register = session.get(Register, newest.register_id) if newest.register_id else None
    department = (
        session.get(Destination, finding.destination_id) if finding.destination_id else None
    )
    return ViolationDetails(
        rule=RuleName(
            code=rule.code, label_zh=rule.label.zh, label_en=rule.label.en, version=rules.number
        ),
        site=newest.site,
        department=department.name if department else None,
        register_entry=RegisterName(
            id=newest.register_id,
            name=register.name if register else None,
            version=newest.register_version or 0,
        )
        if newest.register_id
        else None,
        similar=newest.similar,
        has_plate=newest.sealed_plate is not None,
        plate_color=newest.plate_color,
        vehicle=newest.vehicle,
        passages=[PassageView.model_validate(one) for one in violations],
    )


def plate(
    session: Session, *, finding: Finding, plates: PlateKeys, purpose: str, actor: str
) -> PlateView:
    """Return what the plate of a violation says; the audit record says who asked, and why.

    Raises:
        NotFound: no plate was read.
        PlateUnreadable: it was sealed with another key.
    """
    known = [one for one in _violations(session, finding) if one.sealed_plate is not None]
    if not known:
        raise NotFound("No plate was read for this finding.", code="no-plate")
    violation = _surest(known)
    said = plates.open(PLATE, violation.sealed_plate or "")
    audit.record(
        session,
        actor=actor,
        action="plate.read",
        object_type="finding",
        object_id=finding.id,
        reason=purpose,
    )
    return PlateView(
        text=said["text"],
        score=said["score"],
        color=violation.plate_color,
        similar=violation.similar,
        note=registers.note_of(session, entry_id=violation.entry_id, plates=plates)
        if violation.entry_id
        else None,
        by_device=list(
            dict.fromkeys(
                text
                for one in known
                for text in external_detections.plates_of(
                    session, passage_id=one.passage_id, plates=plates
                )
            )
        ),
    )


def _violations(session: Session, finding: Finding) -> Sequence[Violation]:
    return session.scalars(
        select(Violation)
        .where(Violation.finding_id == finding.id)
        .order_by(Violation.first_at, Violation.id)
    ).all()


def _surest(violations: Sequence[Violation]) -> Violation:
    return max(violations, key=lambda one: (not one.similar, one.confidence, one.id))
