"""How long things are kept, to read and to set."""

from typing import Annotated

from fastapi import APIRouter, Depends

from api.database import now
from api.dependencies import ServicesDep, allow
from api.permissions import Action
from api.principal import Principal
from api.retention import service
from api.retention.models import RetentionKind
from api.retention.schemas import RetentionPut, RetentionsView, RetentionView
from api.retention.service import Kept

router = APIRouter(tags=["retention"])

Manager = Annotated[Principal, Depends(allow(Action.RETENTION_MANAGE))]


@router.get(
    "/v1/retention",
    summary="How long things are kept",
    response_model=RetentionsView,
    dependencies=[Depends(allow(Action.RETENTION_READ))],
)
def list_retention(services: ServicesDep) -> RetentionsView:
    """Return what is kept how long, and what the next clean-up (every hour) removes."""
    with services.database.read() as session:
        return RetentionsView(items=[_view(one) for one in service.survey(session, at=now())])


@router.put(
    "/v1/retention/{kind}",
    summary="Set how long things are kept",
    response_model=RetentionView,
)
def put_retention(
    kind: RetentionKind, body: RetentionPut, principal: Manager, services: ServicesDep
) -> RetentionView:
    """Set how long things of a kind are kept; with `check` only say what that would remove.

    What the clean-up removes is gone from the object store for good.
    """
    if not body.check:
        with services.database.write() as session:
            service.put(
                session, kind=kind, days=body.days, reason=body.reason, actor=principal.actor
            )
    with services.database.read() as session:
        (known,) = (one for one in service.survey(session, at=now()) if one.kind is kind)
        due = 0 if body.days is None else service.count_due(session, kind, days=body.days, at=now())
    return _view(known).model_copy(update={"due": due})


def _view(kept: Kept) -> RetentionView:
    limit = kept.limit
    return RetentionView(
        kind=kept.kind,
        days=limit.days if limit else None,
        set_by=limit.set_by if limit else None,
        set_at=limit.set_at if limit else None,
        count=kept.count,
        oldest_at=kept.oldest_at,
        due=kept.due,
    )
