"""What figures are of: a time, an inspection, a camera, and what the caller may see."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, TypeVarTuple
from zoneinfo import ZoneInfo

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    SQLColumnExpression,
    cast,
    extract,
    func,
)

from api.counts.periods import day_start
from api.findings.models import Finding

Columns = TypeVarTuple("Columns")


@dataclass(frozen=True, slots=True)
class Scope:
    """What figures are of.

    Attributes:
        first: the first day, in `zone`.
        last: the last day, included.
        zone: where days begin.
        inspection: only of this one; None for all.
        camera_id: only what this camera saw; None for all.
        visible: ids of the cameras that count; None for all.
    """

    first: date
    last: date
    zone: ZoneInfo
    inspection: str | None = None
    camera_id: str | None = None
    visible: Collection[str] | None = None

    def until(self, day: date) -> list[date]:
        """Return the days from its first to another, in order."""
        return [self.first + timedelta(days=n) for n in range((day - self.first).days + 1)]

    @property
    def begin(self) -> datetime:
        """Return its first moment, UTC."""
        return day_start(self.first, self.zone)

    @property
    def end(self) -> datetime:
        """Return the first moment after it, UTC."""
        return day_start(self.last + timedelta(days=1), self.zone)

    def within(self, moment: SQLColumnExpression[Any]) -> list[ColumnElement[bool]]:
        """Return the conditions that a moment lies in it."""
        return [moment >= self.begin, moment < self.end]

    def narrow(self, query: Select[*Columns]) -> Select[*Columns]:
        """Narrow a query that has `Finding` to what is asked for and may be seen."""
        if self.inspection is not None:
            query = query.where(Finding.inspection == self.inspection)
        if self.camera_id is not None:
            query = query.where(Finding.camera_id == self.camera_id)
        if self.visible is not None:
            query = query.where(Finding.camera_id.in_(self.visible))
        return query


def seconds(moment: SQLColumnExpression[Any]) -> ColumnElement[int]:
    """Return the seconds since 1970 of a moment, whole, on every database."""
    return cast(func.round(extract("epoch", moment)), BigInteger)
