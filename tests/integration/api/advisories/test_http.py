"""A field over HTTP: pictures come in, a threshold is crossed, the station hears of it."""

import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from fastapi import FastAPI
from PIL import Image
from sqlalchemy import select

from api.cameras.models import Camera
from api.coverage.models import Coverage
from api.database import Database
from api.dispatch.models import OutboxMessage
from inference.decode import Picture
from inference.detections import Detections
from inference.inspections import Kind, PictureInspection
from models.descriptions import ModelClass
from models.registry import Model
from tests.conftest import GatewayToken, MakeCamera, SignIn
from tests.integration.api.plots.field import at

CLASSES = ("leaf_folder", "stem_borer")
SECRET = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="


class FakePests(PictureInspection):
    """The inspection of pests without its models: it sees what it is told to."""

    name = "crop_pest"
    kind = Kind.AREA
    model_names = ("rice_pests",)

    def __init__(self) -> None:
        super().__init__({})
        self.sees = 0

    def check_golden(self) -> None:
        """Trust it."""

    @property
    def models(self) -> tuple[Model, ...]:
        """A model without a file."""
        classes = tuple(
            ModelClass(name=name, label_zh=name, label_en=name, group=name, threshold=0.5)
            for name in CLASSES
        )
        return (Model("rice_pests", "0.0.0", "fp32", Path(), "e" * 64, Path(), 640, classes),)

    @property
    def input_size(self) -> int:
        """As much as there is."""
        return 1280

    def inspect(self, picture: Picture) -> Detections:
        """Return as many leaf folders as it is told to see."""
        return Detections(
            boxes=np.array([[n, n, n + 9, n + 9] for n in range(self.sees)], np.float32).reshape(
                -1, 4
            ),
            scores=np.full(self.sees, 0.8, np.float32),
            class_ids=np.zeros(self.sees, np.int64),
            class_names=CLASSES,
        )


@pytest.fixture
def picture() -> bytes:
    """Give a sharp picture of green noise."""
    noise = np.random.default_rng(5).integers(0, 120, (240, 320, 3), np.uint8)
    noise[..., 1] += 120
    file = io.BytesIO()
    Image.fromarray(noise).save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def camera(
    database: Database,
    make_gateway_token: Callable[[], GatewayToken],
    make_camera: MakeCamera,
) -> tuple[Camera, GatewayToken]:
    """Give a camera that looks for pests, and its gateway."""
    token = make_gateway_token()
    camera = make_camera(gateway=token.gateway)
    with database.write() as session:
        row = session.get_one(Camera, camera.id)
        row.inspections = ["crop_pest"]
        return row, token


@pytest.fixture
def post(
    client: httpx.Client, app: FastAPI, camera: tuple[Camera, GatewayToken], picture: bytes
) -> Callable[..., dict[str, Any]]:
    """Give a function that posts a picture with so many leaf folders."""
    inspector = app.state.services.inspector
    assert inspector.check() is None
    pests = inspector.inspections["crop_pest"] = FakePests()

    def send(day: int, count: int) -> dict[str, Any]:
        pests.sees = count
        answer = client.post(
            "/v1/frames",
            content=picture + str(day).encode(),  # no frame has another's very same picture
            headers={
                **camera[1].headers,
                "Content-Type": "image/png",
                "Idempotency-Key": f"day {day}",
                "Xunjian-Camera": camera[0].id,
                "Xunjian-Captured-At": at(day).isoformat(),
            },
        )
        assert answer.status_code == 200, answer.text
        reply: dict[str, Any] = answer.json()
        return reply

    return send


def test_from_pictures_to_the_station(
    post: Callable[..., dict[str, Any]],
    camera: tuple[Camera, GatewayToken],
    sign_in: SignIn,
    database: Database,
) -> None:
    operator = sign_in("operator")
    plot = operator.post(
        "/v1/plots",
        json={
            "name": "东升村3号田",
            "area_ha": 0.5,
            "latitude": 30.27,
            "longitude": 120.15,
            "hills_per_m2": 20,
        },
    ).json()
    path = f"/v1/plots/{plot['id']}"
    view = {"camera_id": camera[0].id, "kind": "close", "ground_m2": 0.5}
    since = (at(0) - timedelta(days=9)).isoformat()
    assert operator.post(f"{path}/views", json=view | {"since": since}).status_code == 201
    operator.put(f"{path}/stages/2026-06-01", json={"stage": "booting"})

    assert post(0, 6)["findings"] == post(1, 0)["findings"] == []
    reply = post(2, 10)
    assert [(one["class"], one["state"], one["new"]) for one in reply["findings"]] == [
        ("leaf_folder", "pending_review", True)
    ]
    assert {one["finding_id"] for one in reply["detections"]} == {reply["findings"][0]["id"]}
    assert post(2, 10) == {**reply, "duplicate": True}

    finding_id = reply["findings"][0]["id"]
    finding = operator.get(f"/v1/findings/{finding_id}").json()
    details = finding["details"]
    assert (finding["kind"], finding["severity"], details["inspection"]) == (
        "area",
        1,
        "crop_pest",
    )
    assert details["plot"]["name"] == "东升村3号田"
    assert (details["value"], details["threshold"]["value"], details["ratio"]) == (12, 10, 1.2)
    assert (details["stage_zh"], details["period"]) == ("孕穗期", "2026-W28")
    assert details["next"] is None
    assert len(finding["picture"]["boxes"]) == 6  # 12 per m²: the median
    drawn = operator.get(finding["picture"]["annotated_url"])
    assert drawn.headers["content-type"] == "image/jpeg"

    green = operator.get(
        f"{path}/greenness", params={"from": "2026-07-06", "to": "2026-07-06"}
    ).json()["points"]
    assert green[0]["excess_green"] > 0.3
    with database.read() as session:
        assert len(session.scalars(select(Coverage)).all()) == 3

    admin = sign_in("admin")
    station = {"name": "植保站", "kind": "webhook", "url": "http://127.0.0.1:9/hook"}
    made = admin.post(
        "/v1/destinations", json=station | {"secret": SECRET, "classes": ["leaf_folder"]}
    )
    assert made.status_code == 201, made.text
    reviewed = operator.post(f"/v1/findings/{finding_id}/review", json={"verdict": "confirm"})
    case_id = reviewed.json()["case"]["id"]
    with database.read() as session:
        message = session.scalars(
            select(OutboxMessage).where(OutboxMessage.case_id == case_id)
        ).one()
    told = message.payload["finding"]["details"]
    assert (told["plot"]["name"], told["value"], told["threshold"]["published"]) == (
        "东升村3号田",
        12,
        50,
    )
    prescribed = operator.post(
        f"/v1/cases/{case_id}/prescriptions", json={"measure": "释放稻螟赤眼蜂"}
    )
    assert prescribed.json()["prescriptions"][0]["measure"] == "释放稻螟赤眼蜂"
