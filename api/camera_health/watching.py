"""Looks after every camera and gateway beside the service, and tells the maintenance crew.

Cameras that watch a site are judged against their baselines (`api.sites`); of them only silence
and one and the same picture are noticed here. Every other one is judged by its newest pictures,
and a fixed one by its golden picture, or else by its last good one.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.camera_health import findings, troubles
from api.camera_health.blindness import take_out
from api.camera_health.episodes import Observation, Seen
from api.camera_health.gateways import judge_gateway
from api.camera_health.golden import compare
from api.camera_health.good import keep_good
from api.camera_health.judging import judge_pictures
from api.camera_health.models import AnyTrouble
from api.camera_health.sights import thin_out
from api.camera_health.silence import count_hours, is_silent, limits, rhythm_of
from api.camera_health.verification import verify
from api.cameras.models import Camera
from api.cameras.views import last_heard
from api.clips.models import Clip
from api.database import Database, now
from api.evidence.objects import ObjectStore
from api.frames.models import Frame
from api.gateway_reports.models import GatewayReport
from api.gateway_reports.service import is_overdue
from api.gateways.models import Gateway
from api.periodic import every

BACK_AFTER = 3
"""Pictures that must come before a silent camera is held to be back."""

_CONNECTING_FOR = timedelta(minutes=10)
_EVERY_S = 300.0
_OVER = "it is over, before anybody judged it"
_DISABLED = "it is disabled"
_OF_ITS_GATEWAY = "its whole gateway is silent, which is told instead"
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Look:
    """What is seen of a camera: when it was last heard of, and how it is."""

    camera: Camera
    heard_at: datetime
    observed: Observation


def watch(database: Database, objects: ObjectStore, *, at: datetime | None = None) -> None:
    """Bring the record of every camera's and gateway's health up to date.

    Args:
        database: where they are.
        objects: where pictures of findings are kept.
        at: the present time.
    """
    at = at or now()
    try:
        with database.write() as session:
            count_hours(session, at)
            thin_out(session, at)
    except IntegrityError:  # another server counts the same hours
        _log.info("the hours of cameras are counted by another server")
    with database.read() as session:
        cameras = session.scalars(select(Camera).order_by(Camera.id)).all()
        gateways = session.scalars(select(Gateway).order_by(Gateway.id)).all()
    for camera in cameras:
        compare(database, camera.id)
        keep_good(database, camera)
    for gateway in gateways:
        mine = [camera for camera in cameras if camera.gateway_id == gateway.id]
        _watch_gateway(database, objects, gateway, mine, at)


def _watch_gateway(
    database: Database,
    objects: ObjectStore,
    gateway: Gateway,
    cameras: Sequence[Camera],
    at: datetime,
) -> None:
    """Settle a gateway first, and then its cameras, of which it decides what is told."""
    enabled = [camera for camera in cameras if camera.disabled_at is None]
    with database.read() as session:
        looks = [_look(session, camera, at) for camera in enabled]
        observed = judge_gateway(
            session,
            gateway,
            enabled,
            heard={look.camera.id: look.heard_at for look in looks},
            silent={
                look.camera.id: look.observed.found["silent"]
                for look in looks
                if "silent" in look.observed.found
            },
            at=at,
        )
    is_down = "silent" in observed.found
    if enabled and gateway.disabled_at is None:
        _settle(database, objects, gateway, enabled[0], observed, at=at, is_down=False)
    else:
        _end(database, gateway, at)
    for look in looks:
        seen = look.observed
        if is_down and "silent" not in seen.found:
            silent: Mapping[AnyTrouble, Seen] = {"silent": Seen(look.heard_at, at)}
            seen = replace(seen, found={**seen.found, **silent})
        _settle(database, objects, look.camera, look.camera, seen, at=at, is_down=is_down)
    for camera in cameras:
        if camera.disabled_at is not None:
            _end(database, camera, at)


def _end(database: Database, subject: Camera | Gateway, at: datetime) -> None:
    """Let go of what is disabled: nobody expects anything of it."""
    with database.read() as session:
        if not any(row.lasting for row in troubles.recent(session, subject, at)):
            return
    with database.write() as session:
        for row in troubles.recent(session, subject, at):
            if row.lasting:
                row.lasting = False
                findings.take_back(session, row, _DISABLED)


def _settle(
    database: Database,
    objects: ObjectStore,
    subject: Camera | Gateway,
    camera: Camera,
    observed: Observation,
    *,
    at: datetime,
    is_down: bool,
) -> None:
    """Write what is seen of a camera or a gateway, and tell of what lasts."""
    with database.read() as session:
        if not observed.found and not troubles.recent(session, subject, at):
            return
        pictures = findings.store_pictures(session, objects, camera)
    with database.write() as session:
        # One server at a time; frames of the camera need not wait.
        session.get_one(type(subject), subject.id, with_for_update={"key_share": True})
        for row in troubles.settle(session, subject, observed, at):
            take_out(session, row)
            if not row.lasting:
                findings.take_back(session, row, _OVER)
            elif is_down and row.trouble == "silent":
                findings.take_back(session, row, _OF_ITS_GATEWAY)
            elif findings.is_to_be_told(row):
                findings.tell(session, row, camera, pictures)
            verify(session, row, observed)


def _look(session: Session, camera: Camera, at: datetime) -> _Look:
    heard_at = last_heard(session, [camera.id])[camera.id] or camera.created_at
    observed = judge_pictures(session, camera)
    found, well = dict(observed.found), dict(observed.well_since)
    said = _said_by_gateway(session, camera, at)
    floor, ceiling = limits(camera)
    rhythm = rhythm_of(session, camera.id, at)
    if said is not None:
        trouble, seen = said
        found[trouble] = seen
        well.pop(trouble, None)
    if is_silent(rhythm, heard_at=heard_at, at=at, floor=floor, ceiling=ceiling):
        found.setdefault("silent", Seen(heard_at, at))
    elif "silent" not in found and (back_at := _back_at(session, camera)) is not None:
        well["silent"] = back_at
    return _Look(camera, heard_at, Observation(found, well))


def _said_by_gateway(
    session: Session, camera: Camera, at: datetime
) -> tuple[AnyTrouble, Seen] | None:
    """Return what a gateway that still reports says is wrong with a camera."""
    report = session.get(GatewayReport, camera.gateway_id)
    if report is None or is_overdue(report, at) or camera.id not in report.cameras:
        return None
    said = report.cameras[camera.id]
    since = min(datetime.fromisoformat(said["since"]), at)
    if said["status"] == "frozen":
        return "frozen", Seen(since, at, detail=said["detail"])
    waits = said["status"] == "connecting" and at - since > _CONNECTING_FOR
    if said["status"] == "unreachable" or waits:
        return "silent", Seen(since, at, detail=said["detail"])
    return None


def _back_at(session: Session, camera: Camera) -> datetime | None:
    """Return when the last but two of a camera's pictures came, None before there are three."""
    times: list[datetime] = []
    for table, came_at in ((Frame, Frame.received_at), (Clip, Clip.created_at)):
        newest = (
            select(came_at)
            .where(table.camera_id == camera.id)
            .order_by(table.captured_at.desc())
            .limit(BACK_AFTER)
        )
        times += session.scalars(newest)
    times.sort(reverse=True)
    return times[BACK_AFTER - 1] if len(times) >= BACK_AFTER else None


@contextmanager
def watching_cameras(database: Database, objects: ObjectStore) -> Iterator[None]:
    """Look after cameras beside the service, until the block ends."""
    with every(_EVERY_S, partial(watch, database, objects), name="camera-health"):
        yield
