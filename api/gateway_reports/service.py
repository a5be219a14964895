"""Reports of gateways: the newest is kept, and what it tells of losses is remembered."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.cameras.models import Camera
from api.database import now
from api.gateway_reports.models import GatewayReport
from api.gateway_reports.schemas import QueueView, ReportedCamera, ReportPost, ReportView
from api.gateways.models import Gateway

OVERDUE_AFTER = timedelta(minutes=10)
"""A gateway that reports does so every minute."""

LOSING_FOR = timedelta(hours=1)
"""A gateway is held to lose pictures until so long after its last loss."""


def take(session: Session, *, gateway_id: str, report: ReportPost) -> GatewayReport:
    """Let a report take the place of the gateway's last one.

    Args:
        session: the open transaction.
        gateway_id: whose.
        report: what it says; cameras that are not its own are left out.
    """
    at = now()
    # One report at a time; frames of the gateway need not wait.
    session.get_one(Gateway, gateway_id, with_for_update={"key_share": True})
    cameras = _by_id(session, gateway_id, report)
    row = session.get(GatewayReport, gateway_id, populate_existing=True)
    known = None if row is None else row.dropped + row.damaged
    if row is None:
        row = GatewayReport(gateway_id=gateway_id)
        session.add(row)
    queue = report.queue
    if known is not None and queue.dropped + queue.damaged > known:
        if not is_losing(row, at):
            row.lost_since = at
        row.lost_at = at
    row.at, row.received_at = report.at, at
    row.version, row.clock_offset_ms = report.version, report.clock_offset_ms
    row.waiting_alerts, row.waiting_backfill = queue.waiting_alerts, queue.waiting_backfill
    row.queue_bytes, row.oldest_captured_at = queue.bytes, queue.oldest_captured_at
    row.dropped, row.refused, row.damaged = queue.dropped, queue.refused, queue.damaged
    row.cameras = cameras
    session.flush()
    return row


def _by_id(session: Session, gateway_id: str, report: ReportPost) -> dict[str, dict[str, Any]]:
    ids: dict[str, str] = {}
    for camera_id, name in session.execute(
        select(Camera.id, Camera.name).where(Camera.gateway_id == gateway_id)
    ):
        ids |= {name: camera_id, camera_id: camera_id}
    return {
        ids[one.camera]: one.model_dump(mode="json", exclude={"camera"})
        for one in report.cameras
        if one.camera in ids
    }


def is_losing(report: GatewayReport, at: datetime) -> bool:
    """Say whether a gateway has lost pictures lately."""
    return report.lost_at is not None and at - report.lost_at <= LOSING_FOR


def is_overdue(report: GatewayReport, at: datetime) -> bool:
    """Say whether a gateway that reported has stopped doing so."""
    return at - report.received_at > OVERDUE_AFTER


def views(
    session: Session,
    *,
    limit: int,
    after_id: str | None = None,
    visible: Collection[str] | None = None,
) -> list[ReportView]:
    """Return the newest report of each gateway, oldest gateway first, one more than `limit`.

    Args:
        session: the open transaction.
        limit: the items of a page.
        after_id: the gateway that the page begins after.
        visible: the ids of the cameras that may be seen, and gateways only with one of them; None
            means every camera and gateway.
    """
    query = (
        select(GatewayReport, Gateway.name)
        .join(Gateway, Gateway.id == GatewayReport.gateway_id)
        .where(Gateway.disabled_at.is_(None), Gateway.id > (after_id or ""))
        .order_by(Gateway.id)
        .limit(limit + 1)
    )
    if visible is not None:
        query = query.where(Gateway.id.in_(select(Camera.gateway_id).where(Camera.id.in_(visible))))
    rows = session.execute(query).all()
    cameras = session.scalars(
        select(Camera)
        .where(Camera.gateway_id.in_([report.gateway_id for report, _ in rows]))
        .order_by(Camera.name)
    ).all()
    at = now()
    return [
        _view(
            report,
            name,
            [one for one in cameras if visible is None or one.id in visible],
            at,
        )
        for report, name in rows
    ]


def _view(report: GatewayReport, name: str, cameras: Sequence[Camera], at: datetime) -> ReportView:
    return ReportView(
        gateway_id=report.gateway_id,
        gateway_name=name,
        at=report.at,
        received_at=report.received_at,
        version=report.version,
        clock_offset_ms=report.clock_offset_ms,
        queue=QueueView(
            waiting_alerts=report.waiting_alerts,
            waiting_backfill=report.waiting_backfill,
            bytes=report.queue_bytes,
            oldest_captured_at=report.oldest_captured_at,
            dropped=report.dropped,
            refused=report.refused,
            damaged=report.damaged,
        ),
        lost_since=report.lost_since if is_losing(report, at) else None,
        overdue=is_overdue(report, at),
        cameras=[
            ReportedCamera(camera_id=one.id, name=one.name, **report.cameras[one.id])
            for one in cameras
            if one.id in report.cameras
        ],
    )
