"""Facades: set, shown, taken away, and handed to whoever inspects the camera's clips."""

from sqlalchemy.orm import Session

from api.audit import service as audit
from api.cameras import service as cameras
from api.cameras.models import CameraKind
from api.errors import NotFound, Unprocessable
from api.facades.geometry import view_from
from api.facades.models import Facade
from api.facades.schemas import FacadeBody, FacadeGrid, FacadeView, PictureSize
from api.principal import Principal
from inference.falling.view import View

_COLUMNS = ("width", "height", "region", "corners", "floors", "columns")


def set_facade(session: Session, *, camera_id: str, body: FacadeBody, actor: str) -> Facade:
    """Say what a fixed camera sees of a building; what was said before is in the audit record.

    Falls that were found before keep the floor that they were given.

    Args:
        session: the open transaction.
        camera_id: which camera.
        body: the building.
        actor: who says so.

    Raises:
        NotFound: there is no such camera.
        Unprocessable: the camera moves, or region or grid cannot be right.
    """
    camera = cameras.get_camera(session, camera_id)
    if camera.kind is CameraKind.BUS:
        raise Unprocessable(
            "A camera on a bus sees another building every second: facades are of fixed cameras.",
            code="camera-moves",
        )
    try:
        view_from(body)
    except ValueError as error:
        raise Unprocessable(f"The facade cannot be used: {error}.", code="facade-invalid") from None
    facade = session.get(Facade, camera_id)
    if facade is None:
        facade = Facade(camera_id=camera_id)
        session.add(facade)
    region, grid = body.region, body.grid
    before, after = audit.changes(
        facade,
        {
            "width": body.picture.width,
            "height": body.picture.height,
            "region": [list(point) for point in region] if region is not None else None,
            "corners": [list(point) for point in grid.corners] if grid is not None else None,
            "floors": grid.floors if grid is not None else None,
            "columns": grid.columns if grid is not None else None,
        },
    )
    if after:
        audit.record(
            session,
            actor=actor,
            action="facade.set",
            object_type="camera",
            object_id=camera_id,
            before=before,
            after=after,
        )
    session.flush()
    return facade


def remove_facade(session: Session, *, camera_id: str, actor: str) -> None:
    """Take a facade away: falls are looked for in the whole picture then, without floors.

    Raises:
        NotFound: the camera has none.
    """
    facade = _facade(session, camera_id)
    audit.record(
        session,
        actor=actor,
        action="facade.remove",
        object_type="camera",
        object_id=camera_id,
        before={name: getattr(facade, name) for name in _COLUMNS},
    )
    session.delete(facade)


def read_facade(session: Session, *, camera_id: str, principal: Principal) -> FacadeView:
    """Return the facade of a camera.

    Raises:
        NotFound: there is no such camera, it may not be seen, or it has none.
    """
    if not principal.may_see(cameras.get_camera(session, camera_id).id):
        raise NotFound("There is no camera with this id.", code="camera-not-found")
    return shown(_facade(session, camera_id))


def view_of(session: Session, camera_id: str) -> View | None:
    """Return what a camera sees of a building, None where nobody has said."""
    facade = session.get(Facade, camera_id)
    return None if facade is None else view_from(shown(facade))


def shown(facade: Facade) -> FacadeView:
    """Return a facade as it goes over the wire."""
    return FacadeView(
        picture=PictureSize(width=facade.width, height=facade.height),
        region=facade.region,
        grid=FacadeGrid(corners=facade.corners, floors=facade.floors, columns=facade.columns)
        if facade.corners is not None
        else None,
        updated_at=facade.updated_at,
    )


def _facade(session: Session, camera_id: str) -> Facade:
    facade = session.get(Facade, camera_id)
    if facade is None:
        raise NotFound("Nobody has said what building this camera sees.", code="facade-not-found")
    return facade
