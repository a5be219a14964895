"""The README's first command: a drive ends in cases that a department has received."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

REAL_ROAD = Path(__file__).parents[3] / "shared/data/road_damage/test/images"


def demo(tmp_path: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "xunjian", "demo", "--once", "--folder", str(tmp_path), *arguments],
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "COLUMNS": "120"},
        check=False,
    )


def figures(output: str) -> dict[str, int]:
    rows = re.findall(r"│ ([^\d│\n]+?)(?: in [\d.]+ s)?\s+│\s+(\d+)\s+│", output)
    return {what: int(number) for what, number in rows}


def expect_a_closed_chain(finished: "subprocess.CompletedProcess[str]") -> dict[str, int]:
    assert finished.returncode == 0, finished.stdout + finished.stderr
    seen = figures(finished.stdout)
    assert seen["detections"] >= seen["findings"] > 0
    assert (
        seen["confirmed by the operator"]
        == seen["cases"]
        == seen["deliveries"]
        == seen["received by the department"]
        > 0
    )
    return seen


def test_the_rendered_drive_ends_in_received_cases(tmp_path: Path) -> None:
    seen = expect_a_closed_chain(demo(tmp_path))
    assert seen["frames"] == 52
    # ten things are wrong with that road; many more findings would be one thing taken for many
    assert 4 <= seen["findings"] <= 16


@pytest.mark.skipif(
    not REAL_ROAD.is_dir(), reason="the real road pictures are not beside the project"
)
def test_real_pictures_end_in_received_cases(tmp_path: Path) -> None:
    few = tmp_path / "pictures"
    few.mkdir()
    for picture in sorted(REAL_ROAD.iterdir())[:24]:
        (few / picture.name).symlink_to(picture)
    seen = expect_a_closed_chain(demo(tmp_path / "demo", "--frames", str(few)))
    assert seen["frames"] == 24


def test_a_folder_without_pictures_is_told_so(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    finished = demo(tmp_path / "demo", "--frames", str(tmp_path / "empty"))
    assert finished.returncode == 1
    assert "no picture" in finished.stderr
