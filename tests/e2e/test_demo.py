"""The README's first command: what cameras see ends in cases that departments have received."""

import json
import os
import re
import sqlite3
import subprocess
import sys
from collections import defaultdict
from contextlib import closing
from pathlib import Path

import pytest

from api.findings.geodesy import distance_m
from inference.inspections import INSPECTIONS

Rendered = tuple[Path, "subprocess.CompletedProcess[str]"]
REAL_ROAD = Path(__file__).parents[3] / "shared/data/road_damage/test/images"

# Of one worker, so that the demonstration is played once for all of them.
pytestmark = pytest.mark.xdist_group("demo")

_CLAIMS = """
    SELECT v.state, f.latitude, f.longitude, coalesce(group_concat(e.shows), '')
    FROM verifications v JOIN findings f ON f.id = v.finding_id
    LEFT JOIN evidence e ON e.finding_id = f.id GROUP BY v.id
"""
_EVENTS = "SELECT events FROM clips ORDER BY captured_at"


def demo(tmp_path: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "xunjian", "demo", "--once", "--folder", str(tmp_path), *arguments],
        capture_output=True,
        text=True,
        timeout=600,
        env={**os.environ, "COLUMNS": "120"},
        check=False,
    )


def figures(output: str) -> dict[str, dict[str, int]]:
    """The last table: for each inspection what came of its frames."""
    row = r"│ (\w+)\s+│ (\d+) in [\d.]+ s\s*│ (\d+)\s+│ (\d+)\s+│ (\d+)\s+│"
    names = ("frames", "findings", "cases", "received")
    return {
        inspection: dict(zip(names, map(int, numbers), strict=True))
        for inspection, *numbers in re.findall(row, output)
    }


def expect_closed_chains(
    finished: "subprocess.CompletedProcess[str]",
) -> dict[str, dict[str, int]]:
    assert finished.returncode == 0, finished.stdout + finished.stderr
    seen = figures(finished.stdout)
    for each in seen.values():
        assert each["findings"] >= each["cases"] == each["received"] > 0
    return seen


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    folder = tmp_path_factory.mktemp("demo")
    return folder, demo(folder)


def test_every_inspection_ends_in_received_cases(rendered: Rendered) -> None:
    seen = expect_closed_chains(rendered[1])
    assert set(seen) == set(INSPECTIONS)
    frames = {
        "road_damage": 52,
        "checkpoint_vehicle": 12,
        "crop_pest": 5,
        "falling_object": 2,
        "illegal_building": 43,
    }
    for inspection, each in seen.items():
        assert each["frames"] == frames[inspection]
    # ten things are wrong with that road; many more findings would be one thing taken for many
    assert 4 <= seen["road_damage"]["findings"] <= 16


def test_the_listed_and_the_smoking_lorry_are_found_and_the_car_is_not(rendered: Rendered) -> None:
    folder, finished = rendered
    assert expect_closed_chains(finished)["checkpoint_vehicle"]["findings"] == 2
    assert {"emissions_failed", "black_smoke"} <= set(finished.stdout.split())
    pictures = {path: path.read_bytes() for path in (folder / "checkpoint/images").iterdir()}
    kept = {
        path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "checkpoint" not in path.parts
    }
    stems = {path.stem.split("_")[0] for path, picture in pictures.items() if picture in kept}
    assert stems == {"listed", "smoking"}
    for plate in plates_of(folder, "innocent"):
        assert not any(plate.encode() in content for content in kept)


def test_the_fall_is_dispatched_with_its_floor_and_nothing_else_is_kept(rendered: Rendered) -> None:
    folder, finished = rendered
    assert expect_closed_chains(finished)["falling_object"]["findings"] == 1
    assert "from floor 9" in finished.stdout
    with closing(sqlite3.connect(folder / "xunjian.sqlite3")) as database:
        told = [json.loads(row[0]) for row in database.execute("SELECT payload FROM outbox")]
        seen = [len(json.loads(row[0])) for row in database.execute(_EVENTS)]
    (fall,) = (one for one in told if one["finding"]["inspection"] == "falling_object")
    origin = fall["finding"]["details"]["origin"]
    assert origin["floor"]["low"] <= 9 <= origin["floor"]["high"]
    assert origin["column"]["low"] <= 3 <= origin["column"]["high"]
    assert fall["clip_ids"] == fall["evidence_ids"]
    assert seen == [1, 0]
    posted = {path.read_bytes() for path in (folder / "community").glob("*.mp4")}
    kept = {path.read_bytes() for path in (folder / "objects").rglob("*") if path.is_file()}
    assert len(posted) == 2
    assert not posted & kept
    assert sum(b"ftyp" in content[:16] for content in kept) == 3  # redacted, drawn in, original


def test_a_repaired_pothole_closes_itself_and_a_lie_reopens_itself(rendered: Rendered) -> None:
    folder, finished = rendered
    assert finished.returncode == 0, finished.stdout + finished.stderr
    with closing(sqlite3.connect(folder / "xunjian.sqlite3")) as database:
        claims = database.execute(_CLAIMS).fetchall()
    defects = json.loads((folder / "repairs/defects.json").read_text("utf-8"))
    ends = defaultdict(list)
    for end, latitude, longitude, pictures in claims:
        nearest = min(
            defects,
            key=lambda one: distance_m((one["latitude"], one["longitude"]), (latitude, longitude)),
        )
        ends[end].append(nearest)
        assert ("before" in pictures and "after" in pictures) == (end == "passed")
    assert set(ends) == {"passed", "failed"}
    assert all(one["repaired_at"] is not None for one in ends["passed"])
    assert all(one["repaired_at"] is None for one in ends["failed"])
    told = " ".join(finished.stdout.replace("│", " ").split())
    assert re.search(r"(\d) of \1\b", told)
    for words in ("still there", "cut out and filled with hot asphalt", "claim_done"):
        assert words in told


def plates_of(folder: Path, passage: str) -> set[str]:
    lines = (folder / "checkpoint/truth.jsonl").read_text("utf-8").splitlines()
    shown = [each for line in lines if passage in line for each in json.loads(line)["objects"]]
    plates = {each["text"] for each in shown if "text" in each}
    assert plates
    return plates


@pytest.mark.skipif(
    not REAL_ROAD.is_dir(), reason="the real road pictures are not beside the project"
)
def test_real_pictures_end_in_received_cases(tmp_path: Path) -> None:
    few = tmp_path / "pictures"
    few.mkdir()
    for picture in sorted(REAL_ROAD.iterdir())[:24]:
        (few / picture.name).symlink_to(picture)
    seen = expect_closed_chains(demo(tmp_path / "demo", "--frames", str(few)))
    assert {name: each["frames"] for name, each in seen.items()} == {"road_damage": 24}


def test_a_folder_without_pictures_is_told_so(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    finished = demo(tmp_path / "demo", "--frames", str(tmp_path / "empty"))
    assert finished.returncode == 1
    assert "no picture" in finished.stderr
