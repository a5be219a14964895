"""Versions of action thresholds: imported, compared, and the one that is in force on a day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.audit import service as audit
from api.errors import Conflict, NotFound
from api.plots.stages import Stage
from api.thresholds.document import Parsed, Threshold, Thresholds, parse, shipped
from api.thresholds.models import ThresholdSet


@dataclass(frozen=True, slots=True)
class Versions:
    """All versions of a crop's thresholds, the one that begins last first."""

    sets: Sequence[Thresholds]

    def on(self, day: date) -> Thresholds | None:
        """Return the version in force on a day, None where there is none."""
        return next((each for each in self.sets if each.valid_from <= day), None)


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between two versions; `before` or `after` is None where it is not in one."""

    pest: str
    stage: Stage
    before: Threshold | None
    after: Threshold | None


def versions(session: Session, crop: str) -> Versions:
    """Return the versions of a crop; of those that begin on one day the one imported last rules.

    The example that comes with Xunjian is in force where nothing was imported.
    """
    rows = session.scalars(
        select(ThresholdSet.document)
        .where(ThresholdSet.crop == crop)
        .order_by(ThresholdSet.valid_from.desc(), ThresholdSet.id.desc())
    )
    sets = [_parsed(text).thresholds for text in rows]
    example = shipped().thresholds
    return Versions([*sets, example] if example.crop == crop else sets)


def import_set(session: Session, *, parsed: Parsed, actor: str) -> ThresholdSet:
    """Take a new version; the same document again changes nothing.

    Args:
        session: the open transaction.
        parsed: the checked document.
        actor: who imports it.

    Raises:
        Conflict: another document has this version.
    """
    known = same_document(session, parsed)
    if known is not None:
        return known
    content = parsed.thresholds
    row = ThresholdSet(
        version=content.version,
        crop=content.crop,
        valid_from=content.valid_from,
        document=parsed.text,
        sha256=parsed.sha256,
        imported_by=actor,
    )
    session.add(row)
    session.flush()
    audit.record(
        session,
        actor=actor,
        action="thresholds.import",
        object_type="thresholds",
        object_id=row.id,
        after={
            "version": content.version,
            "crop": content.crop,
            "valid_from": content.valid_from.isoformat(),
            "sha256": parsed.sha256,
        },
    )
    return row


def same_document(session: Session, parsed: Parsed) -> ThresholdSet | None:
    """Return this very document where it was imported already, or None.

    Raises:
        Conflict: another document has this version.
    """
    version = parsed.thresholds.version
    known = session.scalar(select(ThresholdSet).where(ThresholdSet.version == version))
    if known is not None and known.sha256 == parsed.sha256:
        return known
    if known is not None or version == shipped().thresholds.version:
        raise Conflict(
            f"There is another document of version {version!r}; give this one a version "
            "of its own.",
            code="version-taken",
        )
    return None


def imported(
    session: Session, *, limit: int, before_id: str | None = None
) -> Sequence[ThresholdSet]:
    """Return what was imported, newest first, one more than `limit` if there is more."""
    query = select(ThresholdSet).order_by(ThresholdSet.id.desc()).limit(limit + 1)
    if before_id:
        query = query.where(ThresholdSet.id < before_id)
    return session.scalars(query).all()


def get_version(session: Session, version: str) -> Parsed:
    """Return a version, imported or shipped.

    Raises:
        NotFound: there is none of that name.
    """
    if version == shipped().thresholds.version:
        return shipped()
    text = session.scalar(select(ThresholdSet.document).where(ThresholdSet.version == version))
    if text is None:
        raise NotFound(f"There are no thresholds of version {version!r}.", code="version-not-found")
    return _parsed(text)


def differences(before: Thresholds, after: Thresholds) -> list[Change]:
    """Return what changed between two versions, by pest and stage of growth."""
    changes = []
    stages = {stage: number for number, stage in enumerate(Stage)}
    old, new = _by_stage(before), _by_stage(after)
    for pest, stage in sorted(old.keys() | new.keys(), key=lambda each: (each[0], stages[each[1]])):
        was, will_be = old.get((pest, stage)), new.get((pest, stage))
        if _judges(was) != _judges(will_be):
            changes.append(Change(pest, stage, was, will_be))
    return changes


def _by_stage(content: Thresholds) -> dict[tuple[str, Stage], Threshold]:
    return {(each.pest, stage): each for each in content.thresholds for stage in each.stages}


def _judges(threshold: Threshold | None) -> tuple[object, ...] | None:
    """Return what matters of a threshold at one stage."""
    if threshold is None:
        return None
    return threshold.value, threshold.unit, threshold.source, threshold.note


@lru_cache(maxsize=64)
def _parsed(document: str) -> Parsed:
    return parse(document)
