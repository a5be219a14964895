"""Server-sent events: what was changed, so that nobody need ask again and again."""

import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent

from api.database import now
from api.dependencies import BearerDep, CookieDep, ServicesDep, allow, current_credential
from api.errors import Unauthenticated
from api.events.changes import Change, Topic
from api.events.schemas import Changed
from api.permissions import Action, allowed
from api.principal import Principal

router = APIRouter(tags=["events"])

CHECK_S = 5.0
ALIVE_S = 15.0
_RETRY_MS = 2_000
_LONG_AGO = datetime.fromtimestamp(0, UTC)
_NEEDED = {
    Topic.FINDINGS: Action.FINDINGS_READ,
    Topic.CASES: Action.CASES_READ,
    Topic.CAMERAS: Action.CAMERAS_READ,
}


@router.get("/v1/events", summary="Follow what is changed", response_class=EventSourceResponse)
async def follow_events(
    request: Request,
    services: ServicesDep,
    bearer: BearerDep,
    cookie: CookieDep,
    _: Annotated[Principal, Depends(allow(Action.FINDINGS_READ))],
    last_event_id: Annotated[
        str | None, Header(description="`id` of the last event that was got; nothing is missed")
    ] = None,
) -> AsyncIterator[ServerSentEvent]:
    """Send an event (`findings`, `cases`, `cameras`, `summary`) when something was changed.

    Its data is `{"ids": […]}`, of the cameras that the caller may see; null says that any may have
    been changed. `alive`, with no ids, comes first, and whenever nothing else has come for
    15 seconds. The stream ends with the session or the token, and when the service stops.
    """
    seen_until = _seen_until(last_event_id)
    yield _event("alive", [], seen_until or now(), retry=_RETRY_MS)
    async with services.feed.follow(seen_until) as follower:
        quiet_since = time.monotonic()
        while not follower.ended:
            try:
                credential = await current_credential(request, bearer, cookie)
            except Unauthenticated:
                return
            found, at = follower.take()
            events = _events(found, credential.principal)
            if not events and time.monotonic() - quiet_since >= ALIVE_S:
                events = {"alive": []}
            for name, ids in events.items():
                yield _event(name, ids, at)
                quiet_since = time.monotonic()
            await follower.wait(CHECK_S)


def _event(
    name: str, ids: list[str] | None, at: datetime, *, retry: int | None = None
) -> ServerSentEvent:
    return ServerSentEvent(event=name, data=Changed(ids=ids), id=at.isoformat(), retry=retry)


def _seen_until(last_event_id: str | None) -> datetime | None:
    """Return until when the caller was told; what is no id of ours was told nothing, ever."""
    if last_event_id is None:
        return None
    try:
        return datetime.fromisoformat(last_event_id).astimezone(UTC)
    except (ValueError, OverflowError):
        return _LONG_AGO


def _events(found: set[Change] | None, principal: Principal) -> dict[str, list[str] | None]:
    """Return the events for one caller, by name: which were changed."""
    ids: dict[str, list[str] | None] = {}
    for topic, action in _NEEDED.items():
        if not allowed(principal.role, action):
            continue
        if found is None:
            ids[topic.value] = None
        elif changed := sorted(
            change.id
            for change in found
            if change.topic is topic and principal.may_see(change.camera_id)
        ):
            ids[topic.value] = changed
    if ids.keys() & {Topic.FINDINGS.value, Topic.CASES.value}:
        ids["summary"] = None
    return ids
