"""What people say of a site: to learn its baselines anew, or to make them of fewer frames."""

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from api.audit import service as audit
from api.baselines import service as baselines
from api.baselines.states import BaselineState
from api.cases import service as cases
from api.cases.models import Case
from api.cases.service import SYSTEM, Report
from api.cases.states import CaseEvent
from api.database import now
from api.errors import Conflict
from api.passages.rows import lock_camera
from api.sites.models import FrameUse, Site, SiteFrame, SiteRegion
from api.sites.schedule import schedule


def learn_anew(session: Session, *, camera_id: str, actor: str, reason: str) -> None:
    """End a camera's baselines, and all that was followed by them.

    Frames that wait are let go of, for they may show the place as it was. Cases of regions that
    were followed are told that composites cannot verify them any more.

    Args:
        session: the open transaction.
        camera_id: which camera's.
        actor: who wants it.
        reason: why.
    """
    site = _held(session, camera_id)
    for baseline in baselines.standing(session, camera_id=camera_id).values():
        baselines.supersede(session, baseline=baseline, actor=actor, reason=reason)
    session.execute(
        update(SiteFrame)
        .where(
            SiteFrame.camera_id == camera_id,
            SiteFrame.use.in_((FrameUse.WAITING, FrameUse.KEPT)),
        )
        .values(use=FrameUse.EXPIRED)
    )
    regions = session.scalars(
        select(SiteRegion).where(SiteRegion.camera_id == camera_id, SiteRegion.ended_at.is_(None))
    ).all()
    for region in regions:
        region.ended_at = now()
        _tell_case(session, region)
    before = site.round
    site.round += 1
    site.state = site.health = site.few_by = site.problem = None
    _record(session, site, actor, "site.learn_anew", {"round": before}, reason)
    schedule(session, camera_id)  # pictures are let go of


def accept_fewer(session: Session, *, camera_id: str, actor: str, reason: str) -> None:
    """Let a camera's baselines be made of the frames that there are.

    Raises:
        Conflict: the camera has baselines already, or no frame waits.
    """
    site = _held(session, camera_id)
    if baselines.standing(session, camera_id=camera_id):
        raise Conflict(
            "The camera has baselines; to replace them learn them anew first.",
            code="baseline-stands",
        )
    waiting = select(SiteFrame.frame_id).where(
        SiteFrame.camera_id == camera_id, SiteFrame.use == FrameUse.WAITING
    )
    if not session.scalar(select(waiting.exists())):
        raise Conflict("No frame of the camera waits; wait for some.", code="no-frames")
    site.few_by = actor
    _record(session, site, actor, "site.accept_fewer", {}, reason)
    schedule(session, camera_id)


def approve(session: Session, *, camera_id: str, actor: str, reason: str) -> None:
    """Take a person's word that nothing illegal stands in a camera's proposed baselines.

    Those of day and night are approved together: they were learned together, and lie over each
    other.

    Raises:
        Conflict: none is proposed.
    """
    _held(session, camera_id)
    proposed = [
        one
        for one in baselines.standing(session, camera_id=camera_id).values()
        if one.state is BaselineState.PROPOSED
    ]
    if not proposed:
        raise Conflict("The camera has no proposed baseline.", code="no-proposed-baseline")
    for baseline in proposed:
        baselines.approve(session, baseline=baseline, actor=actor, reason=reason)
    schedule(session, camera_id)


def _held(session: Session, camera_id: str) -> Site:
    """Return a camera's site, on which nobody else works until the transaction ends."""
    lock_camera(session, camera_id)
    site = session.get(Site, camera_id, populate_existing=True)
    if site is None:
        site = Site(camera_id=camera_id, round=1)
        session.add(site)
        session.flush()
    return site


def _tell_case(session: Session, region: SiteRegion) -> None:
    case_id = session.scalar(select(Case.id).where(Case.open_finding_id == region.finding_id))
    if region.finding_id is None or case_id is None:
        return
    words = "the camera's baselines are learned anew: a person has to say whether it was removed"
    case = cases.locked(session, case_id)
    cases.store(session, case=case, report=Report(CaseEvent.VERIFY, SYSTEM, comment=words))


def _record(
    session: Session,
    site: Site,
    actor: str,
    action: str,
    before: dict[str, int],
    reason: str,
) -> None:
    audit.record(
        session,
        actor=actor,
        action=action,
        object_type="site",
        object_id=site.camera_id,
        before=before,
        after={"round": site.round},
        reason=reason,
    )
