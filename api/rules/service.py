"""Rule sets: checked, loaded, ended."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.audit import service as audit
from api.cameras.models import Camera
from api.database import now
from api.dispatch.models import Destination
from api.documents import Mistake, invalid
from api.errors import Conflict, NotFound
from api.registers.models import Register
from api.rules.document import NOUN, RuleSetDocument, read_rules
from api.rules.models import RuleSet


def check(session: Session, text: str) -> RuleSetDocument:
    """Check a rule set, its names too; changes nothing.

    Raises:
        Unprocessable: it is wrong; `errors` names each mistake.
    """
    document = read_rules(text)
    _resolve(session, document)
    return document


def load(session: Session, *, text: str, time_zone: str, actor: str) -> RuleSet:
    """Put a rule set in force, in place of the one before.

    Args:
        session: the open transaction.
        text: YAML.
        time_zone: IANA name, where the text says none.
        actor: who does it.

    Raises:
        Unprocessable: it is wrong; `errors` names each mistake.
        Conflict: somebody else loaded rules at the same time.
    """
    document = read_rules(text)
    departments, registers, cameras = _resolve(session, document)
    before = in_force(session, held=True)
    # Also one that was loaded while this waited for the lock.
    session.execute(update(RuleSet).where(RuleSet.ended_at.is_(None)).values(ended_at=now()))
    number = (session.scalar(select(func.max(RuleSet.number))) or 0) + 1
    rules = RuleSet(
        number=number,
        name=document.name,
        text=text,
        time_zone=time_zone,
        departments=departments,
        registers=registers,
        cameras=cameras,
        loaded_by=actor,
    )
    session.add(rules)
    try:
        session.flush()
    except IntegrityError:
        raise Conflict("Other rules were loaded just now; look at them.", code="rules-race") from (
            None
        )
    audit.record(
        session,
        actor=actor,
        action="rules.load",
        object_type="rules",
        object_id=rules.id,
        before={"version": before.number, "name": before.name} if before else None,
        after={
            "version": number,
            "name": document.name,
            "rules": [rule.code for rule in document.rules],
        },
    )
    return rules


def end(session: Session, *, actor: str) -> None:
    """Put no rules in force: nothing is a violation from now on.

    Raises:
        Conflict: none are.
    """
    rules = in_force(session, held=True)
    if rules is None:
        raise Conflict("No rules are in force.", code="no-rules")
    rules.ended_at = now()
    audit.record(
        session,
        actor=actor,
        action="rules.end",
        object_type="rules",
        object_id=rules.id,
        before={"version": rules.number, "name": rules.name},
    )


def in_force(session: Session, *, held: bool = False) -> RuleSet | None:
    """Return the rule set in force, `held` until the transaction ends, or None."""
    query = select(RuleSet).where(RuleSet.ended_at.is_(None))
    return session.scalar(query.with_for_update() if held else query)


def versions(session: Session, *, limit: int, after_id: str | None = None) -> Sequence[RuleSet]:
    """Return rule sets, oldest first, one more than `limit` if there are more."""
    query = select(RuleSet).where(RuleSet.id > (after_id or ""))
    return session.scalars(query.order_by(RuleSet.id).limit(limit + 1)).all()


def get_version(session: Session, number: int) -> RuleSet:
    """Return a version of the rules.

    Raises:
        NotFound: there is none of this number.
    """
    rules = session.scalar(select(RuleSet).where(RuleSet.number == number))
    if rules is None:
        raise NotFound("There is no version of the rules with this number.", code="rules-not-found")
    return rules


def _resolve(
    session: Session, document: RuleSetDocument
) -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """Return the ids of the departments, registers and cameras that a rule set names."""
    mistakes: list[Mistake] = []

    def ids(table: Any, names: Collection[str], what: str) -> dict[str, str]:
        rows = session.execute(select(table.name, table.id).where(table.name.in_(names)))
        found: dict[str, str] = {name: key for name, key in rows}  # noqa: C416 - rows have keys()
        mistakes.extend(
            (None, what, f"there is none named {name!r}")
            for name in sorted(set(names) - found.keys())
        )
        return found

    departments = ids(Destination, document.departments, "department")
    registers = ids(Register, document.registers, "register")
    cameras = ids(Camera, document.cameras, "camera")
    if mistakes:
        raise invalid(mistakes, noun=NOUN)
    return departments, registers, cameras
