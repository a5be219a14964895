import numpy as np
import pytest
from geographiclib.geodesic import Geodesic
from hypothesis import assume, given
from hypothesis import strategies as st

from datasets.synthesis.camera import Camera
from datasets.synthesis.render import Pose, to_road, to_vehicle
from datasets.synthesis.route import LocalPlane, Route, county_route
from datasets.synthesis.scene import RoadScene

cameras = st.builds(
    Camera,
    height_m=st.floats(1, 12),
    pitch_deg=st.floats(-5, 60),
    hfov_deg=st.floats(30, 110),
    width=st.integers(320, 3840),
    height=st.integers(240, 2160),
)


@given(cameras, st.floats(1, 80), st.floats(-20, 20))
def test_a_road_point_comes_back_through_its_pixel(
    camera: Camera, forward: float, left: float
) -> None:
    pixel = camera.project(np.array([[forward, left]]))
    assume(np.isfinite(pixel).all())
    assert camera.unproject(pixel)[0] == pytest.approx([forward, left], rel=1e-6, abs=1e-6)


@given(cameras, st.floats(0, 1), st.floats(0, 1))
def test_a_pixel_comes_back_through_its_road_point(
    camera: Camera, right: float, down: float
) -> None:
    pixel = np.array([[right * (camera.width - 1), down * (camera.height - 1)]])
    assume(pixel[0, 1] > camera.horizon_y + 1)
    assert camera.project(camera.unproject(pixel))[0] == pytest.approx(pixel[0], abs=1e-4)


def test_the_optical_axis_meets_the_road_where_trigonometry_says() -> None:
    camera = Camera(height_m=2.0, pitch_deg=45.0, width=1001, height=501)
    assert camera.unproject(np.array([[500, 250]]))[0] == pytest.approx([2.0, 0.0])


def test_left_is_left_and_far_is_high() -> None:
    camera = Camera()
    near, far, left = camera.project(np.array([[8.0, 0.0], [20.0, 0.0], [8.0, 2.0]]))
    assert far[1] < near[1]
    assert left[0] < near[0]


def test_above_the_horizon_and_behind_the_camera_there_is_no_road() -> None:
    camera = Camera(pitch_deg=10)
    above = [[100.0, camera.horizon_y - 1]]
    assert np.isnan(camera.unproject(np.array(above))).all()
    assert np.isnan(camera.project(np.array([[-5.0, 0.0]]))).all()


@pytest.mark.parametrize(
    "bad", [{"height_m": 0.0}, {"pitch_deg": 90.0}, {"hfov_deg": 180.0}, {"width": 0}]
)
def test_an_impossible_camera_is_refused(bad: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must"):
        Camera(**bad)  # type: ignore[arg-type]


@given(st.floats(-70, 70), st.floats(-179, 179), st.floats(-2000, 2000), st.floats(-2000, 2000))
def test_the_local_plane_agrees_with_the_geodesic(
    latitude: float, longitude: float, east: float, north: float
) -> None:
    plane = LocalPlane(latitude, longitude)
    there = plane.to_wgs84(np.array([[east, north]]))
    geodesic = Geodesic.WGS84.Inverse(latitude, longitude, *there[0])
    assert geodesic["s12"] == pytest.approx(np.hypot(east, north), rel=2e-3, abs=0.01)
    assert plane.to_plane(there)[0] == pytest.approx([east, north], abs=1e-4)


ROUTE = county_route(160.0)


@given(st.floats(0, 220), st.floats(-15, 15))
def test_along_and_across_come_back_through_the_plane(along: float, across: float) -> None:
    place = ROUTE.to_plane(np.array([[along, across]]))
    guess = np.array([along + 8])
    assert ROUTE.to_road(place, guess)[0] == pytest.approx([along, across], abs=1e-3)


def test_the_route_starts_at_its_first_point_and_has_its_length() -> None:
    assert ROUTE.to_wgs84(0.0, 0.0) == pytest.approx(ROUTE.polyline[0], abs=5e-6)
    assert ROUTE.length_m == pytest.approx(160.0, abs=1.5)


def test_the_heading_is_the_bearing_to_the_next_place() -> None:
    here, there = ROUTE.to_wgs84(60.0, 0.0), ROUTE.to_wgs84(61.0, 0.0)
    bearing = Geodesic.WGS84.Inverse(*here, *there)["azi1"] % 360
    assert ROUTE.heading_deg(60.5) == pytest.approx(bearing, abs=0.05)


def test_a_route_needs_two_points() -> None:
    with pytest.raises(ValueError, match="two points"):
        Route(((30.0, 120.0),))


SCENE = RoadScene(0, ())


@given(
    st.builds(Pose, st.floats(0, 150), st.floats(-3, 3), st.floats(-0.2, 0.2)),
    st.floats(2, 80),
    st.floats(-10, 10),
)
def test_vehicle_and_road_axes_agree(pose: Pose, forward: float, left: float) -> None:
    road = to_road(SCENE, pose, np.array([[forward, left]]))
    assert to_vehicle(SCENE, pose, road)[0] == pytest.approx([forward, left], abs=1e-3)
