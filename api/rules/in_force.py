"""The rules in force, as workers ask for them: for one camera, with every name resolved."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.rules.document import Rule, RuleSetDocument, read_rules
from api.rules.hours import any_holds
from api.rules.models import RuleSet


@dataclass(frozen=True, slots=True)
class SiteRules:
    """The rules that hold for one camera.

    Attributes:
        rule_set_id: of which version.
        site: its site's code, or the camera's id where it is in none.
        zone: of the site.
        rules: in the order of the text.
        registers: ids by name.
        departments: ids of destinations by name.
    """

    rule_set_id: str
    site: str
    zone: ZoneInfo
    rules: tuple[Rule, ...]
    registers: Mapping[str, str]
    departments: Mapping[str, str]

    def hold_at(self, rule: Rule, moment: datetime) -> bool:
        """Say whether a rule holds at a moment."""
        return any_holds(rule.hours, moment.astimezone(self.zone))


class RulesInForce:
    """Gives workers the rules in force; reads the text of a version once."""

    def __init__(self) -> None:
        self._read: tuple[str, RuleSetDocument] | None = None

    def of_camera(self, session: Session, camera_id: str) -> SiteRules | None:
        """Return the rules of a camera, None where no rules are in force."""
        known = self._read
        row = session.execute(
            select(
                RuleSet.id,
                RuleSet.departments,
                RuleSet.registers,
                RuleSet.cameras,
                RuleSet.time_zone,
            ).where(RuleSet.ended_at.is_(None))
        ).first()
        if row is None:
            return None
        if known is None or known[0] != row.id:
            text = session.scalars(select(RuleSet.text).where(RuleSet.id == row.id)).one()
            known = (row.id, read_rules(text))
            self._read = known
        return _of_camera(known[1], row, camera_id)


def _of_camera(document: RuleSetDocument, row: Any, camera_id: str) -> SiteRules:
    names = {name for name, key in row.cameras.items() if key == camera_id}
    code, site = next(
        ((code, site) for code, site in document.sites.items() if names & set(site.cameras)),
        (None, None),
    )
    zone = (site and site.time_zone) or document.time_zone or row.time_zone
    return SiteRules(
        rule_set_id=row.id,
        site=code or camera_id,
        zone=ZoneInfo(zone),
        rules=tuple(rule for rule in document.rules if _is_for(rule, code, names)),
        registers=row.registers,
        departments=row.departments,
    )


def _is_for(rule: Rule, site: str | None, names: set[str]) -> bool:
    if rule.sites is None and rule.cameras is None:
        return True
    return site in (rule.sites or ()) or bool(names & set(rule.cameras or ()))
