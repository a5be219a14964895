"""Sites, composites and regions found."""

from collections.abc import Collection, Sequence

from sqlalchemy import String, cast, select
from sqlalchemy.orm import Session

from api.cameras.models import Camera
from api.errors import NotFound
from api.sites.cameras import INSPECTION
from api.sites.models import Composite, SiteRegion


def site_cameras(
    session: Session,
    *,
    limit: int,
    after_id: str | None = None,
    visible: Collection[str] | None = None,
) -> Sequence[Camera]:
    """Return the cameras that watch a site, oldest first, one more than `limit` if there are more.

    Args:
        session: the open transaction.
        limit: the items of a page.
        after_id: the id that the page begins after.
        visible: the ids of the cameras that may be seen; None means every camera.
    """
    query = (
        select(Camera)
        .where(
            Camera.id > (after_id or ""),
            cast(Camera.inspections, String).contains(f'"{INSPECTION}"'),
        )
        .order_by(Camera.id)
        .limit(limit + 1)
    )
    if visible is not None:
        query = query.where(Camera.id.in_(visible))
    return session.scalars(query).all()


def composites(
    session: Session, *, camera_id: str, limit: int, before_id: str | None = None
) -> Sequence[Composite]:
    """Return the composites of a camera, newest first, one more than `limit` if there are more."""
    query = (
        select(Composite)
        .where(Composite.camera_id == camera_id)
        .order_by(Composite.id.desc())
        .limit(limit + 1)
    )
    if before_id:
        query = query.where(Composite.id < before_id)
    return session.scalars(query).all()


def composite_of(session: Session, *, camera_id: str, composite_id: str) -> Composite:
    """Return a composite of a camera.

    Raises:
        NotFound: it has none with this id.
    """
    composite = session.get(Composite, composite_id)
    if composite is None or composite.camera_id != camera_id:
        raise NotFound("The camera has no composite with this id.", code="composite-not-found")
    return composite


def regions(
    session: Session,
    *,
    camera_id: str,
    limit: int,
    before_id: str | None = None,
    suppressed: bool | None = None,
) -> Sequence[SiteRegion]:
    """Return the regions of a camera, newest first, one more than `limit` if there are more.

    Args:
        session: the open transaction.
        camera_id: which camera's.
        limit: the items of a page.
        before_id: the id that the page begins after.
        suppressed: only those in works and excluded zones, or only the others.
    """
    query = (
        select(SiteRegion)
        .where(SiteRegion.camera_id == camera_id)
        .order_by(SiteRegion.id.desc())
        .limit(limit + 1)
    )
    if before_id:
        query = query.where(SiteRegion.id < before_id)
    if suppressed is not None:
        lies = SiteRegion.suppressed_by.is_not(None)
        query = query.where(lies if suppressed else ~lies)
    return session.scalars(query).all()
