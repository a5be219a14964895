"""From pixels to the ground: against the simulator's own camera, and against Monte Carlo."""

from dataclasses import replace
from math import hypot, radians

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.cameras.models import CameraKind
from api.findings.geodesy import LocalPlane, ahead, distance_m, offset
from api.findings.projection import (
    GroundCamera,
    Pose,
    heading_from,
    heading_sd_deg,
    place,
)
from datasets.synthesis.camera import Camera

BUS = GroundCamera.mounted(
    CameraKind.BUS,
    {"height_m": 2.5, "pitch_deg": 12.0, "hfov_deg": 60.0},
    width=1280,
    height=720,
)
POSE = Pose(30.25, 120.15, 2.0, 40.0, 3.0)


@settings(deadline=None)
@given(
    forward=st.floats(4, 30),
    left=st.floats(-6, 6),
    height=st.floats(1, 6),
    pitch=st.floats(0, 30),
    hfov=st.floats(30, 100),
)
def test_the_simulators_pixel_of_a_road_point_leads_back_to_it(
    forward: float, left: float, height: float, pitch: float, hfov: float
) -> None:
    """The simulator's camera was written by others."""
    theirs = Camera(height, pitch, hfov, 1280, 720)
    ours = replace(BUS, height_m=height, pitch_deg=pitch, hfov_deg=hfov)
    ((x, y),) = theirs.project(np.array([[forward, left]]))
    point = ours.ground(x, y)
    assert point is not None
    assert (point.forward_m, point.left_m) == pytest.approx((forward, left), abs=1e-6)


def test_nothing_lies_at_or_above_the_horizon() -> None:
    horizon = Camera().horizon_y
    assert BUS.ground(640, horizon) is None
    assert BUS.ground(640, horizon - 50) is None
    assert BUS.ground(640, 719) is not None


@pytest.mark.parametrize(("x", "y"), [(640, 450), (200, 420), (1100, 600)])
def test_uncertainty_is_what_shaking_the_camera_gives(x: float, y: float) -> None:
    rng = np.random.default_rng(7)
    camera = replace(BUS, height_sd_m=0.05, pitch_sd_deg=0.3, hfov_sd_deg=0.5)
    points = []
    for _ in range(4000):
        shaken = replace(
            camera,
            height_m=camera.height_m + rng.normal(0, camera.height_sd_m),
            pitch_deg=camera.pitch_deg + rng.normal(0, camera.pitch_sd_deg),
            hfov_deg=camera.hfov_deg + rng.normal(0, camera.hfov_sd_deg),
        )
        point = shaken.ground(x + rng.normal(0, 2.56), y + rng.normal(0, 2.56))
        assert point is not None
        points.append((point.forward_m, point.left_m))
    told = camera.ground(x, y)
    assert told is not None
    assert np.cov(np.array(points).T) == pytest.approx(told.covariance, rel=0.15, abs=2e-3)


def test_range_error_grows_with_the_square_of_the_distance() -> None:
    only_pitch = replace(BUS, height_sd_m=0.0, hfov_sd_deg=0.0, pitch_sd_deg=1.0)
    for distance in (10.0, 20.0):
        ((x, y),) = Camera().project(np.array([[distance, 0.0]]))
        point = only_pitch.ground(x, y)
        assert point is not None
        by_hand = (distance**2 + 2.5**2) / 2.5 * radians(1.0)
        assert point.covariance[0, 0] ** 0.5 == pytest.approx(by_hand, rel=0.05)


@settings(deadline=None)
@given(heading=st.floats(0, 359.9), forward=st.floats(5, 20), left=st.floats(-4, 4))
def test_a_box_is_placed_ahead_in_the_direction_of_travel(
    heading: float, forward: float, left: float
) -> None:
    ((x, y),) = Camera().project(np.array([[forward, left]]))
    placed = place(BUS, replace(POSE, heading_deg=heading), (x - 20, y - 5, x + 20, y + 5))
    assert placed is not None
    latitude, longitude = offset(30.25, 120.15, placed.east_m, placed.north_m)
    along = ahead(30.25, 120.15, heading, forward)
    expected = ahead(*along, heading - 90, left)
    assert distance_m((latitude, longitude), expected) < 0.01
    assert placed.size_m == pytest.approx(40 / 1108.5 * hypot(forward, 2.5), rel=0.05)


def test_what_is_too_far_to_be_sure_has_no_place() -> None:
    ((x, y),) = Camera().project(np.array([[60.0, 0.0]]))
    assert place(BUS, POSE, (x - 4, y - 1, x + 4, y + 1)) is None


def test_without_a_heading_the_place_is_the_vehicles_and_far_less_sure() -> None:
    ((x, y),) = Camera().project(np.array([[12.0, 0.0]]))
    box = (x - 20, y - 5, x + 20, y + 5)
    known, unknown = place(BUS, POSE, box), place(BUS, replace(POSE, heading_deg=None), box)
    assert known is not None
    assert unknown is not None
    assert (unknown.east_m, unknown.north_m) == (0.0, 0.0)
    assert unknown.accuracy_m > 12 > 2 * known.accuracy_m


def test_what_was_not_measured_is_assumed_and_less_sure() -> None:
    assumed = GroundCamera.mounted(CameraKind.BUS, {}, width=1280, height=720)
    told = GroundCamera.mounted(
        CameraKind.BUS, {"pitch_deg": 8.0, "pitch_sd_deg": 0.2}, width=1280, height=720
    )
    assert assumed.pitch_sd_deg > BUS.pitch_sd_deg
    assert (told.pitch_deg, told.pitch_sd_deg) == (8.0, 0.2)
    assert told.height_sd_m == assumed.height_sd_m


def test_the_course_of_a_slow_vehicle_is_noise() -> None:
    assert heading_sd_deg(None) == heading_sd_deg(15.0) == 3.0
    assert heading_sd_deg(1.0) > 15
    assert heading_sd_deg(0.0) == 45.0


@pytest.mark.parametrize(
    ("east", "north", "heading"), [(10, 0, 90), (0, -10, 180), (-5, 5, 315), (0.5, 0, None)]
)
def test_heading_from_two_positions(east: float, north: float, heading: float | None) -> None:
    found = heading_from(east, north, 1.0)
    assert (found[0] if found else None) == (pytest.approx(heading) if heading else None)


@settings(deadline=None)
@given(
    latitude=st.floats(-70, 70),
    longitude=st.floats(-180, 180),
    east=st.floats(-200, 200),
    north=st.floats(-200, 200),
)
def test_the_plane_agrees_with_the_geodesic(
    latitude: float, longitude: float, east: float, north: float
) -> None:
    plane = LocalPlane(latitude, longitude)
    there = plane.to_wgs84(east, north)
    assert distance_m(there, offset(latitude, longitude, east, north)) < 0.02
    assert plane.to_plane(*there) == pytest.approx((east, north), abs=1e-6)
