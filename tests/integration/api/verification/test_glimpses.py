"""What is too faint to be found still says that a known pothole is there."""

import hashlib
from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from sqlalchemy import func, select

from api.cameras.models import Camera
from api.cases.states import CaseState
from api.database import Database
from api.findings.models import Finding
from api.findings.places import PlaceGatherer
from api.findings.states import FindingEvent
from api.findings.upkeep import change_state
from api.frames.inspector import Looked
from api.frames.metadata import FrameMetadata
from api.frames.service import Answer, Arrival, record
from api.frames.sightings import Seen
from api.verification.models import Glimpse, LookOutcome
from inference.detections import Detections
from inference.inspections import PictureInspection, get_inspection
from tests.conftest import sqlite_only
from tests.integration.api.verification.street import CLEAR, Street


@pytest.fixture
def street(database: Database) -> Street:
    return Street(database)


def glimpses(street: Street) -> int:
    with street.database.read() as session:
        return session.scalar(select(func.count()).select_from(Glimpse)) or 0


def drive_faintly(street: Street) -> None:
    street.drive(hole=True, seen_in=0, faint=True)


def test_a_faint_look_is_doubtful_and_asks_for_one_clean_look_more(street: Street) -> None:
    case_id = street.claimed()
    needed = street.verification(case_id).needed or 0
    drive_faintly(street)
    (look,) = street.looks(case_id)
    assert look.outcome is LookOutcome.DOUBTFUL
    assert street.state(case_id) is CaseState.VERIFYING
    assert street.verification(case_id).asked == needed + 1
    for _ in range(needed):
        street.drive(hole=False)
    assert street.state(case_id) is CaseState.VERIFYING
    street.drive(hole=False)
    assert street.state(case_id) is CaseState.CLOSED


def test_passes_that_saw_it_faintly_have_not_missed_it(street: Street) -> None:
    for _ in range(2):
        street.drive(hole=True)
    for _ in range(3):
        drive_faintly(street)
    case_id = street.open_case()
    said = street.claim(case_id).derivation or {}
    assert (said["seen"], said["missed"]) == (4, 0)  # the one that found it does not count


@sqlite_only
def test_faint_detections_find_nothing_by_themselves(street: Street) -> None:
    for _ in range(5):
        drive_faintly(street)
    assert glimpses(street) == 0
    with street.database.read() as session:
        assert session.scalars(select(Finding)).all() == []


def test_a_frame_brings_its_faint_detections_to_the_known_place(street: Street) -> None:
    street.drive(hole=True)
    inspection = get_inspection("road_damage", variant="fp32")
    assert isinstance(inspection, PictureInspection)
    nothing = Detections.none(inspection.models[0].class_names)
    for look in street.look_along(hole=True):
        if not look.truth:
            continue
        with street.database.read() as session:
            camera = session.scalars(select(Camera)).one()
        metadata = FrameMetadata(
            camera=camera.id,
            captured_at=look.captured_at + timedelta(hours=3),
            idempotency_key=f"again {look.name}",
            latitude=look.latitude,
            longitude=look.longitude,
            gps_accuracy_m=look.gps_accuracy_m,
            heading_deg=look.heading_deg,
            speed_mps=look.speed_mps,
        )
        size = (look.camera.width, look.camera.height)
        faint = Detections(
            boxes=np.array([look.truth[0].box], np.float32),
            scores=np.array([0.15], np.float32),
            class_ids=np.array([nothing.class_names.index("pothole")]),
            class_names=nothing.class_names,
        )
        seen = Seen(camera, metadata, inspection, nothing, *size, CLEAR)
        arrival = Arrival(
            gateway_id=camera.gateway_id,
            camera=camera,
            metadata=metadata,
            sha256=hashlib.sha256(look.name.encode()).hexdigest(),
            digest="1" * 64,
            received_at=look.captured_at + timedelta(hours=3),
            looked=Looked(
                "image/jpeg", *size, CLEAR, ((inspection, nothing),), {inspection.name: faint}
            ),
            sightings=(PlaceGatherer(street.database).sight(seen),),
            zone=ZoneInfo("UTC"),
            picture=None,
        )
        with street.database.write() as session:
            (answer,) = record(session, [arrival])
        assert isinstance(answer, Answer)
        assert answer.reply["detections"] == answer.reply["findings"] == []
    assert glimpses(street) > 0


@sqlite_only
def test_what_was_rejected_is_not_watched(street: Street) -> None:
    street.drive(hole=True)
    drive_faintly(street)
    before = glimpses(street)
    assert before > 0
    with street.database.write() as session:
        finding = session.scalars(select(Finding)).one()
        change_state(session, finding, FindingEvent.REJECT, actor="user:x")
    drive_faintly(street)
    assert glimpses(street) == before


@sqlite_only
def test_what_is_faint_far_away_is_something_else(street: Street) -> None:
    street.drive(hole=True)
    with street.database.write() as session:
        finding = session.scalars(select(Finding)).one()
        assert finding.latitude is not None
        finding.latitude += 0.0002  # 22 m
    drive_faintly(street)
    assert glimpses(street) == 0
