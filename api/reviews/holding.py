"""The rows of a review, which nobody else changes until the transaction ends."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.errors import NotFound
from api.findings.locks import lock_places
from api.findings.models import Finding
from api.principal import Principal


def hold(session: Session, ids: Collection[str], principal: Principal) -> dict[str, Finding]:
    """Lock findings and return them by id; those that may not be seen are left out.

    The place comes before the rows, as for whoever gathers, and rows in order of their ids.
    """
    seen = {
        finding.id: finding
        for finding in session.scalars(select(Finding).where(Finding.id.in_(ids)))
        if principal.may_see(finding.camera_id)
    }
    lock_places(
        session,
        [
            (finding.latitude, finding.longitude)
            for finding in seen.values()
            if finding.latitude is not None and finding.longitude is not None
        ],
    )
    return {
        finding.id: finding
        for finding in session.scalars(
            select(Finding)
            .where(Finding.id.in_(seen))
            .order_by(Finding.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    }


def finding_not_found() -> NotFound:
    """Return the error that says so."""
    return NotFound("There is no finding with this id.", code="finding-not-found")
