from collections import defaultdict
from dataclasses import replace
from datetime import UTC
from functools import cache

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets.synthesis.camera import Camera
from datasets.synthesis.defects import Defect
from datasets.synthesis.drive import (
    DriveFrame,
    render_drive,
    truth_boxes,
)
from datasets.synthesis.light import Light
from datasets.synthesis.render import Pose, to_vehicle
from datasets.synthesis.road import golden_frame
from datasets.synthesis.route import county_route
from datasets.synthesis.scene import RoadScene
from datasets.synthesis.simulate import SimulatedLook, simulate_looks
from datasets.synthesis.types import Array

SMALL = Camera(width=640, height=360)
HOLE = Defect("hole", "pothole", 14.0, -1.5, 1.4, 1.0, "hole", depth_m=0.06, repaired_at=1)
CRACK = Defect("crack", "crack", 24.0, -2.0, 5.0, 1.5, "alligator")


ROUTE = county_route(30.0)


@cache
def scene() -> RoadScene:
    return RoadScene(11, (HOLE, CRACK), ROUTE)


@cache
def drive(pass_index: int = 0, seed: int = 0) -> tuple[DriveFrame, ...]:
    frames = render_drive(
        scene(), passes=(pass_index,), camera=SMALL, spacing_m=5.0, light=Light(), seed=seed
    )
    return tuple(frame for frame, _ in zip(frames, range(5), strict=False))


def pixels(frame: DriveFrame) -> npt.NDArray[np.int_]:
    return np.asarray(cv2.imdecode(np.frombuffer(frame.jpeg, np.uint8), cv2.IMREAD_COLOR), int)


def test_the_same_seed_gives_the_same_bytes() -> None:
    again = render_drive(
        RoadScene(11, (HOLE, CRACK), ROUTE), camera=SMALL, spacing_m=5.0, light=Light(), workers=1
    )
    for first, second in zip(drive(), again, strict=False):
        assert first == second


def test_another_seed_gives_other_frames() -> None:
    for first, second in zip(drive(), drive(seed=1), strict=True):
        assert first.jpeg != second.jpeg
        assert first.latitude != second.latitude
    assert RoadScene.random(1).defects != RoadScene.random(2).defects


def test_a_frame_says_when_and_where_it_was_taken() -> None:
    frame = drive()[2]
    assert frame.captured_at.tzinfo is UTC
    assert (frame.captured_at - drive()[0].captured_at).total_seconds() == pytest.approx(10 / 9)
    assert frame.latitude == pytest.approx(frame.true_latitude, abs=1e-4)
    assert 0 <= frame.heading_deg < 360
    assert pixels(frame).shape == (360, 640, 3)
    assert len({each.name for each in drive()}) == len(drive())


def test_the_truth_is_where_the_picture_changed() -> None:
    """The defect alone makes the difference between a road with and without it."""
    without = render_drive(
        RoadScene(11, (CRACK,), ROUTE), camera=SMALL, spacing_m=5.0, light=Light(jpeg_quality=100)
    )
    with_it = render_drive(scene(), camera=SMALL, spacing_m=5.0, light=Light(jpeg_quality=100))
    for sound, broken in zip(without, with_it, strict=False):
        boxes = [each.box for each in broken.truth if each.defect_id == "hole"]
        if not boxes:
            break
        changed = np.abs(pixels(sound) - pixels(broken)).sum(axis=2) > 60
        rows, columns = np.nonzero(changed)
        x1, y1, x2, y2 = boxes[0]
        middle = changed[int(y1) : int(y2) + 1, int(x1) : int(x2) + 1]
        assert middle.mean() > 0.25
        assert columns.min() > x1 - 30
        assert columns.max() < x2 + 30
        assert rows.min() > y1 - 15
        assert rows.max() < y2 + 15


@settings(deadline=None)
@given(
    st.builds(Pose, st.floats(0, 8), st.floats(-3, 0), st.floats(-0.1, 0.1), st.floats(-0.5, 0.5))
)
def test_a_box_holds_the_projected_defect(pose: Pose) -> None:
    camera = Camera()
    boxes = {
        t.defect_id: t.box
        for t in truth_boxes(scene(), camera, pose, pass_index=0, outlines=scene().outlines)
    }
    rim = pose.tipped(camera).project(to_vehicle(scene(), pose, scene().outlines["hole"]))
    x1, y1, x2, y2 = boxes["hole"]
    assert rim[:, 0].min() == pytest.approx(x1)
    assert rim[:, 1].max() == pytest.approx(y2)
    middle = np.array([[HOLE.along_m, HOLE.across_m]])
    x, y = pose.tipped(camera).project(to_vehicle(scene(), pose, middle))[0]
    assert x1 < x < x2
    assert y1 < y < y2


def test_what_is_behind_far_or_out_of_the_picture_is_not_in_the_truth() -> None:
    for pose in (Pose(20.0, -1.7), Pose(5.0, -1.7, yaw=0.9)):
        seen = truth_boxes(scene(), Camera(), pose, pass_index=0, outlines=scene().outlines)
        assert "hole" not in {each.defect_id for each in seen}
    far = RoadScene(3, (replace(HOLE, along_m=50.0),), ROUTE)
    assert truth_boxes(far, Camera(), Pose(2.0, -1.7), pass_index=0, outlines=far.outlines) == ()


def test_a_hidden_defect_is_not_in_the_truth() -> None:
    hidden = np.full((720, 1280), 255, np.uint8)
    assert (
        truth_boxes(
            scene(), Camera(), Pose(2, -1.7), pass_index=0, outlines=scene().outlines, hidden=hidden
        )
        == ()
    )


def test_the_golden_frame_shows_two_potholes_and_a_crack() -> None:
    classes = [each.class_name for each in golden_frame().truth]
    assert sorted(classes) == ["crack", "pothole", "pothole"]


def test_an_outline_has_the_size_that_was_asked_for() -> None:
    for defect in scene().defects:
        outline = scene().outlines[defect.id]
        size = np.ptp(outline, axis=0)
        assert size == pytest.approx([defect.length_m, defect.width_m], rel=0.25)
        middle = (outline.max(axis=0) + outline.min(axis=0)) / 2
        assert middle == pytest.approx([defect.along_m, defect.across_m], abs=0.3)


def test_a_repaired_defect_leaves_a_clean_patch() -> None:
    before, after = drive(0)[1], drive(1)[1]
    assert "hole" in {each.defect_id for each in before.truth}
    assert "hole" not in {each.defect_id for each in after.truth}


def test_a_slow_shutter_smears_the_near_road_and_leaves_the_far_one() -> None:
    sharp, smeared = (
        pixels(next(render_drive(scene(), camera=SMALL, light=Light(shutter_s=shutter), workers=1)))
        for shutter in (1 / 2000, 1 / 30)
    )
    detail = [np.abs(np.diff(each, axis=0)).mean(axis=(1, 2)) for each in (sharp, smeared)]
    assert detail[1][-60:].mean() < 0.8 * detail[0][-60:].mean()
    assert detail[1][:70].mean() == pytest.approx(detail[0][:70].mean(), rel=0.02)


def test_a_drive_that_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="above 0"):
        next(render_drive(scene(), spacing_m=0))
    with pytest.raises(ValueError, match="no road"):
        next(render_drive(scene(), camera=Camera(pitch_deg=-40, width=320, height=180)))


def test_two_defects_cannot_share_an_id() -> None:
    with pytest.raises(ValueError, match="same id"):
        RoadScene(0, (HOLE, HOLE))


@pytest.mark.parametrize("bad", [{"length_m": 0.0}, {"class_name": "crack"}])
def test_an_impossible_defect_is_refused(bad: dict[str, object]) -> None:
    fields = {name: getattr(HOLE, name) for name in Defect.__slots__} | bad
    with pytest.raises(ValueError, match="hole"):
        Defect(**fields)


def ground_of(look: SimulatedLook, box: tuple[float, float, float, float]) -> Array:
    """East, north of a box's bottom-centre from the true place and a level camera."""
    forward, left = look.camera.unproject(np.array([[(box[0] + box[2]) / 2, box[3]]]))[0]
    heading = np.radians(look.heading_deg)
    here = scene().route.plane.to_plane(np.array([[look.true_latitude, look.true_longitude]]))[0]
    east = forward * np.sin(heading) - left * np.cos(heading)
    north = forward * np.cos(heading) + left * np.sin(heading)
    return np.array([here[0] + east, here[1] + north])


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1 << 20))
def test_every_look_at_a_defect_points_to_the_same_place(seed: int) -> None:
    places = defaultdict(list)
    for look in simulate_looks(
        scene(), buses=("a", "b"), passes=(0, 2), heading_noise_deg=0, miss_rate=0, seed=seed
    ):
        for truth in look.truth:
            distance = HOLE.along_m - look.frame_index * 5.0
            if truth.defect_id == "hole" and distance < 12:
                places[look.bus, look.pass_index].append(ground_of(look, truth.box))
    assert set(places) == {("a", 0), ("b", 0)}  # repaired by pass 2
    every = np.vstack([place for each in places.values() for place in each])
    hole = scene().route.to_plane(np.array([[HOLE.along_m, HOLE.across_m]]))[0]
    assert np.hypot(*(every - hole).T).max() < HOLE.length_m / 2 + 1.0


@settings(max_examples=10, deadline=None)
@given(st.floats(0.5, 10), st.integers(0, 1 << 20))
def test_measured_positions_scatter_as_told(noise_m: float, seed: int) -> None:
    errors = [
        scene().route.plane.to_plane(np.array([[look.latitude, look.longitude]]))
        - scene().route.plane.to_plane(np.array([[look.true_latitude, look.true_longitude]]))
        for look in simulate_looks(
            scene(), passes=range(120), spacing_m=80, gps_noise_m=noise_m, seed=seed
        )
    ]
    spread = np.sqrt(np.mean(np.square(errors)))
    assert spread == pytest.approx(noise_m, rel=0.25)
    within = [np.hypot(*error[0]) < noise_m * 1.5096 for error in errors]
    assert np.mean(within) == pytest.approx(0.68, abs=0.2)


def test_missed_detections_are_as_frequent_as_told() -> None:
    looks = list(simulate_looks(scene(), passes=[0] + [0] * 39, miss_rate=0.3, buses="abcdefgh"))
    seen = sum(len(look.truth) for look in looks)
    assert sum(len(look.detections) for look in looks) / seen == pytest.approx(0.7, abs=0.12)
