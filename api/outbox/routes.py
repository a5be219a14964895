"""The outbox: what was sent, what waits, and the dead letters that wait for an administrator."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime

from api.dependencies import ServicesDep, allow
from api.dispatch.models import OutboxState
from api.outbox import service, views
from api.outbox.schemas import (
    LetterDetail,
    LetterView,
    ReplayedView,
    ReplayRequest,
    ReplayView,
)
from api.outbox.service import REPLAY_AT_ONCE, Filters, Replay
from api.pages import DEFAULT_LIMIT, Cursor, Limit, Page, decode_id_cursor, next_cursor
from api.permissions import Action
from api.principal import Principal
from api.problems import problem_responses

router = APIRouter(tags=["dispatch"])

Reader = Annotated[Principal, Depends(allow(Action.OUTBOX_READ))]
Replayer = Annotated[Principal, Depends(allow(Action.OUTBOX_REPLAY))]


@router.get("/v1/outbox", summary="List messages to departments", response_model=Page[LetterView])
def list_letters(
    principal: Reader,
    services: ServicesDep,
    state: Annotated[
        list[OutboxState] | None,
        Query(description="only messages that stand in one of these; `dead` are the dead letters"),
    ] = None,
    destination: Annotated[str | None, Query(description="only this destination's (id)")] = None,
    since: Annotated[AwareDatetime | None, Query(description="made at this time or later")] = None,
    until: Annotated[AwareDatetime | None, Query(description="made before this time")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[LetterView]:
    """Return messages about the cases of the cameras that the caller may see, newest first.

    `?state=dead` is the queue of dead letters: messages that were given up and wait for a person.
    """
    filters = Filters(
        states=state or (),
        destination_id=destination,
        since=since,
        until=until,
        visible=principal.camera_ids,
    )
    with services.database.read() as session:
        rows = service.newest(session, filters, limit=limit, before_id=decode_id_cursor(cursor))
        items = views.letters(session, rows[:limit])
    return Page(items=items, next_cursor=next_cursor(rows, limit, "id"))


@router.get(
    "/v1/outbox/{message_id}",
    summary="Show a message to a department",
    response_model=LetterDetail,
    responses=problem_responses(404),
)
def get_letter(message_id: str, principal: Reader, services: ServicesDep) -> LetterDetail:
    """Return a message, what it tells, and what was said at every attempt, secrets masked."""
    with services.database.read() as session:
        (message,) = service.named(session, [message_id], visible=principal.camera_ids)
        return views.detail(session, message)


@router.post(
    "/v1/outbox/replay",
    summary="Send dead letters again",
    response_model=ReplayView,
    responses=problem_responses(404),
)
def replay_letters(body: ReplayRequest, principal: Replayer, services: ServicesDep) -> ReplayView:
    """Queue dead letters again, by id or by the time range in which they were made.

    Each keeps its id, so that a department which has it knows it. Asking twice queues nothing
    twice. A range is done in parts of 200: go on with `next_cursor`.
    """
    with services.database.read() as session:
        if body.message_ids is not None:
            rows = service.named(session, body.message_ids, visible=principal.camera_ids)
        else:
            filters = Filters(
                states=(OutboxState.DEAD,),
                destination_id=body.destination_id,
                since=body.since,
                until=body.until,
                visible=principal.camera_ids,
            )
            rows = service.oldest(
                session, filters, limit=REPLAY_AT_ONCE, after_id=decode_id_cursor(body.cursor)
            )
    done = service.replay(
        services.database,
        [row.id for row in rows[:REPLAY_AT_ONCE]],
        looked=body.looked,
        actor=principal.actor,
        reason=body.reason,
    )
    queued = sum(each.outcome in (Replay.QUEUED, Replay.REROUTED) for each in done)
    return ReplayView(
        queued=queued,
        left=len(done) - queued,
        items=[ReplayedView.model_validate(each) for each in done],
        next_cursor=next_cursor(rows, REPLAY_AT_ONCE, "id"),
    )
