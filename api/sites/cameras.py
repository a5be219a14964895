"""Which cameras watch a site."""

from sqlalchemy.orm import Session

from api.cameras.models import Camera
from api.errors import Conflict, NotFound
from api.principal import Principal

INSPECTION = "illegal_building"


def watches(camera: Camera) -> bool:
    """Say whether a camera's frames are looked at for illegal building."""
    return INSPECTION in camera.inspections


def site_camera(session: Session, camera_id: str, principal: Principal) -> Camera:
    """Return a camera that watches a site.

    Raises:
        NotFound: there is no such camera, or it may not be seen.
        Conflict: the camera does not inspect for illegal building.
    """
    camera = session.get(Camera, camera_id)
    if camera is None or not principal.may_see(camera.id):
        raise NotFound("There is no camera with this id.", code="camera-not-found")
    if not watches(camera):
        raise Conflict(
            f"The camera is not inspected for {INSPECTION}; an administrator can add it to the "
            "camera's inspections.",
            code="camera-watches-no-site",
        )
    return camera
