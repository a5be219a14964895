"""Leases: whoever looks at a finding has it alone, until they give it back or time runs out.

The database keeps one lease for each finding, and a lease changes hands in one statement, only
where it is one's own or has run out. So no two people hold a finding, whatever process asks.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, exists, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from api.accounts.models import User
from api.database import now
from api.errors import Conflict
from api.findings.models import Finding
from api.findings.states import FindingState
from api.leases.models import FindingLease
from api.permissions import Action, allowed
from api.principal import Principal

LEASE = timedelta(seconds=120)
_TRIES = 3


def hand_out(
    session: Session,
    *,
    principal: Principal,
    state: FindingState,
    count: int,
    holding: Sequence[str],
    until: datetime,
) -> list[Finding]:
    """Lease findings to a person: what they hold first, then by priority.

    Args:
        session: a write transaction; the leases hold once it commits.
        principal: who looks.
        state: of the findings.
        count: how many they hold afterwards, at most.
        holding: ids of what they hold, in their order; what is not theirs any more, or decided,
            is left out.
        until: when the leases run out.
    """
    found = _renew(session, principal, state, holding, until)[:count]
    for _ in range(_TRIES):
        free = _free(session, principal, state, count - len(found), {one.id for one in found})
        found += _lease(session, free, principal, until)
        if len(found) == count or not free:
            break
    return found


def give(session: Session, finding: Finding, principal: Principal) -> None:
    """Lease a finding that nobody holds to a person."""
    _lease(session, [finding], principal, now() + LEASE)


def give_back(session: Session, principal: Principal) -> None:
    """Let others have everything that a person holds."""
    session.execute(delete(FindingLease).where(FindingLease.user_id == principal.id))


def end(session: Session, finding_ids: Collection[str], principal: Principal) -> None:
    """End the leases of findings on which a person gives their word; the findings are locked.

    Raises:
        Conflict: somebody else holds one.
    """
    held = session.execute(
        select(FindingLease, User.display_name)
        .join(User, User.id == FindingLease.user_id)
        .where(
            FindingLease.finding_id.in_(finding_ids),
            FindingLease.user_id != principal.id,
            FindingLease.expires_at > now(),
        )
        .limit(1)
    ).first()
    if held is not None:
        lease, name = held
        who = {"held_by": name} if allowed(principal.role, Action.FINDINGS_REOPEN) else {}
        raise Conflict(
            "A colleague is looking at this finding; take another one.",
            code="finding-held",
            extra={"finding_id": lease.finding_id, "until": lease.expires_at.isoformat(), **who},
        )
    session.execute(delete(FindingLease).where(FindingLease.finding_id.in_(finding_ids)))


def remaining(session: Session, *, principal: Principal, state: FindingState) -> int:
    """Return how many findings wait that a person may see and nobody else holds."""
    query = select(func.count()).select_from(Finding).where(Finding.state == state)
    if principal.camera_ids is not None:
        query = query.where(Finding.camera_id.in_(principal.camera_ids))
    held = session.scalars(
        select(FindingLease.finding_id).where(
            FindingLease.user_id != principal.id, FindingLease.expires_at > now()
        )
    ).all()
    # As in `_renew`, by their ids alone.
    theirs = sum(
        finding.state is state and principal.may_see(finding.camera_id)
        for finding in session.scalars(select(Finding).where(Finding.id.in_(held)))
    )
    return (session.scalar(query) or 0) - theirs


def _renew(
    session: Session,
    principal: Principal,
    state: FindingState,
    holding: Sequence[str],
    until: datetime,
) -> list[Finding]:
    if not holding:
        return []
    mine = session.scalars(
        update(FindingLease)
        .where(FindingLease.finding_id.in_(holding), FindingLease.user_id == principal.id)
        .values(expires_at=until)
        .returning(FindingLease.finding_id)
    ).all()
    # The state is compared here, lest the database walk through everything that is in it.
    undecided = {
        finding.id: finding
        for finding in session.scalars(select(Finding).where(Finding.id.in_(mine)))
        if finding.state is state and principal.may_see(finding.camera_id)
    }
    return [undecided[key] for key in holding if key in undecided]


def _free(
    session: Session,
    principal: Principal,
    state: FindingState,
    limit: int,
    besides: Collection[str],
) -> Sequence[Finding]:
    """Return what comes next and nobody else holds; what is being changed now is left out."""
    if limit <= 0:
        return []
    others = exists().where(
        FindingLease.finding_id == Finding.id,
        FindingLease.user_id != principal.id,
        FindingLease.expires_at > now(),
    )
    query = select(Finding).where(Finding.state == state, Finding.id.not_in(besides), ~others)
    if principal.camera_ids is not None:
        query = query.where(Finding.camera_id.in_(principal.camera_ids))
    return session.scalars(
        query.order_by(
            Finding.severity.desc(), Finding.confidence.desc(), Finding.first_seen_at, Finding.id
        )
        .limit(limit)
        .with_for_update(skip_locked=True, of=Finding)
    ).all()


def _lease(
    session: Session, findings: Sequence[Finding], principal: Principal, until: datetime
) -> list[Finding]:
    """Write leases; return the findings that are the person's now, in the same order."""
    if not findings:
        return []
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    values = [
        {"finding_id": key, "user_id": principal.id, "expires_at": until}
        for key in sorted(finding.id for finding in findings)
    ]
    statement = insert(FindingLease).values(values)
    mine = set(
        session.scalars(
            statement.on_conflict_do_update(
                index_elements=["finding_id"],
                set_={
                    "user_id": statement.excluded.user_id,
                    "expires_at": statement.excluded.expires_at,
                },
                where=or_(FindingLease.user_id == principal.id, FindingLease.expires_at <= now()),
            ).returning(FindingLease.finding_id)
        )
    )
    return [finding for finding in findings if finding.id in mine]
