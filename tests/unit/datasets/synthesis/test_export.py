import csv
import json
from datetime import datetime
from functools import cache
from pathlib import Path

import cv2
import defusedxml.ElementTree as ElementTree
import pytest
from typer.testing import CliRunner

from datasets.commands import app
from datasets.synthesis.camera import Camera
from datasets.synthesis.defects import CLASS_NAMES
from datasets.synthesis.road import (
    DriveFrame,
    RoadScene,
    demo_scene,
    render_drive,
    simulate_looks,
    write_defects,
    write_gpx,
    write_yolo,
)

GPX = {"g": "http://www.topografix.com/GPX/1/1"}


@cache
def frames() -> list[DriveFrame]:
    scene = RoadScene.random(5, potholes=2, cracks=1, length_m=20)
    drive = render_drive(scene, passes=(0, 1), camera=Camera(width=640, height=360))
    return list(drive)


def test_labels_give_back_the_truth(tmp_path: Path) -> None:
    assert any(frame.truth for frame in frames())
    looks = write_yolo(tmp_path, frames())
    for frame, look in zip(frames(), looks, strict=True):
        assert look.truth == frame.truth
        picture = cv2.imread(str(tmp_path / "images" / f"{frame.name}.jpg"))
        assert picture is not None
        assert picture.shape == (360, 640, 3)
        lines = (tmp_path / "labels" / f"{frame.name}.txt").read_text().splitlines()
        for line, truth in zip(lines, frame.truth, strict=True):
            index, x, y, w, h = (float(number) for number in line.split())
            assert CLASS_NAMES[int(index)] == truth.class_name
            box = ((x - w / 2) * 640, (y - h / 2) * 360, (x + w / 2) * 640, (y + h / 2) * 360)
            assert box == pytest.approx(truth.box, abs=1e-3)


def test_the_track_holds_every_moment_of_every_drive(tmp_path: Path) -> None:
    looks = [frame.look() for frame in frames()]
    write_gpx(tmp_path / "track.gpx", looks)
    root = ElementTree.parse(tmp_path / "track.gpx").getroot()
    assert root is not None
    assert len(root.findall("g:trk", GPX)) == 2
    points = root.findall(".//g:trkpt", GPX)
    for point, look in zip(points, looks, strict=True):
        assert float(point.attrib["lat"]) == pytest.approx(look.latitude, abs=1e-8)
        assert float(point.attrib["lon"]) == pytest.approx(look.longitude, abs=1e-8)
        time = point.findtext("g:time", "", GPX)
        assert datetime.fromisoformat(time) == look.captured_at


def test_defects_are_written_with_their_places_and_repairs(tmp_path: Path) -> None:
    scene = demo_scene()
    write_defects(tmp_path / "defects.json", scene)
    written = json.loads((tmp_path / "defects.json").read_text(encoding="utf-8"))
    assert [(one["id"], one["class"]) for one in written] == [
        (defect.id, defect.class_name) for defect in scene.defects
    ]
    for one, defect in zip(written, scene.defects, strict=True):
        place = scene.route.to_wgs84(defect.along_m, defect.across_m)
        assert (one["latitude"], one["longitude"]) == pytest.approx(place, abs=1e-7)
        assert one["repaired_at"] == defect.repaired_at


def test_the_demonstration_s_buses_come_back_to_some_repairs_only() -> None:
    seen: dict[int, set[str]] = {1: set(), 2: set()}
    for look in simulate_looks(demo_scene(), passes=seen, spacing_m=8.0):
        seen[look.pass_index] |= {truth.defect_id for truth in look.truth}
    potholes = {each for each in seen[1] if each.startswith("pothole")}
    assert len(potholes) == 6
    assert seen[1] - seen[2] == {"pothole-1", "pothole-5"}
    assert seen[2] < seen[1]


def test_the_command_writes_a_data_set(tmp_path: Path) -> None:
    out = tmp_path / "drive"
    arguments = ["synthesize", "road", "--out", str(out), "--frames", "3", "--width", "320"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    with (out / "frames.csv").open() as table:
        rows = list(csv.DictReader(table))
    assert [row["file"] for row in rows] == sorted(
        str(path.relative_to(out)) for path in (out / "images").iterdir()
    )
    assert (out / "track.gpx").is_file()
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    again = CliRunner().invoke(app, [*arguments, "--seed", "1"])
    assert again.exit_code == 2
    assert before == {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
