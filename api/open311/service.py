"""Our cases as the service requests of GeoReport v2, for whoever follows them.

What is told is made for the public: the state, never a comment, a person or a plate.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, select
from sqlalchemy.orm import Session

from api.cases.models import Case, CaseEntry
from api.cases.states import CaseState
from api.database import now
from api.deadlines.models import CaseClock
from api.dispatch.models import Destination
from api.errors import NotFound
from api.evidence.signing import LinkSigner, Rendition
from api.findings.models import Finding
from api.findings.schemas import FindingSummary
from api.findings.summaries import summarise
from api.open311.asking import MOST, Span
from api.open311.words import STATE_WORDS, Standing, standing, states_of
from inference.inspections import Kind

_LINKS_LAST = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who follows cases.

    Attributes:
        classes: the classes that may be seen; None means every class.
        camera_ids: the cameras of which cases may be seen; None means every camera.
    """

    classes: frozenset[str] | None
    camera_ids: frozenset[str] | None

    def sees(self) -> list[ColumnElement[bool]]:
        """Return what a finding must be for its case to be seen."""
        conditions: list[ColumnElement[bool]] = []
        if self.classes is not None:
            conditions.append(Finding.class_name.in_(self.classes))
        if self.camera_ids is not None:
            conditions.append(Finding.camera_id.in_(self.camera_ids))
        return conditions

    def sees_pictures_of(self, finding: Finding) -> bool:
        """Say whether pictures may be shown: the public sees none that is of somebody."""
        return self.classes is None or finding.kind in (Kind.PLACE, Kind.AREA)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which requests are asked for.

    Attributes:
        numbers: these, whatever else is asked; empty means any.
        codes: of these services; empty means any.
        standings: of these statuses.
        span: requested in this time.
        page: which page, from 1.
        page_size: the requests of a page.
    """

    numbers: Sequence[str]
    codes: Sequence[str]
    standings: Sequence[Standing]
    span: Span
    page: int = 1
    page_size: int = MOST


def services(
    session: Session, reader: Reader, labels: Mapping[str, str]
) -> list[dict[str, str | bool]]:
    """Return the classes of the cases that the reader sees, as services.

    Args:
        session: the open transaction.
        reader: who asks.
        labels: what classes are called; a class without one keeps its name.
    """
    found = session.execute(
        select(Finding.class_name, Finding.inspection)
        .join(Case, Case.finding_id == Finding.id)
        .where(*reader.sees())
        .distinct()
        .order_by(Finding.inspection, Finding.class_name)
    )
    return [
        {
            "service_code": class_name,
            "service_name": labels.get(class_name, class_name),
            "description": f"Cases of {labels.get(class_name, class_name)}",
            "metadata": False,
            "type": "realtime",
            "keywords": f"{class_name}, {inspection}",
            "group": inspection,
        }
        for class_name, inspection in found
    ]


def service_definition(
    session: Session, reader: Reader, labels: Mapping[str, str], code: str
) -> dict[str, Any]:
    """Return the definition of a service; it asks for no attributes, since nothing can be posted.

    Raises:
        NotFound: the reader sees no such service.
    """
    if all(service["service_code"] != code for service in services(session, reader, labels)):
        raise NotFound("service_code was not found.", code="service-not-found")
    return {"service_code": code, "attributes": []}


def requests(
    session: Session, reader: Reader, asked: Asked, labels: Mapping[str, str], links: LinkSigner
) -> list[dict[str, Any]]:
    """Return cases as service requests, newest first.

    Args:
        session: the open transaction.
        reader: who asks.
        asked: which.
        labels: what classes are called.
        links: signs the links to redacted pictures, which hold for a day.
    """
    query = _cases(reader)
    if asked.numbers:
        query = query.where(Case.number.in_(asked.numbers))
    else:
        query = query.where(
            Case.created_at.between(asked.span.start, asked.span.end),
            Case.state.in_([state for each in asked.standings for state in states_of(each)]),
        )
        if asked.codes:
            query = query.where(Finding.class_name.in_(asked.codes))
    query = (
        query.order_by(Case.created_at.desc(), Case.id.desc())
        .limit(asked.page_size)
        .offset((asked.page - 1) * asked.page_size)
    )
    return _requests(session, reader, query, labels, links)


def request(
    session: Session, reader: Reader, number: str, labels: Mapping[str, str], links: LinkSigner
) -> list[dict[str, Any]]:
    """Return one case as a list of one service request, however old it is.

    Raises:
        NotFound: the reader sees no such case.
    """
    found = _requests(session, reader, _cases(reader).where(Case.number == number), labels, links)
    if not found:
        raise NotFound("service_request_id was not found.", code="request-not-found")
    return found


def updates(session: Session, reader: Reader, span: Span) -> list[dict[str, str | None]]:
    """Return the changes of state in a time span, oldest first, 1000 at most.

    A change is told of under the time at which we came to know of it, so that whoever asks on
    from the last one misses none that was told of late.
    """
    rows = session.execute(
        select(CaseEntry.id, CaseEntry.to_state, CaseEntry.received_at, Case.number)
        .join(Case, Case.id == CaseEntry.case_id)
        .join(Finding, Finding.id == Case.finding_id)
        .where(
            CaseEntry.applied.is_(True),
            CaseEntry.to_state.is_not(None),
            CaseEntry.to_state.is_distinct_from(CaseEntry.from_state),
            CaseEntry.received_at.between(span.start, span.end),
            *reader.sees(),
        )
        .order_by(CaseEntry.received_at, CaseEntry.id)
        .limit(MOST)
    )
    return [
        {
            "update_id": entry_id,
            "service_request_id": number,
            "status": STATE_WORDS[CaseState(str(to_state))].extended,
            "updated_datetime": _w3(received_at),
            "description": STATE_WORDS[CaseState(str(to_state))].notes,
            "media_url": None,
        }
        for entry_id, to_state, received_at, number in rows
    ]


def _cases(reader: Reader) -> Select[Case, Finding, str | None, datetime | None]:
    return (
        select(Case, Finding, Destination.name, CaseClock.due_at)
        .join(Finding, Finding.id == Case.finding_id)
        .outerjoin(Destination, Destination.id == Case.destination_id)
        .outerjoin(
            CaseClock,
            and_(CaseClock.current_case_id == Case.id, CaseClock.stopped_at.is_(None)),
        )
        .where(*reader.sees())
    )


def _requests(
    session: Session,
    reader: Reader,
    query: Select[Case, Finding, str | None, datetime | None],
    labels: Mapping[str, str],
    links: LinkSigner,
) -> list[dict[str, Any]]:
    rows = session.execute(query).all()
    shown = [row[1] for row in rows if reader.sees_pictures_of(row[1])]
    pictures = _pictures(session, shown, reader.camera_ids, links)
    return [
        {
            "service_request_id": case.number,
            "status": standing(case.state),
            "status_notes": STATE_WORDS[case.state].notes,
            "service_name": labels.get(finding.class_name, finding.class_name),
            "service_code": finding.class_name,
            "description": _description(finding),
            "agency_responsible": department,
            "service_notice": None,
            "requested_datetime": _w3(case.created_at),
            "updated_datetime": _w3(case.updated_at),
            "expected_datetime": _w3(due_at) if due_at else None,
            "address": None,
            "address_id": None,
            "zipcode": None,
            "lat": finding.latitude,
            "long": finding.longitude,
            "media_url": pictures.get(finding.id),
        }
        for case, finding, department, due_at in rows
    ]


def _pictures(
    session: Session,
    findings: Sequence[Finding],
    camera_ids: Collection[str] | None,
    links: LinkSigner,
) -> dict[str, str]:
    """Return the link to the best redacted picture of each finding, by the finding's id."""
    summaries: list[FindingSummary] = summarise(session, findings, visible=camera_ids)
    until = now() + _LINKS_LAST
    return {
        summary.id: links.url(summary.picture.evidence_id, Rendition.ANNOTATED, until)
        for summary in summaries
        if summary.picture
    }


def _description(finding: Finding) -> str:
    size = f", about {finding.size_m:.1f} m wide" if finding.size_m else ""
    return f"{finding.class_name}, severity {finding.severity} of 4{size}"


def _w3(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
