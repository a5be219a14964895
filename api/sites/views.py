"""Sites put together for those who look at them."""

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.baselines import service as baselines
from api.baselines.models import Baseline
from api.baselines.states import BaselineState
from api.baselines.views import view_of
from api.camera_health import service as camera_health
from api.cameras.models import Camera
from api.database import now
from api.findings.models import Finding
from api.sites.composing import NO_BASELINE
from api.sites.models import Composite, FrameUse, Site, SiteFrame, SiteRegion
from api.sites.schemas import (
    CameraOfSite,
    CompositeFrame,
    CompositeView,
    RegionView,
    SiteDetails,
    SiteView,
)
from inference.sites.composite import Rhythm

_LATELY = timedelta(days=3)
_MOST_TROUBLES = 20


def view(session: Session, camera: Camera) -> SiteView:
    """Return how it stands with a camera."""
    site = session.get(Site, camera.id)
    standing = baselines.standing(session, camera_id=camera.id)
    frames = select(func.count()).where(SiteFrame.camera_id == camera.id)
    troubles = camera_health.troubles(
        session, limit=_MOST_TROUBLES, camera_id=camera.id, lasting=True
    )
    return SiteView(
        camera=CameraOfSite.model_validate(camera),
        state=_state(standing),
        baselines=[view_of(standing[light]) for light in sorted(standing)],
        waiting=session.scalar(frames.where(SiteFrame.use.in_((FrameUse.WAITING, FrameUse.KEPT))))
        or 0,
        newest_frame_at=session.scalar(
            select(func.max(SiteFrame.captured_at)).where(SiteFrame.camera_id == camera.id)
        ),
        newest_composite_at=session.scalar(
            select(func.max(Composite.last_at)).where(Composite.camera_id == camera.id)
        ),
        troubles=[camera_health.view_of(row) for row in troubles],
        warnings=_warnings(session, camera, site),
    )


def _state(standing: "dict[str, Baseline]") -> str:
    if not standing:
        return "learning"
    approved = any(one.state is BaselineState.APPROVED for one in standing.values())
    return "watching" if approved else "proposed"


def _warnings(session: Session, camera: Camera, site: Site | None) -> list[str]:
    found = [site.problem] if site is not None and site.problem else []
    unlit = session.scalar(
        select(func.count()).where(
            SiteFrame.camera_id == camera.id,
            SiteFrame.trouble == NO_BASELINE,
            SiteFrame.received_at > now() - _LATELY,
        )
    )
    if unlit and unlit >= Rhythm().least_frames:
        found.append(
            f"{unlit} frames of the last {_LATELY.days} days are in a light that no baseline "
            "shows: learn the baselines anew"
        )
    return found


def composite_view(row: Composite) -> CompositeView:
    """Return a composite as it goes over the wire."""
    names = CompositeView.model_fields.keys() - {"frames", "picture_url"}
    return CompositeView(
        **{name: getattr(row, name) for name in names},
        frames=[CompositeFrame.model_validate(frame) for frame in row.frames],
        picture_url=f"/v1/sites/{row.camera_id}/composites/{row.id}/picture",
    )


def region_view(row: SiteRegion) -> RegionView:
    """Return a region as it goes over the wire."""
    names = RegionView.model_fields.keys() - {"box"}
    return RegionView(
        **{name: getattr(row, name) for name in names}, box=(row.x1, row.y1, row.x2, row.y2)
    )


def details(session: Session, finding: Finding) -> SiteDetails | None:
    """Return what a finding of illegal building says, None for any other finding."""
    row = session.scalar(select(SiteRegion).where(SiteRegion.finding_id == finding.id))
    if row is None:
        return None
    baseline = session.get_one(Baseline, row.baseline_id)
    names = SiteDetails.model_fields.keys() - {
        "inspection",
        "region_id",
        "box",
        "width",
        "height",
        "approved_at",
    }
    return SiteDetails(
        **{name: getattr(row, name) for name in names},
        region_id=row.id,
        box=(row.x1, row.y1, row.x2, row.y2),
        width=baseline.width,
        height=baseline.height,
        approved_at=baseline.approved_at,
    )
