"""Which part of the ground a frame covers."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from api.cameras.models import CameraKind
from api.coverage.footprint import MAX_RANGE_M, covers, footprint
from api.findings.geodesy import ahead, distance_m
from api.findings.projection import GroundCamera, Pose

MOUNTING = {"height_m": 2.5, "pitch_deg": 12.0, "hfov_deg": 60.0}
CAMERA = GroundCamera.mounted(CameraKind.BUS, MOUNTING, width=1280, height=720)
POSE = Pose(30.25, 120.15, 2.0, 90.0, 3.0)


def _covers(camera: GroundCamera, forward: float, left: float, heading: float = 90.0) -> bool:
    seen = footprint(camera, replace(POSE, heading_deg=heading))
    assert seen is not None
    on_axis = ahead(POSE.latitude, POSE.longitude, heading, forward)
    return covers(seen[0], *ahead(*on_axis, heading - 90, left))


@settings(deadline=None)
@given(heading=st.floats(0, 360), left=st.floats(-2, 2))
def test_it_lies_ahead_and_turns_with_the_vehicle(heading: float, left: float) -> None:
    assert _covers(CAMERA, 10.0, left, heading)
    assert not _covers(CAMERA, -10.0, left, heading)
    assert not _covers(CAMERA, MAX_RANGE_M + 1, left, heading)
    assert not _covers(CAMERA, 1.0, left, heading)  # below the picture
    assert not _covers(CAMERA, 10.0, 12.0, heading)  # beside it


def test_a_coarse_picture_covers_less() -> None:
    coarse = GroundCamera.mounted(CameraKind.BUS, MOUNTING, width=320, height=180)
    assert _covers(CAMERA, 18.0, 0.0)
    assert not _covers(coarse, 18.0, 0.0)


def test_an_unsure_mounting_covers_less() -> None:
    assumed = GroundCamera.mounted(CameraKind.BUS, {}, width=1280, height=720)
    far = [
        max(distance_m((30.25, 120.15), (a, b)) for a, b in seen[0])
        for c in (CAMERA, assumed)
        if (seen := footprint(c, POSE))
    ]
    assert far[1] < far[0]


def test_without_a_heading_or_ground_nothing_is_claimed() -> None:
    assert footprint(CAMERA, replace(POSE, heading_deg=None)) is None
    upwards = replace(CAMERA, pitch_deg=-60.0)
    assert footprint(upwards, POSE) is None
