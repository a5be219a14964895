"""Daily reports: made once when the day is over, signed, kept."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.counts.periods import Period, PeriodKind
from api.database import Database
from api.errors import Conflict
from api.matters.gathering import gather, in_cells
from api.matters.service import occurrences
from api.reconciliation.service import Reconciliation, reconcile
from api.reports import counting
from api.reports.document import (
    DeliveryDay,
    FaultCount,
    MatterDay,
    Report,
    SignatureView,
)
from api.reports.models import DailyReport
from api.reports.signing import ReportSigner, canonical
from api.reports.spreadsheet import as_table

_MATTER_WEEKS = 12
_CELLS = 9  # of H3: about 200 m to a side
_MOST_MATTERS = 50


@dataclass(frozen=True, slots=True)
class Reporter:
    """Makes and gives an installation's daily reports.

    Attributes:
        database: where everything is.
        signer: signs them.
        source: the installation's public address.
        zone: where days begin.
    """

    database: Database
    signer: ReportSigner
    source: str
    zone: ZoneInfo

    def last_day(self, at: datetime) -> date:
        """Return the last day that is over."""
        return Period.of(PeriodKind.DAY, at, self.zone).first - timedelta(days=1)

    def report(self, day: date, *, at: datetime) -> DailyReport:
        """Return a day's report; the first call makes it, every later one gives the same.

        Args:
            day: which.
            at: the present time.

        Raises:
            Conflict: the day is not over.
        """
        if day > self.last_day(at):
            raise Conflict(
                f"{day} is not over in {self.zone.key}; its report is made after midnight.",
                code="day-not-over",
            )
        with self.database.read() as session:
            if made := session.get(DailyReport, day):
                return made
        period = Period.of_day(PeriodKind.DAY, day, self.zone)
        try:
            with self.database.write() as session:
                return self._make(session, period, at)
        except IntegrityError:
            with self.database.read() as session:
                return session.get_one(DailyReport, day)  # another server was first

    def _make(self, session: Session, period: Period, at: datetime) -> DailyReport:
        reconciled = reconcile(session, day=period, at=at)
        report = Report(
            source=self.source,
            day=period.first,
            time_zone=self.zone.key,
            begins_at=period.start,
            ends_at=period.end,
            made_at=at,
            classes=counting.classes(session, period),
            departments=counting.departments(session, period),
            open_cases=counting.open_cases(session, period),
            deliveries=_deliveries(reconciled),
            discrepancies=_faults(reconciled),
            matters=_matters(session, period),
        )
        content = canonical(report.model_dump(mode="json", by_alias=True))
        signature = self.signer.sign(content)
        made = DailyReport(
            day=period.first,
            content=content.decode(),
            signature=signature.value,
            key_id=signature.key_id,
            made_at=at,
        )
        session.add(made)
        session.flush()
        return made

    def table(self, made: DailyReport) -> str:
        """Return a report as a signed table."""
        return self.signer.sign_table(as_table(Report.model_validate_json(made.content)))


def days(session: Session, *, limit: int, before: date | None = None) -> Sequence[DailyReport]:
    """Return reports, newest first, one more than `limit` if there are more."""
    query = select(DailyReport).order_by(DailyReport.day.desc())
    if before is not None:
        query = query.where(DailyReport.day < before)
    return session.scalars(query.limit(limit + 1)).all()


def as_json(made: DailyReport) -> str:
    """Return a report with its signature as it is handed on, for people to read too."""
    signature = SignatureView(key_id=made.key_id, value=made.signature)
    document = {"report": json.loads(made.content), "signature": signature.model_dump()}
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _deliveries(reconciled: Reconciliation) -> list[DeliveryDay]:
    return [
        DeliveryDay(
            department=account.destination.name,
            made=account.made,
            delivered=account.delivered,
            waiting=account.waiting,
            dead=account.dead,
            withdrawn=account.withdrawn,
        )
        for account in reconciled.accounts
    ]


def _faults(reconciled: Reconciliation) -> list[FaultCount]:
    counts = Counter(each.fault.value for each in reconciled.discrepancies)
    return [FaultCount(fault=fault, count=count) for fault, count in sorted(counts.items())]


def _matters(session: Session, period: Period) -> list[MatterDay]:
    found = occurrences(
        session,
        weeks=_MATTER_WEEKS,
        at=period.end - timedelta(seconds=1),
        zone=period.zone,
        inspection=None,
        class_name=None,
        visible=None,
    )
    by_then = [each for each in found if each.first_seen_at < period.end]
    return [
        MatterDay(
            inspection=matter.inspection,
            class_name=matter.class_name,
            cell=matter.place.code,
            weeks=len(matter.weeks),
            findings=len(matter.occurrences),
            reopened=sum(each.reopened for each in matter.occurrences),
        )
        for matter in gather(by_then, place_of=in_cells(_CELLS), least_weeks=2)[:_MOST_MATTERS]
    ]
