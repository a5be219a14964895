"""Cameras put together for those who look at them: last heard of, newest picture, health."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ScalarSelect, select
from sqlalchemy.orm import Session

from api.camera_health.models import CameraTrouble
from api.cameras.models import Camera, CameraPicture, GoldenPicture
from api.cameras.schemas import CameraHealth, CameraView, Golden, Newest
from api.clips.models import Clip
from api.frames.models import Frame
from api.gateways.models import Gateway


def views(session: Session, cameras: Sequence[Camera]) -> list[CameraView]:
    """Return cameras as they go over the wire, in their order."""
    ids = [camera.id for camera in cameras]
    gateways = {
        row.id: row.name
        for row in session.scalars(
            select(Gateway).where(Gateway.id.in_({camera.gateway_id for camera in cameras}))
        )
    }
    pictures = {
        row.camera_id: row
        for row in session.scalars(select(CameraPicture).where(CameraPicture.camera_id.in_(ids)))
    }
    goldens = {
        row.camera_id: row
        for row in session.scalars(select(GoldenPicture).where(GoldenPicture.camera_id.in_(ids)))
    }
    troubles = _troubles(session, cameras)
    heard = last_heard(session, ids)
    return [
        CameraView(
            **{
                name: getattr(camera, name)
                for name in CameraView.model_fields
                if hasattr(Camera, name)
            },
            gateway_name=gateways[camera.gateway_id],
            last_heard_at=heard[camera.id],
            picture=_newest(pictures.get(camera.id)),
            golden=_golden(goldens.get(camera.id)),
            health=_health(camera, heard[camera.id], troubles.get(camera.id)),
        )
        for camera in cameras
    ]


def _troubles(session: Session, cameras: Sequence[Camera]) -> dict[str, CameraTrouble]:
    """Return what is wrong with cameras by their ids: silence before all, then what is newest.

    What is wrong with a whole gateway counts for a camera that has no trouble of its own.
    """
    rows = session.scalars(
        select(CameraTrouble)
        .where(
            CameraTrouble.lasting,
            CameraTrouble.camera_id.in_([camera.id for camera in cameras])
            | CameraTrouble.gateway_id.in_({camera.gateway_id for camera in cameras}),
        )
        .order_by(CameraTrouble.trouble == "silent", CameraTrouble.first_at, CameraTrouble.id)
    ).all()
    of_gateways = {row.gateway_id: row for row in rows if row.gateway_id}
    own = {row.camera_id: row for row in rows if row.camera_id}
    found = {
        camera.id: own.get(camera.id, of_gateways.get(camera.gateway_id)) for camera in cameras
    }
    return {camera_id: row for camera_id, row in found.items() if row is not None}


def last_heard(session: Session, camera_ids: Sequence[str]) -> dict[str, datetime | None]:
    """Return when the newest frame or clip of each camera came, None where there was none."""
    rows = session.execute(
        select(Camera.id, _newest_frame_at(), _newest_clip_at()).where(Camera.id.in_(camera_ids))
    )
    return {
        camera_id: max((at for at in times if at is not None), default=None)
        for camera_id, *times in rows
    }


def _newest_frame_at() -> ScalarSelect[datetime]:
    return (
        select(Frame.received_at)
        .where(Frame.camera_id == Camera.id)
        .order_by(Frame.captured_at.desc())
        .limit(1)
        .scalar_subquery()
    )


def _newest_clip_at() -> ScalarSelect[datetime]:
    return (
        select(Clip.created_at)
        .where(Clip.camera_id == Camera.id)
        .order_by(Clip.captured_at.desc())
        .limit(1)
        .scalar_subquery()
    )


def _newest(picture: CameraPicture | None) -> Newest | None:
    if picture is None:
        return None
    return Newest(
        url=f"/v1/cameras/{picture.camera_id}/picture?at={picture.captured_at:%Y%m%dT%H%M%S%fZ}",
        captured_at=picture.captured_at,
        width=picture.width,
        height=picture.height,
    )


def _golden(golden: GoldenPicture | None) -> Golden | None:
    return None if golden is None else Golden.model_validate(golden)


def _health(
    camera: Camera, heard_at: datetime | None, trouble: CameraTrouble | None
) -> CameraHealth:
    if camera.disabled_at is not None:
        return CameraHealth(state="disabled", since=camera.disabled_at)
    if trouble is not None:
        return CameraHealth(
            state=trouble.trouble,
            since=trouble.first_at,
            detail=trouble.detail or None,
            finding_id=trouble.finding_id,
        )
    if heard_at is None:
        return CameraHealth(state="new", since=camera.created_at)
    return CameraHealth(state="well", since=None)
