"""The queue of whoever reviews: findings given to one person at a time."""

from typing import Annotated

from fastapi import APIRouter, Depends

from api.database import now
from api.dependencies import ServicesDep, allow
from api.findings.states import FindingState
from api.findings.summaries import summarise
from api.leases import service
from api.leases.schemas import QueueItem, QueueRequest, ReviewQueue, SecondReviewRef
from api.permissions import Action
from api.principal import Principal
from api.second_reviews import service as second_reviews
from api.second_reviews.blinding import blinded

router = APIRouter(tags=["reviews"])

Reviewer = Annotated[Principal, Depends(allow(Action.FINDINGS_REVIEW))]


@router.post("/v1/review-queue", summary="Take findings to review", response_model=ReviewQueue)
def take_findings(body: QueueRequest, principal: Reviewer, services: ServicesDep) -> ReviewQueue:
    """Lease the next findings to the caller, and renew the leases of those in `holding`.

    Nobody else is given a leased finding, or can review it, until it is reviewed, given back, or
    the lease has run out. At most one item is a second review.
    """
    until = now() + service.LEASE
    with services.database.write() as session:
        offered = (
            second_reviews.offer(
                session,
                principal=principal,
                holding=body.holding,
                room=body.count - len(body.holding),
                until=until,
            )
            if body.state is FindingState.PENDING_REVIEW
            else []
        )
        findings = service.hand_out(
            session,
            principal=principal,
            state=body.state,
            count=body.count - len(offered),
            holding=body.holding,
            until=until,
        )
    second = {finding.id: SecondReviewRef(id=row.id) for row, finding in offered}
    place = {key: number for number, key in enumerate(body.holding)}
    ordered = sorted(
        [*(finding for _, finding in offered), *findings],
        key=lambda finding: place.get(finding.id, len(place)),
    )
    with services.database.read() as session:
        shown = summarise(session, ordered, visible=principal.camera_ids)
        items = blinded(session, shown, principal)
        remaining = service.remaining(session, principal=principal, state=body.state)
    return ReviewQueue(
        items=[
            QueueItem(**dict(item), lease_expires_at=until, second_review=second.get(item.id))
            for item in items
        ],
        lease_s=int(service.LEASE.total_seconds()),
        remaining=remaining,
    )


@router.delete("/v1/review-queue", summary="Give findings back", status_code=204)
def give_findings_back(principal: Reviewer, services: ServicesDep) -> None:
    """Let others have everything that the caller holds: the page was left."""
    with services.database.write() as session:
        service.give_back(session, principal)
        second_reviews.give_back(session, principal)
