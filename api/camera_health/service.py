"""Camera health: told once, for as long as it lasts."""

from collections.abc import Collection, Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from api.camera_health.models import CameraTrouble
from api.camera_health.schemas import TroubleView
from api.camera_health.troubles import alarm, message
from api.cameras.models import Camera
from inference.sites.health import Episode

_NOT_OF_THE_SITE = ("silent", "frozen")


def record(session: Session, *, camera_id: str, episodes: Sequence[Episode], lasting: bool) -> None:
    """Bring the record of a camera's health up to date.

    Args:
        session: the open transaction; nobody else records the health of this camera meanwhile.
        camera_id: which.
        episodes: its newest ones, oldest first; recording one again changes nothing.
        lasting: whether the last of them still lasts.
    """
    session.execute(
        update(CameraTrouble)
        .where(
            CameraTrouble.camera_id == camera_id,
            CameraTrouble.lasting,
            CameraTrouble.trouble.not_in(_NOT_OF_THE_SITE),
        )
        .values(lasting=False)
    )
    for number, episode in enumerate(episodes, start=1):
        row = session.scalar(
            select(CameraTrouble).where(
                CameraTrouble.camera_id == camera_id,
                CameraTrouble.first_at == episode.first.at,
                CameraTrouble.trouble == episode.kind,
            )
        )
        if row is None:
            row = CameraTrouble(
                camera_id=camera_id, trouble=episode.kind, first_at=episode.first.at
            )
            session.add(row)
            alarm(session, row)
        row.last_at, row.frames = episode.last.at, episode.frames
        row.shift_px = episode.shift_px
        row.lasting = lasting and number == len(episodes)
    session.flush()


def view_of(row: CameraTrouble) -> TroubleView:
    """Return a trouble as it goes over the wire."""
    names = TroubleView.model_fields.keys() - {"message"}
    return TroubleView.model_validate(
        {name: getattr(row, name) for name in names} | {"message": message(row)}
    )


def troubles(
    session: Session,
    *,
    limit: int,
    before_id: str | None = None,
    camera_id: str | None = None,
    lasting: bool | None = None,
    visible: Collection[str] | None = None,
) -> Sequence[CameraTrouble]:
    """Return troubles, newest first, one more than `limit` if there are more.

    Args:
        session: the open transaction.
        limit: the items of a page.
        before_id: the id that the page begins after.
        camera_id: only this camera's.
        lasting: only those that last, or only those that are over.
        visible: the ids of the cameras that may be seen; None means every camera.
    """
    query = select(CameraTrouble).order_by(CameraTrouble.id.desc()).limit(limit + 1)
    if before_id:
        query = query.where(CameraTrouble.id < before_id)
    if camera_id is not None:
        query = query.where(CameraTrouble.camera_id == camera_id)
    if lasting is not None:
        query = query.where(CameraTrouble.lasting if lasting else ~CameraTrouble.lasting)
    if visible is not None:
        gateways = select(Camera.gateway_id).where(Camera.id.in_(visible))
        query = query.where(
            CameraTrouble.camera_id.in_(visible) | CameraTrouble.gateway_id.in_(gateways)
        )
    return session.scalars(query).all()
