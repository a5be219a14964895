"""What a camera reads on plates itself: one more reading, under the same rules as ours."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from api.database import now
from api.evidence.objects import open_object_store
from api.external_detections.detection import ExternalDetection
from api.external_detections.models import ExternalDetectionRow
from api.external_detections.service import plates_of
from api.findings.states import FindingState
from api.frames.service import Answer, record
from api.passages.models import Violation
from api.passages.settling import settle
from tests.conftest import SignIn, sqlite_only
from tests.integration.api.passages.gate import Gate, Vehicle, passing
from tests.integration.api.passages.test_http import Post, picture, post  # noqa: F401

LISTED, OTHER = "京A12345", "京B99999"
BOX = (400.0, 200.0, 800.0, 500.0)


@pytest.fixture
def listed(gate: Gate) -> Gate:
    """Give a gate at which one plate is listed."""
    gate.register("名单", LISTED)
    gate.load(gate.rule(when={"type": "register", "register": "名单"}))
    return gate


def plate(text: str, **values: Any) -> ExternalDetection:
    """Return a plate that a camera has read."""
    return ExternalDetection("plate", **{"score": 0.95, "plate": text, **values})


def rows(gate: Gate) -> list[ExternalDetectionRow]:
    """Return what is kept of what cameras said."""
    with gate.database.read() as session:
        return list(session.scalars(select(ExternalDetectionRow).order_by("position")))


def said(gate: Gate, violation: Violation) -> list[str]:
    """Return what the camera said of the plate of a violation."""
    with gate.database.read() as session:
        return plates_of(session, passage_id=violation.passage_id, plates=gate.plates)


def test_a_plate_that_only_the_camera_reads_makes_a_violation(listed: Gate) -> None:
    listed.see(passing(None), external=[plate(LISTED)])
    (violation,) = listed.violations()
    assert listed.plate_of(violation) == LISTED
    assert said(listed, violation) == [LISTED]
    assert (violation.vehicle, violation.frames) == ("car", 3)


def test_a_camera_that_sees_what_we_do_not_is_believed(listed: Gate) -> None:
    listed.see([(0.0, [])], external=[plate(LISTED, box=(600.0, 400.0, 700.0, 430.0))])
    (finding,) = listed.findings()
    assert finding.state is FindingState.PENDING_REVIEW
    (violation,) = listed.violations()
    assert (violation.vehicle, said(listed, violation)) == (None, [LISTED])


def test_both_readings_of_a_plate_vote(listed: Gate) -> None:
    frames = passing("京A12346", frames=1, scores=[0.5])
    listed.see(frames, external=[plate(LISTED, score=0.9)])
    (violation,) = listed.violations()
    assert listed.plate_of(violation) == LISTED
    assert violation.confidence < 0.9  # dissent lowers it


def test_a_surer_reading_of_ours_is_not_overruled(listed: Gate) -> None:
    listed.see(passing(OTHER, frames=1, scores=[0.97]), external=[plate(LISTED, score=0.6)])
    assert listed.violations() == []
    assert {one.sealed_plate for one in rows(listed)} == {None}


def test_a_plate_belongs_to_the_vehicle_around_it(listed: Gate) -> None:
    near, far = Vehicle(box=BOX), Vehicle(kind="truck", box=(900.0, 100.0, 1260.0, 500.0))
    listed.see([(0.0, [near, far])], external=[plate(LISTED, box=(1000.0, 420.0, 1100.0, 450.0))])
    (violation,) = listed.violations()
    assert violation.vehicle == "truck"


def test_a_plate_that_we_read_too_is_one_vehicle_wherever_its_box_is(listed: Gate) -> None:
    elsewhere = (10.0, 10.0, 60.0, 30.0)
    listed.see(passing(LISTED, frames=1), external=[plate(LISTED, box=elsewhere)])
    (finding,) = listed.findings()
    assert finding.looks == 1


@pytest.mark.parametrize("said", ["", "无车牌", "unknown", "UNKNOWN", "-", "车牌"])
def test_a_camera_that_reads_nothing_says_nothing(listed: Gate, said: str) -> None:
    listed.see(passing(LISTED, frames=1), external=[plate(said)])
    assert len(listed.violations()) == 1
    assert [(one.has_plate, one.sealed_plate) for one in rows(listed)] == [(False, None)]


def test_what_a_camera_says_is_kept_as_it_was_said(listed: Gate) -> None:
    listed.see(
        passing(None, frames=1),
        external=[
            ExternalDetection("car", (-5.0, 10.0, 2000.0, 700.0), 1.5, None, {"lane": "2"}),
            plate(OTHER, box=(float("nan"), 0.0, 1.0, 1.0), attributes={"plate_color": "blue"}),
        ],
    )
    car, read = rows(listed)
    assert (car.x1, car.y1, car.x2, car.y2) == (0.0, 10.0, 1280.0, 700.0)
    assert (car.score, car.attributes, car.has_plate) == (1.0, {"lane": "2"}, False)
    assert (read.class_name, read.x1, read.score) == ("plate", None, 0.95)
    assert (read.attributes, read.has_plate) == ({"plate_color": "blue"}, True)
    assert read.sealed_plate is read.sighting_id is None


def test_of_violators_alone_the_reading_outlives_the_passage(listed: Gate, tmp_path: Path) -> None:
    listed.load(
        listed.rule(when={"type": "register", "register": "名单"}),
        listed.rule(code="smoke", when={"type": "black_smoke", "frames": 3}),
    )
    listed.see(passing(None, frames=2), external=[plate(LISTED)])
    listed.see(passing(None, frames=2, at=60, smoke=0.8), external=[plate(OTHER)])
    assert all(one.sealed_plate for one in rows(listed))
    objects = open_object_store(str(tmp_path / "objects"))
    assert settle(listed.database, objects, at=now() + timedelta(seconds=70))
    (violation,) = listed.violations()
    assert said(listed, violation) == [LISTED]
    assert [one.sealed_plate is None for one in rows(listed)].count(True) == 2
    assert {one.sighting_id for one in rows(listed) if one.sealed_plate is None} == {None}


@sqlite_only
def test_what_a_camera_said_is_shown_beside_ours(
    post: Post,  # noqa: F811
    listed_by_device: dict[str, Any],
    sign_in: SignIn,
) -> None:
    gateway = httpx.Client(base_url=post.client.base_url, headers=post.token.headers)
    frame = gateway.get(f"/v1/frames/{listed_by_device['frame_id']}").json()
    gateway.close()
    (shown,) = frame["external"]
    assert (shown["class"], shown["has_plate"], shown["score"]) == ("plate", True, 0.95)
    operator = sign_in("operator")
    finding = operator.get(f"/v1/findings/{listed_by_device['findings'][0]['id']}")
    assert finding.json()["external"] == [shown]
    assert LISTED not in finding.text
    path = f"/v1/findings/{finding.json()['id']}/plate"
    read = operator.post(path, json={"purpose": "what the camera itself has read"}).json()
    assert (read["text"], read["by_device"]) == (LISTED, [LISTED])


@pytest.fixture
def listed_by_device(post: Post) -> dict[str, Any]:  # noqa: F811
    """Give the answer to a frame whose plate the camera alone has read."""
    post.gate.inspection.sees = [Vehicle(box=BOX)]
    arrival = post.gate.arrival(0.0, [Vehicle(box=BOX)], external=[plate(LISTED)])
    with post.gate.database.write() as session:
        (answer,) = record(session, [arrival])
    assert isinstance(answer, Answer)
    return answer.reply
