"""Pictures let go of: once frames have been put together, nobody needs theirs any more."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from api.evidence.models import Evidence
from api.evidence.objects import ObjectStore
from api.frames.models import Detection, Frame
from api.sites.cameras import INSPECTION
from api.sites.models import FrameUse, SiteFrame

_AT_ONCE = 500
_NEEDED = (FrameUse.WAITING, FrameUse.KEPT)


@dataclass(frozen=True, slots=True)
class Erased:
    """Frames whose pictures are gone from the store, and those that another use keeps."""

    gone: Collection[str]
    left: Collection[str]


def erase(session: Session, objects: ObjectStore, camera_id: str) -> Erased:
    """Remove pictures from the store; `mark` has to follow, and erasing again changes nothing.

    The store comes first: what a crash leaves behind is a row, by which it is done once more.

    Args:
        session: to read from.
        objects: where the pictures are.
        camera_id: whose frames.

    Raises:
        ObjectStoreError: one could not be removed.
    """
    rows = session.execute(
        select(Frame.id, Frame.object_key)
        .join(SiteFrame, SiteFrame.frame_id == Frame.id)
        .where(
            SiteFrame.camera_id == camera_id,
            SiteFrame.use.not_in(_NEEDED),
            ~SiteFrame.erased,
        )
        .limit(_AT_ONCE)
    ).all()
    keys = {row.id: row.object_key for row in rows}
    ours = select(SiteFrame.frame_id).where(SiteFrame.use.not_in(_NEEDED))
    others = select(Detection.frame_id).where(Detection.inspection != INSPECTION)
    needed = set(
        session.scalars(
            select(Frame.object_key).where(
                Frame.object_key.in_([key for key in keys.values() if key]),
                or_(Frame.id.not_in(ours), Frame.id.in_(others)),
            )
        )
    )
    needed |= set(
        session.scalars(
            select(Evidence.object_key).where(
                Evidence.object_key.in_([key for key in keys.values() if key])
            )
        )
    )
    for key in sorted({key for key in keys.values() if key} - needed):
        objects.remove(key)
    return Erased(
        gone=[frame_id for frame_id, key in keys.items() if key not in needed],
        left=[frame_id for frame_id, key in keys.items() if key in needed],
    )


def mark(session: Session, erased: Erased) -> None:
    """Write down that pictures were let go of."""
    session.execute(update(Frame).where(Frame.id.in_(erased.gone)).values(object_key=None))
    session.execute(
        update(SiteFrame)
        .where(SiteFrame.frame_id.in_([*erased.gone, *erased.left]))
        .values(erased=True)
    )
