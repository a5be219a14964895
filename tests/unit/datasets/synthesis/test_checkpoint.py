import csv
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets.synthesis.camera import Camera
from datasets.synthesis.checkpoint import (
    CLASS_NAMES,
    CheckpointFrame,
    Ride,
    Site,
    Truth,
    Vehicle,
    golden_frame,
    passage,
    random_passages,
    write_yolo,
)
from datasets.synthesis.checkpoint.shapes import box
from datasets.synthesis.light import Light
from datasets.yolo import read_split
from models.plate_text import is_plate

CAMERA = Camera(height_m=5.2, pitch_deg=11.0, hfov_deg=34.0, width=640, height=360)
CAR = Vehicle("car", 4, "浙A7F926", "blue")
LORRY = Vehicle("truck", 3, "皖K58204", "yellow")
SMOKING = replace(LORRY, smoke=1.0)


@cache
def site() -> Site:
    return Site(5, CAMERA, Light(overcast=1.0, jpeg_quality=100), across_m=1.8)


def take(*rides: Ride, frames: int = 1, at: Site | None = None) -> list[CheckpointFrame]:
    return list(passage(at or site(), rides, frames=frames, interval_s=0.5, seed=3))


def only(frame: CheckpointFrame, class_name: str) -> Truth:
    (found,) = (truth for truth in frame.truth if truth.class_name == class_name)
    return found


def coming(vehicle: Vehicle, from_m: float = 20.0) -> Ride:
    return Ride(vehicle, from_m, 6.0, 1.8)


def leaving(vehicle: Vehicle, from_m: float = 20.0) -> Ride:
    return Ride(vehicle, from_m, -6.0, -1.8)


def changed(with_it: CheckpointFrame, without: CheckpointFrame) -> "np.typing.NDArray[np.bool_]":
    a, b = (each.picture.image.astype(int) for each in (with_it, without))
    return np.asarray(np.abs(a - b).sum(axis=2) > 60)


def width_of(truth: Truth) -> float:
    return truth.box[2] - truth.box[0]


def test_the_same_seed_gives_the_same_bytes() -> None:
    for first, second in zip(
        random_passages(4, frames=2, each=2, width=320),
        random_passages(4, frames=2, each=2, width=320),
        strict=True,
    ):
        assert first.picture.jpeg == second.picture.jpeg
        assert first.truth == second.truth


@pytest.mark.parametrize("vehicle", [CAR, LORRY, Vehicle("bus", 1, "京A12345", "yellow")])
@pytest.mark.parametrize("ride", [coming, leaving])
def test_a_box_holds_what_the_vehicle_changed_in_the_picture(
    vehicle: Vehicle, ride: Callable[..., Ride]
) -> None:
    (empty,) = take()
    (frame,) = take(ride(vehicle, 24.0))
    mask = changed(frame, empty)
    x1, y1, x2, y2 = (round(value) for value in only(frame, vehicle.kind).box)
    assert mask[y1:y2, x1:x2].mean() > 0.5
    mask[max(y1 - 1, 0) : y2 + 1, max(x1 - 1, 0) : x2 + 1] = False
    assert not mask[:y1].any()  # below and beside it lies its shadow


def test_a_vehicle_that_comes_grows_and_one_that_leaves_shrinks() -> None:
    for ride, kind, sign in ((coming(CAR, 24.0), "car", 1), (leaving(LORRY, 24.0), "truck", -1)):
        widths = [width_of(only(frame, kind)) for frame in take(ride, frames=3)]
        assert all(sign * step > 0 for step in np.diff(widths))


@pytest.mark.parametrize("ride", [coming, leaving])
def test_a_plate_has_the_shape_of_a_plate_and_says_what_was_asked(
    ride: Callable[..., Ride],
) -> None:
    (frame,) = take(ride(CAR, 16.0))
    plate, car = only(frame, "plate"), only(frame, "car")
    assert (plate.text, plate.color) == ("浙A7F926", "blue")
    assert plate.polygon is not None
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = plate.polygon
    assert ax < bx
    assert dx < cx  # clockwise from its top left
    assert ay < dy
    assert by < cy
    assert (bx - ax) / (dy - ay) == pytest.approx(440 / 140, rel=0.15)
    assert car.box[0] < plate.box[0]
    assert plate.box[2] < car.box[2]
    assert plate.box[3] < car.box[3]
    assert (bx - ax) / width_of(car) == pytest.approx(0.44 / 2.0, rel=0.2)


def test_a_plate_can_be_read_off_the_picture() -> None:
    """What stands in the picture is the plate that was drawn, not another or a mirrored one."""
    near = replace(CAMERA, width=1280, height=720)
    (frame,) = take(coming(CAR, 15.5), at=Site(5, near, Light(overcast=1.0), across_m=1.8))
    polygon = np.array(only(frame, "plate").polygon, np.float32)
    drawn = CAR.plates[0]
    size = (88, 28)
    target = np.array([[0, 0], [size[0], 0], [size[0], size[1]], [0, size[1]]], np.float32)
    straight = cv2.warpPerspective(
        frame.picture.image, cv2.getPerspectiveTransform(polygon, target), size
    )
    expected = cv2.resize(drawn, size, interpolation=cv2.INTER_AREA)

    def likeness(a: "np.typing.NDArray[Any]", b: "np.typing.NDArray[Any]") -> float:
        return float(np.corrcoef(a.astype(float).ravel(), b.astype(float).ravel())[0, 1])

    assert likeness(straight, expected) > 0.8
    assert likeness(straight, expected) > likeness(straight, expected[:, ::-1]) + 0.1


def test_a_hidden_vehicle_is_not_in_the_truth() -> None:
    (alone,) = take(coming(CAR, 32.0))
    (hidden,) = take(coming(CAR, 32.0), coming(Vehicle("bus", 1, "京A12345", "yellow"), 22.0))
    assert "car" in {truth.class_name for truth in alone.truth}
    assert "car" not in {truth.class_name for truth in hidden.truth}
    assert {truth.text for truth in hidden.truth} <= {None, "京A12345"}


def test_black_smoke_darkens_what_its_box_holds_and_drifts() -> None:
    clean, smoking = take(leaving(LORRY), frames=3), take(leaving(SMOKING), frames=3)
    boxes = []
    for without, with_it in zip(clean, smoking, strict=True):
        assert "black_smoke" not in {truth.class_name for truth in without.truth}
        truth = only(with_it, "black_smoke")
        x1, y1, x2, y2 = (round(value) for value in truth.box)
        before, after = (
            each.picture.image[y1:y2, x1:x2].astype(float).mean() for each in (without, with_it)
        )
        assert after < before - 15
        boxes.append(truth.box)
    assert len(set(boxes)) == 3


def test_thin_smoke_is_paler_than_thick_smoke() -> None:
    (thick,) = take(leaving(SMOKING))
    (thin,) = take(leaving(replace(LORRY, smoke=0.4)))
    assert thick.picture.image.mean() < thin.picture.image.mean()


def test_dusk_is_dark_with_bright_lamps_and_readable_plates() -> None:
    evening = replace(site(), hour="dusk")
    (day,), (dusk,) = take(coming(CAR, 16.0)), take(coming(CAR, 16.0), at=evening)
    assert dusk.picture.image.mean() < 0.6 * day.picture.image.mean()
    x1, y1, x2, y2 = (round(value) for value in only(dusk, "car").box)
    assert dusk.picture.image[y1:y2, x1:x2].max() > 235
    px1, py1, px2, py2 = (round(value) for value in only(dusk, "plate").box)
    assert np.ptp(dusk.picture.image[py1:py2, px1:px2].max(axis=2)) > 60


def test_the_golden_frame_shows_both_vehicles_both_plates_and_smoke() -> None:
    classes = sorted(truth.class_name for truth in golden_frame().truth)
    assert classes == ["black_smoke", "car", "plate", "plate", "truck"]


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 1 << 30))
def test_made_up_vehicles_carry_plates_of_their_kind(seed: int) -> None:
    vehicle = Vehicle.random(np.random.default_rng(seed))
    assert is_plate(vehicle.plate_text)
    assert vehicle.plate_color != "yellow" or vehicle.kind != "car"
    assert 0 <= vehicle.smoke <= 1
    for part in vehicle.body.parts:
        lengths = np.linalg.norm(part.mesh.normals, axis=2)
        assert lengths == pytest.approx(np.ones_like(lengths), abs=1e-6)


@given(
    st.tuples(*[st.floats(0.4, 3)] * 3),
    st.tuples(*[st.floats(0.01, 0.15)] * 3),
)
def test_a_rounded_box_keeps_its_size_and_faces_outwards(
    size: tuple[float, float, float], radii: tuple[float, float, float]
) -> None:
    half = tuple(side / 2 for side in size)
    mesh = box((-half[0], -half[1], -half[2]), (half[0], half[1], half[2]), radii)
    points = mesh.points.reshape(-1, 3)
    assert np.ptp(points, axis=0) == pytest.approx(size)
    outwards = np.cross(
        mesh.points[:, 2] - mesh.points[:, 0], mesh.points[:, 3] - mesh.points[:, 1]
    )
    assert (np.einsum("qk,qk->q", outwards, mesh.points.mean(axis=1)) > -1e-9).all()
    assert (np.einsum("qk,qk->q", outwards, mesh.normals.mean(axis=1)) > -1e-9).all()


def test_frames_are_written_for_training_and_for_a_gateway(tmp_path: Path) -> None:
    frames: Sequence[CheckpointFrame] = take(coming(CAR, 16.0), frames=2)
    assert write_yolo(tmp_path, frames) == 2
    labelled = read_split(tmp_path)
    ids = {CLASS_NAMES[index] for picture in labelled for index in picture.class_ids.tolist()}
    assert ids == {"car", "plate"}
    x1, y1, x2, y2 = labelled[0].corners(640, 360)[0].tolist()
    assert (x1, y1, x2, y2) == pytest.approx(frames[0].truth[0].box, abs=0.5)
    with (tmp_path / "frames.csv").open(encoding="utf-8") as table:
        rows = list(csv.DictReader(table))
    assert [row["captured_at"] for row in rows] == [f.captured_at.isoformat() for f in frames]
    lines = (tmp_path / "truth.jsonl").read_text(encoding="utf-8").splitlines()
    plate = next(o for o in json.loads(lines[0])["objects"] if o["class"] == "plate")
    assert plate["text"] == "浙A7F926"
    assert len(plate["polygon"]) == 4
