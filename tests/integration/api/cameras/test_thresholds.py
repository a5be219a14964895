"""How sure a camera must be before a person is asked: set, in force, and tried on last week."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from itertools import count

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from api.audit.models import AuditRecord
from api.cameras.models import Camera
from api.database import Database, now
from api.findings.models import Look
from benchmarks.load import unlike
from tests.conftest import GatewayToken, MakeCamera, SignIn, sqlite_only

_numbers = count()


@dataclass
class Bus:
    """A bus that sees the same road wherever it drives."""

    client: httpx.Client
    token: GatewayToken
    camera: Camera
    picture: bytes

    @property
    def path(self) -> str:
        return f"/v1/cameras/{self.camera.id}"

    def drive(self) -> list[str]:
        """Post a frame of a place where nobody was before; return the findings of it."""
        number = next(_numbers)
        answer = self.client.post(
            "/v1/frames",
            content=b"".join(unlike(self.picture, number)),
            headers={
                **self.token.headers,
                "Content-Type": "image/jpeg",
                "Idempotency-Key": str(number),
                "Xunjian-Camera": self.camera.id,
                "Xunjian-Captured-At": (now() - timedelta(hours=number)).isoformat(),
                "Xunjian-Latitude": str(30.2 + number / 100),
                "Xunjian-Longitude": "120.1",
                "Xunjian-Heading": "90",
                "Xunjian-Gps-Accuracy": "3",
            },
        )
        assert answer.is_success, answer.text
        return [one["id"] for one in answer.json()["findings"]]


@pytest.fixture
def bus(
    app: FastAPI,
    client: httpx.Client,
    make_camera: MakeCamera,
    make_gateway_token: Callable[[], GatewayToken],
    rendered_road_jpeg: bytes,
) -> Bus:
    assert app.state.services.inspector.check() is None
    token = make_gateway_token()
    return Bus(client, token, make_camera(gateway=token.gateway), rendered_road_jpeg)


def states(client: httpx.Client, finding_ids: list[str]) -> set[str]:
    return {client.get(f"/v1/findings/{one}").json()["state"] for one in finding_ids}


def test_nobody_is_asked_of_what_is_below_the_cameras_threshold(
    bus: Bus, sign_in: SignIn, database: Database
) -> None:
    admin, operator = sign_in("admin"), sign_in("operator")
    before = bus.drive()
    assert states(admin, before) == {"pending_review"}
    classes = admin.get(f"{bus.path}/thresholds").json()
    assert {one["class"]: (one["model_threshold"], one["threshold"]) for one in classes} == {
        "crack": (0.2, None),
        "pothole": (0.2, None),
    }

    # Between the findings of the drive, so that some are kept and some are lost.
    with database.read() as session:
        scores = sorted(set(session.scalars(select(Look.score))))
    assert len(scores) > 1
    rejected = operator.post(
        f"/v1/findings/{before[0]}/review", json={"verdict": "reject", "reason": "not_a_problem"}
    )
    assert rejected.is_success
    wanted = {"crack": scores[-1], "pothole": scores[-1]}
    body = {"thresholds": wanted}
    (crack, pothole) = operator.post(f"{bus.path}/threshold-preview", json=body).json()["items"]
    tallies = [one[part] for one in (crack, pothole) for part in ("kept", "lost", "gained")]
    assert sum(sum(tally.values()) for tally in tallies) == len(before)
    assert sum(tally["rejected"] for tally in tallies) == 1
    assert sum(crack["kept"].values()) + sum(pothole["kept"].values()) == 1
    assert crack["gained"] == pothole["gained"]
    assert states(admin, before) == {"pending_review", "rejected"}, "a preview changes nothing"

    assert operator.patch(bus.path, json=body).status_code == 403
    assert admin.patch(bus.path, json=body).json()["thresholds"] == wanted
    assert admin.get(f"{bus.path}/thresholds").json()[0]["threshold"] == scores[-1]
    after = bus.drive()
    assert states(admin, after) == {"pending_review", "candidate"}
    queue = operator.get("/v1/findings", params={"state": "pending_review"}).json()["items"]
    assert len({one["id"] for one in queue} & set(after)) == 1

    # What was not asked would be with the model's own thresholds.
    body = {"thresholds": {"crack": 0.2, "pothole": 0.2}}
    tried = operator.post(f"{bus.path}/threshold-preview", json=body).json()["items"]
    assert sum(sum(one["gained"].values()) for one in tried) == len(after) - 1
    assert sum(sum(one["lost"].values()) for one in tried) == 0
    with database.read() as session:
        record = session.scalar(
            select(AuditRecord).where(AuditRecord.action == "camera.update").limit(1)
        )
    assert record is not None
    assert (record.before, record.after) == ({"thresholds": {}}, {"thresholds": wanted})


@sqlite_only
@pytest.mark.parametrize(
    ("thresholds", "code"),
    [
        ({"pothole": 0.1}, "threshold-too-low"),
        ({"ghost": 0.5}, "class-not-found"),
        ({"pothole": 1.5}, "invalid-request"),
    ],
)
def test_thresholds_that_mean_nothing_are_refused(
    bus: Bus, sign_in: SignIn, thresholds: dict[str, float], code: str
) -> None:
    admin = sign_in("admin")
    for method, path in (("PATCH", bus.path), ("POST", f"{bus.path}/threshold-preview")):
        refused = admin.request(method, path, json={"thresholds": thresholds})
        assert refused.status_code == 422
        assert code in refused.json()["type"]
    assert admin.get(bus.path).json()["thresholds"] == {}
