"""Rule sets: checked and loaded."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.cameras.models import Camera
from api.dispatch.models import Destination
from api.documents import Mistake, invalid
from api.registers.models import Register
from api.rules.document import NOUN, RuleSetDocument, read_rules
from api.rules.models import RuleSet
from api.versions import Versions

VERSIONS = Versions(RuleSet, code="rules", noun="rules")


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
    return VERSIONS.put(
        session,
        actor=actor,
        says={"rules": [rule.code for rule in document.rules]},
        name=document.name,
        text=text,
        time_zone=time_zone,
        departments=departments,
        registers=registers,
        cameras=cameras,
    )


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
