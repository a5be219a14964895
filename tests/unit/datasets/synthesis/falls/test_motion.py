import numpy as np
import pytest

from datasets.synthesis.falls.camera import Camera
from datasets.synthesis.falls.motion import GRAVITY, Wind, fall

STILL = Wind(np.zeros(3), 0.0)


def drop(terminal_mps: float, wind: Wind = STILL, height_m: float = 60.0) -> np.ndarray:
    """Times and points (N, 4) of something dropped."""
    rng = np.random.default_rng(1)
    start = np.array([0.0, height_m, 20.0])
    path = fall(start, np.zeros(3), terminal_mps, 0.2, wind, 0.0, rng, longest_s=90.0)
    return np.column_stack([path.times, path.points])


def test_a_heavy_thing_falls_freely_at_first() -> None:
    rows = drop(200.0)
    moment = rows[np.searchsorted(rows[:, 0], 2.0)]
    assert 60.0 - moment[2] == pytest.approx(GRAVITY * moment[0] ** 2 / 2, rel=0.02)


@pytest.mark.parametrize("terminal_mps", [5.0, 12.0, 20.0])
def test_the_terminal_speed_is_reached_and_not_passed(terminal_mps: float) -> None:
    rows = drop(terminal_mps, height_m=200.0)
    speeds = -np.diff(rows[:, 2]) / np.diff(rows[:, 0])
    assert speeds.max() <= terminal_mps * 1.001
    assert speeds[-1] == pytest.approx(terminal_mps, rel=0.01)


def test_fall_with_drag_matches_the_closed_form() -> None:
    # v = v_t tanh(g t / v_t), hence y = v_t^2 / g ln cosh(g t / v_t)
    rows = drop(15.0)
    fallen = 15.0**2 / GRAVITY * np.log(np.cosh(GRAVITY * rows[:, 0] / 15.0))
    assert 60.0 - rows[:, 2] == pytest.approx(fallen, abs=0.25)


def test_light_things_flutter_to_both_sides_and_still_come_down() -> None:
    rows = drop(1.2, height_m=8.0)
    sideways = np.diff(rows[:, 1])
    assert (sideways > 1e-4).any()
    assert (sideways < -1e-4).any()
    assert rows[-1, 2] < 0
    assert 0.6 < 8.0 / rows[-1, 0] < 1.6


def test_things_go_with_the_wind() -> None:
    rows = drop(5.0, Wind(np.array([3.0, 0.0, 0.0]), 0.0))
    assert np.diff(rows[-50:, 1]).mean() / 0.01 == pytest.approx(3.0, rel=0.05)


def test_the_camera_sees_what_it_should() -> None:
    level = Camera(640, 480, 500.0, 2.0, 20.0, 0.0, 0.0, 0.0)
    points, scale = level.project(np.array([[0, 2, 20], [2, 2, 20], [0, 4, 20], [0, 2, -5.0]]))
    assert points[:3] == pytest.approx(np.array([[320, 240], [370, 240], [320, 190]]))
    assert scale[0] == pytest.approx(25.0)
    assert np.isnan(points[3]).all()
    up = Camera(640, 480, 500.0, 2.0, 20.0, 0.4, 0.2, 0.05)
    below, _ = up.project(np.array([[0.0, 2.0, 20.0]]))
    assert below[0, 1] > 240  # what is level with the camera sinks when it looks up
    assert below[0, 0] < 320  # and moves left when it looks right
    x, y = up.unproject(400.0, 100.0, 20.0)
    back, _ = up.project(np.array([[x, y, 20.0]]))
    assert back[0] == pytest.approx([400.0, 100.0])
