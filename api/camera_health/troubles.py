"""Troubles written down as they are followed: begun, gone on with, returned, over."""

from datetime import datetime

import structlog
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from api.audit import service as audit
from api.camera_health.episodes import RETURNS_WITHIN, Episode, Observation, follow
from api.camera_health.models import AnyTrouble, CameraTrouble
from api.cameras.models import Camera
from api.gateways.models import Gateway
from inference.sites.health import MESSAGES

SYSTEM = "system"
_log = structlog.get_logger()

_MEANS: dict[AnyTrouble, str] = {
    **dict(MESSAGES.items()),
    "silent": "less comes from the camera than usually does: it, its gateway or the network"
    " between fails",
    "frozen": "the camera delivers the same picture again and again: start it anew",
}
_GATEWAY_MEANS: dict[AnyTrouble, str] = {
    "silent": "nothing is heard of the gateway, nor of its cameras: it has no power, no network or"
    " does not run",
    "losing": "the gateway gives up pictures that it could not send: its queue is full, or its disk"
    " fails",
}


def settle(
    session: Session, subject: Camera | Gateway, observed: Observation, at: datetime
) -> list[CameraTrouble]:
    """Write what is observed of a camera or a gateway.

    Args:
        session: the open transaction; nobody else settles it meanwhile.
        subject: which.
        observed: what is seen now.
        at: the present time.

    Returns:
        Its troubles that last or were over within the hour.
    """
    rows = recent(session, subject, at)
    episodes = [Episode(one.trouble, one.first_at, one.last_at, one.lasting) for one in rows]
    after = follow(episodes, observed)
    for episode in after[len(rows) :]:
        row = _fresh(subject, episode)
        session.add(row)
        rows.append(row)
        alarm(session, row)
    for row, episode in zip(rows, after, strict=True):
        row.lasting, row.last_at = episode.lasting, episode.last_at
        seen = observed.found.get(row.trouble)
        if seen is not None and row.lasting:
            row.frames = max(row.frames, seen.frames)
            row.detail = seen.detail or row.detail
            row.shift_px = max(row.shift_px or 0.0, seen.shift_px or 0.0) or None
    session.flush()
    return rows


def recent(session: Session, subject: Camera | Gateway, at: datetime) -> list[CameraTrouble]:
    """Return the troubles of a camera or gateway that last, or may return, oldest first."""
    column = CameraTrouble.camera_id if isinstance(subject, Camera) else CameraTrouble.gateway_id
    return list(
        session.scalars(
            select(CameraTrouble)
            .where(
                column == subject.id,
                or_(CameraTrouble.lasting, CameraTrouble.last_at >= at - 2 * RETURNS_WITHIN),
            )
            .order_by(CameraTrouble.first_at, CameraTrouble.id)
        )
    )


def _fresh(subject: Camera | Gateway, episode: Episode) -> CameraTrouble:
    return CameraTrouble(
        camera_id=subject.id if isinstance(subject, Camera) else None,
        gateway_id=subject.id if isinstance(subject, Gateway) else None,
        trouble=episode.trouble,
        first_at=episode.first_at,
        last_at=episode.last_at,
        frames=0,
        lasting=True,
    )


def alarm(session: Session, row: CameraTrouble) -> None:
    """Tell of a new trouble: in the audit record, and in the log."""
    noun, subject_id = ("gateway", row.gateway_id) if row.gateway_id else ("camera", row.camera_id)
    audit.record(
        session,
        actor=SYSTEM,
        action="camera_health.trouble",
        object_type=noun,
        object_id=subject_id or "",
        after={"trouble": row.trouble, "since": row.first_at.isoformat()},
        reason=message(row),
    )
    _log.error(
        f"a {noun} cannot do its work",
        id=subject_id,
        trouble=row.trouble,
        message=message(row),
    )


def message(row: CameraTrouble) -> str:
    """Return what a trouble means and how to mend it."""
    return (_GATEWAY_MEANS if row.gateway_id else _MEANS)[row.trouble]
