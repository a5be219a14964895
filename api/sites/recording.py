"""What a half day has shown, written down: composites, regions, findings, camera health."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.baselines.models import Baseline as BaselineRow
from api.camera_health import service as camera_health
from api.frames.models import InspectingModel
from api.sites.composing import Outcome
from api.sites.findings import bring_up_to_date
from api.sites.models import Composite as CompositeRow
from api.sites.models import SiteFrame, SiteRegion
from api.sites.pictures import Pictured, told
from api.sites.reading import Known, facts
from api.sites.verification import verify
from inference.sites.composite import Composite
from inference.sites.light import LightMode
from inference.sites.persistence import Track
from models.registry import ModelFile


@dataclass(frozen=True, slots=True)
class Pending:
    """What is to be written of one half day.

    Attributes:
        outcome: what it has shown.
        pictures: of it.
        size_wh: width and height of the baselines in pixels.
        baselines: that it was compared with, by light.
        model: that compared.
        gone_after: composites in a row without a structure after which it is gone.
    """

    outcome: Outcome
    pictures: Pictured
    size_wh: tuple[int, int]
    baselines: Mapping[LightMode, BaselineRow]
    model: ModelFile
    gone_after: int


def record(session: Session, known: Known, pending: Pending) -> None:
    """Write what a half day has shown, in the open transaction.

    Args:
        session: the open transaction; nobody else works on the camera meanwhile.
        known: the camera, as it is now.
        pending: what is to be written.
    """
    outcome = pending.outcome
    _know(session, pending.model)
    for frame_id, use in outcome.uses.items():
        row = session.get_one(SiteFrame, frame_id)
        row.use, row.light, row.trouble = use.use, use.light, use.trouble
    known.site.state = outcome.state.model_dump(mode="json")
    known.site.health = outcome.health.model_dump(mode="json")
    known.site.problem = None
    camera_health.record(
        session,
        camera_id=known.camera.id,
        episodes=outcome.health.episodes,
        lasting=not outcome.health.well,
    )
    composites = [_composite(session, known, pending, one) for one in outcome.composites]
    for track in told(outcome.state):
        region = _region(session, known, pending, track)
        bring_up_to_date(
            session,
            known=known,
            region=region,
            track=track,
            composites=composites,
            shown=pending.pictures.regions.get(track.number),
            model=pending.model,
        )
        for composite, written in zip(outcome.composites, composites, strict=True):
            verify(
                session,
                region=region,
                track=track,
                composite=written,
                end=composite.end,
                needed=pending.gone_after,
            )
    session.flush()


def _know(session: Session, model: ModelFile) -> None:
    if session.get(InspectingModel, model.digest) is None:
        session.add(
            InspectingModel(
                digest=model.digest, name=model.name, version=model.version, variant=model.variant
            )
        )
        session.flush()


def _composite(
    session: Session, known: Known, pending: Pending, composite: Composite
) -> CompositeRow:
    width, height = pending.size_wh
    refs = [frame.ref for frame in composite.frames]
    row = CompositeRow(
        camera_id=known.camera.id,
        round=known.site.round,
        baseline_id=pending.baselines[composite.mode].id,
        light=composite.mode,
        end_at=composite.end,
        first_at=refs[0].at,
        last_at=refs[-1].at,
        frames=[facts(ref) for ref in refs],
        object_key=pending.pictures.composites[composite.mode],
        width=width,
        height=height,
        model_digest=pending.model.digest,
    )
    session.add(row)
    session.flush()
    return row


def _region(session: Session, known: Known, pending: Pending, track: Track) -> SiteRegion:
    """Write what the state says of a region."""
    row = session.scalar(
        select(SiteRegion).where(
            SiteRegion.camera_id == known.camera.id,
            SiteRegion.round == known.site.round,
            SiteRegion.number == track.number,
        )
    )
    if row is None:
        row = SiteRegion(
            camera_id=known.camera.id,
            round=known.site.round,
            number=track.number,
            change=track.kind,
            baseline_id=pending.baselines[track.looks[-1].mode].id,
        )
        session.add(row)
    row.stage, row.structure = track.stage, track.structure
    row.severity, row.score = track.severity, min(1.0, track.score)
    row.x1, row.y1, row.x2, row.y2 = track.box
    row.area_share, row.composites = track.region.area, track.hits
    row.first_at = track.first_seen.at
    row.last_at = max(look.end for look in track.looks if look.area is not None)
    row.confirmed_at = track.confirmed.at if track.confirmed else None
    row.gone_at = row.ended_at = track.gone.at if track.gone else None
    row.suppressed_by = track.suppressed_by
    session.flush()
    return row
