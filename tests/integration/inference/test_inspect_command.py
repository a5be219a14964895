import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from inference.commands import app
from models.registry import load_model

GOLDEN = load_model("road_damage").folder / "golden.jpg"


def inspect(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["inspect", "road_damage", *map(str, arguments)])


def records(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "drive"
    (folder / "b").mkdir(parents=True)
    (folder / "2.jpg").write_bytes(GOLDEN.read_bytes())
    (folder / "10.JPG").write_bytes(GOLDEN.read_bytes()[:-5000])
    (folder / "b" / "1.png").write_bytes(b"")
    Image.open(GOLDEN).save(folder / "b" / "3.webp")
    (folder / "notes.txt").write_text("not a picture")
    return folder


def test_jsonl_contract(tmp_path: Path) -> None:
    result = inspect(GOLDEN, "--format", "jsonl")
    assert result.exit_code == 0
    (record,) = records(result)
    assert list(record) == ["source", "width", "height", "detections"]
    assert record["source"] == str(GOLDEN)
    with Image.open(GOLDEN) as picture:
        assert (record["width"], record["height"]) == picture.size
    assert record["detections"]
    for detection in record["detections"]:
        assert list(detection) == ["class", "score", "box"]
        assert detection["class"] in ("crack", "pothole")
        assert 0 < detection["score"] <= 1
        x1, y1, x2, y2 = detection["box"]
        assert 0 <= x1 < x2 <= record["width"]
        assert 0 <= y1 < y2 <= record["height"]


def test_one_line_per_input_in_order_whatever_becomes_of_it(folder: Path, tmp_path: Path) -> None:
    clip = tmp_path / "drive.mp4"
    clip.write_bytes(b"\0" * 100)
    result = inspect(tmp_path / "missing.jpg", folder, clip, GOLDEN, "--format", "jsonl")
    assert result.exit_code == 1
    lines = records(result)
    assert [line["source"] for line in lines] == [
        str(tmp_path / "missing.jpg"),
        *(str(folder / name) for name in ("10.JPG", "2.jpg", "b/1.png", "b/3.webp")),
        str(clip),
        str(GOLDEN),
    ]
    errors = [line.get("error", {}).get("type") for line in lines]
    assert errors == [
        "FileNotFoundError",
        "PictureTruncated",
        None,
        "PictureUnsupported",
        None,
        "PictureUnsupported",
        None,
    ]
    assert all(line["error"]["message"] for line in lines if "error" in line)
    assert "4 of 7 inputs could not be inspected" in result.stderr


def test_threshold_replaces_the_operating_points() -> None:
    few, many = (
        records(inspect(GOLDEN, "--format", "jsonl", "--threshold", t))[0] for t in (1, 0.001)
    )
    assert few["detections"] == []
    assert len(many["detections"]) > 10
    scores = [detection["score"] for detection in many["detections"]]
    assert scores == sorted(scores, reverse=True)


def test_start_up_says_what_runs_and_where_on_standard_error() -> None:
    result = inspect(GOLDEN, "--format", "jsonl", "--device", "cpu", "--variant", "fp32")
    model = load_model("road_damage", "fp32")
    assert f"road_damage {model.version} fp32 ({model.digest[:12]}) on cpu" in result.stderr


def test_table_names_what_was_found(folder: Path) -> None:
    result = inspect(folder)
    assert result.exit_code == 1
    assert "pothole 0." in result.stdout or "crack 0." in result.stdout


def test_annotated_copies_mirror_the_folder_and_leave_the_inputs_alone(
    folder: Path, tmp_path: Path
) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    inspect(folder, folder / "2.jpg", GOLDEN, "--annotate", tmp_path / "seen")
    copies = sorted(p.relative_to(tmp_path / "seen") for p in (tmp_path / "seen").rglob("*.jpg"))
    assert list(map(str, copies)) == ["2-2.jpg", "2.jpg", "b/3.jpg", "golden.jpg"]
    with Image.open(GOLDEN) as original, Image.open(tmp_path / "seen" / "2.jpg") as copy:
        assert copy.size == original.size
        assert copy.tobytes() != original.tobytes()
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("target", [".", "b", "seen"])
def test_annotating_into_the_inputs_is_refused(folder: Path, target: str) -> None:
    result = inspect(folder, "--annotate", folder / target)
    assert result.exit_code == 2
    assert "outside" in result.stderr
    assert not (folder / "seen").exists()


@pytest.mark.parametrize(
    "arguments",
    [["--threshold", "2"], ["--device", "tpu"], ["--variant", "int4"], ["--format", "xml"]],
)
def test_wrong_usage_exits_2(arguments: list[str]) -> None:
    assert inspect(GOLDEN, *arguments).exit_code == 2


def test_a_folder_without_pictures_is_wrong_usage(tmp_path: Path) -> None:
    result = inspect(tmp_path)
    assert result.exit_code == 2
    assert "no JPEG, PNG or WebP" in result.stderr


def test_ctrl_c_leaves_whole_lines_and_exits_130(tmp_path: Path) -> None:
    for number in range(300):
        (tmp_path / f"{number}.jpg").symlink_to(GOLDEN)
    command = [
        sys.executable,
        "-m",
        "xunjian",
        "inspect",
        "road_damage",
        str(tmp_path),
        "--format",
        "jsonl",
    ]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # a shell that runs the tests in the background lets its children ignore Ctrl-C
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as run:
        assert run.stdout is not None
        first = run.stdout.readline()
        run.send_signal(signal.SIGINT)
        rest, messages = run.communicate()
    assert run.returncode == 130
    assert "Traceback" not in messages
    lines = [json.loads(line) for line in (first + rest).splitlines()]
    assert 0 < len(lines) < 300
