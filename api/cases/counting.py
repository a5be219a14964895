"""How many cases there are: by state and light, and by what a list can be narrowed to."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.cases.listing import Filters
from api.cases.models import Case
from api.cases.schemas import CaseChoices, CaseCount, ClassChoice, DepartmentChoice, GridChoice
from api.deadlines.lights import Light, light
from api.dispatch.models import Destination
from api.findings.models import Finding
from api.grids.service import names


def counts(session: Session, filters: Filters, *, at: datetime) -> list[CaseCount]:
    """Return how many cases there are of each state and light that there are any of."""
    found = filters.apply(select(Case.state, light(at).label("light")), at=at).subquery()
    rows = session.execute(
        select(found.c.state, found.c.light, func.count())
        .group_by(found.c.state, found.c.light)
        .order_by(found.c.state, found.c.light)
    ).tuples()
    return [CaseCount(state=state, light=Light(shown), cases=count) for state, shown, count in rows]


def choices(session: Session, *, visible: Collection[str] | None) -> CaseChoices:
    """Return the departments, classes and areas that there are cases of, each with how many.

    Args:
        session: the open transaction.
        visible: ids of the cameras whose cases count; None means every camera.
    """
    seen = [] if visible is None else [Finding.camera_id.in_(visible)]
    departments = session.execute(
        select(Destination.id, Destination.name, func.count())
        .join(Case, Case.destination_id == Destination.id)
        .join(Finding, Finding.id == Case.finding_id)
        .where(*seen)
        .group_by(Destination.id, Destination.name)
        .order_by(Destination.name)
    ).tuples()
    classes = session.execute(
        select(Finding.inspection, Finding.class_name, func.count())
        .join(Case, Case.finding_id == Finding.id)
        .where(*seen)
        .group_by(Finding.inspection, Finding.class_name)
        .order_by(Finding.inspection, Finding.class_name)
    ).tuples()
    grids = session.execute(
        select(Case.grid_code, func.count())
        .join(Finding, Finding.id == Case.finding_id)
        .where(*seen)
        .group_by(Case.grid_code)
        .order_by(Case.grid_code)
    ).tuples()
    by_code = {code: count for code, count in grids if code is not None}
    called = names(session, by_code.keys())
    return CaseChoices(
        departments=[
            DepartmentChoice(id=one, name=name, cases=count) for one, name, count in departments
        ],
        classes=[
            ClassChoice(inspection=found_by, class_name=name, cases=count)
            for found_by, name, count in classes
        ],
        grids=[
            GridChoice(code=code, name=called[code], cases=count) for code, count in by_code.items()
        ],
    )
