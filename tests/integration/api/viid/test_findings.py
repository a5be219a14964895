"""A checkpoint's device pushes a picture, and a person reads the plate of what was found."""

from datetime import UTC, datetime, timedelta

import httpx
from fastapi import FastAPI
from sqlalchemy import select

from api.database import Database
from api.external_detections.models import ExternalDetectionRow
from datasets.synthesis.checkpoint import golden_frame
from tests.conftest import SignIn, sqlite_only
from tests.integration.api.passages.gate import Gate
from tests.integration.api.viid.conftest import GATE, Comes
from tests.viid_device import codes_of, motor_vehicle, sub_image

SHOT = datetime(2026, 11, 16, 2, 0, tzinfo=UTC)


def wait_until_ready(client: httpx.Client) -> None:
    for _ in range(100):
        if client.get("/readyz", timeout=30).status_code == 200:
            return
    raise AssertionError(client.get("/readyz").text)


@sqlite_only
def test_a_pushed_picture_becomes_a_finding(
    comes: Comes, app: FastAPI, database: Database, client: httpx.Client, sign_in: SignIn
) -> None:
    """The models that ship look at the picture; what they and the device read, both count."""
    frame = golden_frame()
    listed = next(one for one in frame.truth if one.class_name == "plate" and one.color == "blue")
    assert listed.text is not None
    gate = Gate(database, app.state.services.plates)
    gate.department()
    gate.register("名单", listed.text)
    gate.load(gate.rule(when={"type": "register", "register": "名单"}))
    device = comes(GATE, gate.camera())
    device.register().raise_for_status()
    wait_until_ready(client)
    x1, y1, x2, y2 = listed.box
    width, height = x2 - x1, y2 - y1
    box = {
        "LeftTopX": int(x1 - width),
        "LeftTopY": int(y1 - 5 * height),
        "RightBtmX": int(x2 + width),
        "RightBtmY": int(y2 + height),
    }
    vehicles = [
        motor_vehicle(
            [sub_image(frame.picture.jpeg, SHOT + timedelta(seconds=n), device_id=GATE, number=n)],
            device_id=GATE,
            number=n,
            PlateNo=listed.text,
            PlateColor="5",
            VehicleClass="K33",
            **box,
        )
        for n in range(3)
    ]
    assert codes_of(device.push_vehicles(*vehicles)) == [0, 0, 0]

    (finding,) = gate.findings()
    operator = sign_in("operator")
    told = operator.get(f"/v1/findings/{finding.id}").json()
    assert (told["class"], told["details"]["register_entry"]["name"]) == ("listed", "名单")
    assert listed.text not in operator.get(f"/v1/findings/{finding.id}").text
    assert operator.get(told["picture"]["annotated_url"]).status_code == 200
    read = operator.post(
        f"/v1/findings/{finding.id}/plate", json={"purpose": "compare with the register"}
    ).json()
    assert (read["text"], read["by_device"]) == (listed.text, [listed.text])
    with database.read() as session:
        kept = session.scalars(select(ExternalDetectionRow)).all()
    assert [one.class_name for one in kept] == ["car"] * 3

    assert codes_of(device.push_vehicles(*vehicles)) == [0, 0, 0]  # and again: nothing changes
    assert len(gate.findings()) == 1
