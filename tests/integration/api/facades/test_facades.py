"""What a camera sees of a building: set, shown, taken away, and by whom."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from api.audit.models import AuditRecord
from api.cameras.models import Camera, CameraKind
from api.database import Database
from api.facades.service import view_of
from tests.conftest import GatewayToken, MakeCamera, SignIn, sqlite_only

FACADE: dict[str, Any] = {
    "picture": {"width": 1280, "height": 720},
    "region": [[200, 20], [1000, 30], [1100, 719], [150, 719]],
    "grid": {
        "corners": [[220, 40], [980, 50], [1050, 700], [170, 690]],
        "floors": 12,
        "columns": 5,
    },
}


@pytest.fixture
def camera(make_camera: MakeCamera) -> Camera:
    return make_camera(kind=CameraKind.COMMUNITY)


def path(camera: Camera) -> str:
    return f"/v1/cameras/{camera.id}/facade"


def test_a_facade_is_set_used_changed_and_taken_away(
    camera: Camera, sign_in: SignIn, database: Database
) -> None:
    admin = sign_in("admin")
    assert admin.get(path(camera)).json()["type"] == "urn:xunjian:problem:facade-not-found"
    set_ = admin.put(path(camera), json=FACADE)
    assert set_.status_code == 200, set_.text
    assert FACADE.items() <= admin.get(path(camera)).json().items()
    with database.read() as session:
        view = view_of(session, camera.id)
    assert view is not None
    assert view.grid is not None
    assert 11 < view.grid.cell(600, 60)[0] < 12
    assert view.at_size(640, 360).region == ((100, 10), (500, 15), (550, 359.5), (75, 359.5))
    admin.put(path(camera), json=FACADE)  # changes nothing
    admin.put(path(camera), json={**FACADE, "region": None})
    assert admin.delete(path(camera)).status_code == 204
    assert admin.delete(path(camera)).status_code == 404
    with database.read() as session:
        assert view_of(session, camera.id) is None
        records = session.scalars(
            select(AuditRecord)
            .where(AuditRecord.object_id == camera.id, AuditRecord.action.like("facade.%"))
            .order_by(AuditRecord.id)
        ).all()
    assert [record.action for record in records] == ["facade.set", "facade.set", "facade.remove"]
    assert records[1].before == {"region": FACADE["region"]}
    assert records[2].before is not None
    assert records[2].before["floors"] == 12


@sqlite_only
@pytest.mark.parametrize(
    ("changed", "code", "said"),
    [
        ({"grid": {**FACADE["grid"], "floors": 0}}, "validation", ""),
        ({"picture": {"width": 0, "height": 720}}, "validation", ""),
        ({"region": [[0, 0], [5000, 0], [600, 700]]}, "facade-invalid", "outside the picture"),
        ({"region": None, "grid": None}, "facade-invalid", "give a region, a grid, or both"),
    ],
)
def test_what_cannot_be_right_is_refused_and_changes_nothing(
    camera: Camera, sign_in: SignIn, changed: dict[str, Any], code: str, said: str
) -> None:
    admin = sign_in("admin")
    admin.put(path(camera), json=FACADE).raise_for_status()
    before = admin.get(path(camera)).json()
    refused = admin.put(path(camera), json={**FACADE, **changed})
    assert refused.status_code == 422
    assert code in refused.json()["type"] or refused.json()["errors"]
    assert said in refused.json()["detail"]
    assert admin.get(path(camera)).json() == before


@sqlite_only
def test_a_camera_that_moves_has_no_facade(make_camera: MakeCamera, sign_in: SignIn) -> None:
    refused = sign_in("admin").put(path(make_camera()), json=FACADE)
    assert refused.json()["type"] == "urn:xunjian:problem:camera-moves"


@sqlite_only
def test_own_and_foreign_cameras(
    camera: Camera,
    base_url: str,
    sign_in: SignIn,
    make_camera: MakeCamera,
    make_gateway_token: Callable[[], GatewayToken],
) -> None:
    gateway = make_gateway_token()
    own = make_camera(gateway=gateway.gateway, kind=CameraKind.CHECKPOINT)
    sign_in("admin").put(path(own), json=FACADE).raise_for_status()
    sign_in("admin").put(path(camera), json=FACADE).raise_for_status()
    with httpx.Client(base_url=base_url, headers=gateway.headers) as machine:
        assert machine.get(path(own)).status_code == 200
        assert machine.get(path(camera)).status_code == 404
        assert machine.put(path(own), json=FACADE).status_code == 403
    assert sign_in("operator", camera_ids=[own.id]).get(path(own)).status_code == 200
    assert sign_in("operator", camera_ids=[own.id]).get(path(camera)).status_code == 404
