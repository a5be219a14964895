"""Cameras: made, changed, found."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.audit import service as audit
from api.cameras.models import Camera, CameraKind
from api.database import now
from api.errors import Conflict, NotFound, Unprocessable
from api.gateways import service as gateways
from api.principal import Principal
from inference.inspections import INSPECTIONS


def create_camera(
    session: Session,
    *,
    name: str,
    kind: CameraKind,
    gateway_id: str,
    inspections: Collection[str],
    calibration: dict[str, Any] | None = None,
    latitude: float | None = None,
    longitude: float | None = None,
    heading_deg: float | None = None,
    actor: str,
) -> Camera:
    """Make a camera of a gateway.

    Args:
        session: the open transaction.
        name: unique among all cameras.
        kind: where it stands or rides.
        gateway_id: the gateway that posts its frames.
        inspections: what its frames are inspected for.
        calibration: height_m, pitch_deg (down positive), hfov_deg and their uncertainties.
        latitude: degrees, WGS-84, of a fixed camera.
        longitude: degrees, WGS-84, of a fixed camera.
        heading_deg: degrees clockwise from true north, of a fixed camera.
        actor: who makes it, for the audit record.

    Raises:
        NotFound: when there is no such gateway.
        Unprocessable: when an inspection is unknown.
        Conflict: when the name is taken.
    """
    gateways.get_gateway(session, gateway_id)
    camera = Camera(
        name=name,
        kind=kind,
        gateway_id=gateway_id,
        inspections=_known_inspections(inspections),
        calibration=calibration or {},
        latitude=latitude,
        longitude=longitude,
        heading_deg=heading_deg,
    )
    session.add(camera)
    _flush_name(session, name)
    audit.record(
        session,
        actor=actor,
        action="camera.create",
        object_type="camera",
        object_id=camera.id,
        after={"name": name, "kind": kind.value, "gateway_id": gateway_id},
    )
    return camera


def update_camera(
    session: Session, *, camera_id: str, values: dict[str, Any], actor: str
) -> Camera:
    """Change a camera.

    Args:
        session: the open transaction.
        camera_id: which.
        values: any of name, inspections, calibration, thresholds, latitude, longitude,
            heading_deg, quiet_floor_minutes, quiet_ceiling_minutes, disabled (bool).
        actor: who changes it.

    Raises:
        NotFound: when there is no such camera.
        Unprocessable: when an inspection is unknown.
        Conflict: when the new name is taken.
    """
    camera = get_camera(session, camera_id)
    if "inspections" in values:
        values["inspections"] = _known_inspections(values["inspections"])
    disabled = values.pop("disabled", None)
    before, after = audit.changes(camera, values)
    _flush_name(session, camera.name)
    if disabled is not None and disabled != (camera.disabled_at is not None):
        camera.disabled_at = now() if disabled else None
        before["disabled"], after["disabled"] = not disabled, disabled
    if after:
        audit.record(
            session,
            actor=actor,
            action="camera.update",
            object_type="camera",
            object_id=camera.id,
            before=before,
            after=after,
        )
    return camera


def get_camera(session: Session, camera_id: str) -> Camera:
    """Return a camera.

    Raises:
        NotFound: when there is none with this id.
    """
    camera = session.get(Camera, camera_id)
    if camera is None:
        raise NotFound("There is no camera with this id.", code="camera-not-found")
    return camera


def find_camera(session: Session, name: str) -> Camera:
    """Return the camera of a name.

    Raises:
        NotFound: when there is none with this name.
    """
    camera = session.scalars(select(Camera).where(Camera.name == name)).one_or_none()
    if camera is None:
        raise NotFound(f"There is no camera {name!r}.", code="camera-not-found")
    return camera


def visible_camera(session: Session, camera_id: str, principal: Principal) -> Camera:
    """Return a camera that somebody may see.

    Raises:
        NotFound: there is none with this id, or it may not be seen.
    """
    camera = get_camera(session, camera_id)
    if not principal.may_see(camera.id):
        raise NotFound("There is no camera with this id.", code="camera-not-found")
    return camera


def cameras(
    session: Session,
    *,
    limit: int,
    after_id: str | None = None,
    visible: Collection[str] | None = None,
) -> Sequence[Camera]:
    """Return cameras, oldest first, one more than `limit` if there are more.

    Args:
        session: the open transaction.
        limit: the items of a page.
        after_id: the id that the page begins after.
        visible: the ids of the cameras that may be seen; None means every camera.
    """
    query = select(Camera).where(Camera.id > (after_id or "")).order_by(Camera.id).limit(limit + 1)
    if visible is not None:
        query = query.where(Camera.id.in_(visible))
    return session.scalars(query).all()


def _flush_name(session: Session, name: str) -> None:
    try:
        session.flush()
    except IntegrityError:
        raise Conflict(f"There is a camera {name!r} already.", code="name-taken") from None


def _known_inspections(names: Collection[str]) -> list[str]:
    if unknown := sorted(set(names) - INSPECTIONS.keys()):
        raise Unprocessable(
            f"There is no inspection {', '.join(unknown)}; there are: {', '.join(INSPECTIONS)}.",
            code="inspection-not-found",
        )
    return sorted(set(names))
