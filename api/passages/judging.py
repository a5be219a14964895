"""What sights say of a rule: one by one whether they are suspect, together whether it is broken.

A frame is **suspect** if it by itself may show a violation: that decides, before anything is
stored, whether its picture and what its plates say are kept. A passage **breaks** the rule by what
all its frames say together, those too that speak for the vehicle. Both are functions of what was
seen and nothing else, so the order of frames does not matter.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from api.passages.sights import Sight
from api.registers.service import Match
from api.rules.document import (
    BannedClass,
    BlackSmoke,
    Flag,
    PlateColorCondition,
    PlateMissing,
    PlateUnreadable,
    RegisterCondition,
    Rule,
)
from api.rules.in_force import SiteRules
from inference.detections import PlateReading
from inference.plates import vote

_READABLE = 0.5  # a plate that no register names identifies its vehicle from here on
LookUp = Callable[[str], Sequence[Match]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """That a passage breaks a rule.

    Attributes:
        rule: which.
        shows: the sights that show it, in order of capture.
        best: the one that shows it best.
        confidence: 0 to 1.
        reading: what the plate says by all of `shows`, None where none says enough.
        match: the register's entry.
        similar: the plate is one edit away from the entry's.
    """

    rule: Rule
    shows: tuple[Sight, ...]
    best: Sight
    confidence: float
    reading: PlateReading | None
    match: Match | None = None

    @property
    def similar(self) -> bool:
        """Whether the plate is not the register's, only like it."""
        return self.match is not None and self.match.similar


def suspects(rule: Rule, rules: SiteRules, sight: Sight) -> bool:
    """Say whether one frame by itself may show that a rule is broken."""
    if not rules.hold_at(rule, sight.at) or rule.code in sight.exempt:
        return False
    when = rule.when
    if isinstance(when, RegisterCondition):
        score = sight.plate_score or 0.0
        return score >= when.min_score and any(
            match.register_id == rules.registers[when.register_name]
            and (not match.similar or (when.similar == "review" and score < when.sure))
            for match in sight.matches
        )
    if isinstance(when, PlateMissing):
        return _large(when, sight) and not sight.plate
    if isinstance(when, PlateUnreadable):
        return (
            _large(when, sight) and sight.plate_score is not None
        ) and sight.plate_score < when.readable
    if isinstance(when, PlateColorCondition):
        color = sight.plate_color
        return _large(when, sight) and color is not None and color not in when.colors
    if isinstance(when, BlackSmoke):
        return (sight.smoke_score or 0.0) >= when.min_score
    if isinstance(when, BannedClass):
        return sight.vehicle in when.vehicles and sight.score >= when.min_score
    return when.name in sight.flags and when.value in (None, sight.flags[when.name])


def exempts(rule: Rule, rules: SiteRules, matches: Sequence[Match]) -> bool:
    """Say whether a plate that is like these entries is excused from a rule."""
    when = rule.when
    if not isinstance(when, BannedClass) or when.except_register is None:
        return False
    excused = rules.registers[when.except_register]
    return any(match.register_id == excused and not match.similar for match in matches)


def judge(
    rule: Rule, rules: SiteRules, passage: Sequence[Sight], look_up: LookUp
) -> Outcome | None:
    """Say whether a passage breaks a rule.

    Args:
        rule: which.
        rules: of the camera.
        passage: its sights, in order of capture.
        look_up: gives the register entries that a plate is like, on the passage's day.

    Returns:
        How, or None.
    """
    shows = [sight for sight in passage if suspects(rule, rules, sight)]
    if len(shows) < getattr(rule.when, "frames", 1) or _excused(rule, rules, passage, shows):
        return None
    readings = [sight.reading for sight in shows if sight.reading is not None]
    voted = vote(readings) if readings else None
    when = rule.when
    match = None
    if isinstance(when, RegisterCondition):
        match = _match(when, rules, voted, look_up)
        if voted is None or match is None:
            return None
    elif voted is not None and voted.text_score < _READABLE:
        voted = None
    best = max(shows, key=lambda sight: (_weight(rule, sight), sight.width, sight.at))
    scores = sorted((_weight(rule, sight) for sight in shows), reverse=True)
    few = scores[: getattr(when, "frames", 1)]
    confidence = voted.text_score if match and voted else sum(few) / len(few)
    return Outcome(rule, tuple(shows), best, confidence, voted, match)


def _excused(
    rule: Rule, rules: SiteRules, passage: Sequence[Sight], shows: Sequence[Sight]
) -> bool:
    """Say whether other frames of a passage outweigh those that show the violation."""
    when = rule.when
    if isinstance(when, PlateMissing):
        return any(sight.plate for sight in passage)
    if isinstance(when, PlateUnreadable):
        return any((sight.plate_score or 0.0) >= when.readable for sight in passage)
    if isinstance(when, BlackSmoke | Flag):
        return False
    inside = [sight for sight in passage if rules.hold_at(rule, sight.at)]
    if isinstance(when, BannedClass):
        if any(rule.code in sight.exempt for sight in passage):
            return True
        others = [s.score for s in inside if s.vehicle and s.vehicle not in when.vehicles]
        return sum(others) > sum(sight.score for sight in shows)
    if isinstance(when, PlateColorCondition):
        right = [s for s in inside if _large(when, s) and s.plate_color in when.colors]
        return len(right) >= len(shows)
    showing = {sight.key for sight in shows}
    against = sum(
        sight.plate_score or 0.0
        for sight in inside
        if sight.key not in showing and (sight.plate_score or 0.0) >= when.min_score
    )
    return against > sum(sight.plate_score or 0.0 for sight in shows)


def _match(
    when: RegisterCondition, rules: SiteRules, voted: PlateReading | None, look_up: LookUp
) -> Match | None:
    """Return the entry that the voted plate is, or may be."""
    if voted is None:
        return None
    asked = rules.registers[when.register_name]
    found = [match for match in look_up(voted.text) if match.register_id == asked]
    if same := [match for match in found if not match.similar]:
        return same[0]
    if when.similar == "review" and voted.text_score < when.sure and found:
        return min(found, key=lambda match: match.entry_id)
    return None


def _large(when: PlateMissing | PlateUnreadable | PlateColorCondition, sight: Sight) -> bool:
    return (
        sight.vehicle in when.vehicles
        and sight.score >= when.min_score
        and sight.width >= when.min_width_px
        and not sight.cut
    )


def _weight(rule: Rule, sight: Sight) -> float:
    if isinstance(rule.when, RegisterCondition):
        return sight.plate_score or 0.0
    if isinstance(rule.when, BlackSmoke):
        return sight.smoke_score or 0.0
    return 1.0 if isinstance(rule.when, Flag) else sight.score
