"""Findings of camera health, put together for those who look at them."""

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.camera_health.models import CameraTrouble
from api.camera_health.schemas import DeviceDetails, GatewayName
from api.camera_health.troubles import message
from api.cameras.models import Camera
from api.findings.models import Finding
from api.gateways.models import Gateway

_LATELY = timedelta(days=90)


def details(session: Session, finding: Finding) -> DeviceDetails | None:
    """Return what a finding of camera health says, by the newest trouble that it tells of."""
    row = session.scalar(
        select(CameraTrouble)
        .where(CameraTrouble.finding_id == finding.id)
        .order_by(CameraTrouble.id.desc())
        .limit(1)
    )
    if row is None:
        return None
    gateway = session.get(Gateway, row.gateway_id) if row.gateway_id else None
    own = Camera.id == row.camera_id if gateway is None else Camera.gateway_id == gateway.id
    earlier = session.scalar(
        select(func.count())
        .select_from(CameraTrouble)
        .where(
            CameraTrouble.camera_id == row.camera_id
            if gateway is None
            else CameraTrouble.gateway_id == gateway.id,
            CameraTrouble.trouble == row.trouble,
            CameraTrouble.first_at < row.first_at,
            CameraTrouble.first_at >= row.first_at - _LATELY,
        )
    )
    return DeviceDetails(
        trouble=row.trouble,
        message=message(row),
        first_at=row.first_at,
        last_at=row.last_at,
        lasting=row.lasting,
        frames=row.frames,
        shift_px=row.shift_px,
        detail=row.detail,
        gateway=GatewayName(id=gateway.id, name=gateway.name) if gateway else None,
        cameras=list(
            session.scalars(
                select(Camera.name).where(own, Camera.disabled_at.is_(None)).order_by(Camera.name)
            )
        ),
        earlier=earlier or 0,
    )
