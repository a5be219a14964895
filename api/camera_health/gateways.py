"""What can be said of a gateway: that it is silent, or loses pictures."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from api.camera_health.episodes import Observation, Seen
from api.camera_health.models import AnyTrouble
from api.cameras.models import Camera, CameraKind
from api.gateway_reports.models import GatewayReport
from api.gateway_reports.service import OVERDUE_AFTER, is_losing, is_overdue
from api.gateways.models import Gateway

_A_STORM = 2  # silent cameras: of one alone it cannot be told whether it is the gateway


def judge_gateway(
    session: Session,
    gateway: Gateway,
    cameras: Sequence[Camera],
    *,
    heard: Mapping[str, datetime],
    silent: Mapping[str, Seen],
    at: datetime,
) -> Observation:
    """Say what is wrong with a gateway, and what is well.

    It is silent where it reported before and has stopped, and nothing comes from its cameras
    either; on a bus, which is switched off at night, and where it never reported, only once all of
    its cameras are silent by their own rhythm.

    Args:
        session: an open transaction.
        gateway: which.
        cameras: its enabled ones.
        heard: when something last came from each camera, by its id.
        silent: those of its cameras that are silent, by id.
        at: the present time.
    """
    report = session.get(GatewayReport, gateway.id)
    if gateway.disabled_at is not None or not cameras:
        return Observation()
    heard_at = max(heard.values())
    if report is not None:
        heard_at = max(heard_at, report.received_at)
    found: dict[AnyTrouble, Seen] = {}
    well: dict[AnyTrouble, datetime] = {}
    all_silent = len(silent) == len(cameras) >= _A_STORM
    stands = any(camera.kind is not CameraKind.BUS for camera in cameras)
    stopped = report is not None and stands and at - heard_at > OVERDUE_AFTER
    if stopped or (all_silent and at - heard_at > OVERDUE_AFTER):
        found["silent"] = Seen(heard_at, at)
    elif at - heard_at <= OVERDUE_AFTER:
        well["silent"] = heard_at
    if report is not None and not is_overdue(report, at):
        if is_losing(report, at):
            found["losing"] = Seen(report.lost_since or at, at)
        else:
            well["losing"] = report.received_at
    return Observation(found, well)
