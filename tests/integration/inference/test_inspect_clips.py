"""`xunjian inspect falling_object`, as a person runs it: real clips, real model, real processes."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import av
import cv2
import pytest
from typer.testing import CliRunner, Result

from inference.clips import ClipLimits, open_clip
from inference.commands import app
from inference.inspections import get_inspection
from models.descriptions import TrackletsDescription
from models.registry import load_described
from tests.unit.inference.clips.films import film, sound

MODEL = load_described(TrackletsDescription, "falling_object")
GOLDEN = MODEL.folder / "golden.mp4"
FALLS = json.loads((MODEL.folder / "golden.json").read_text())["events"]


def inspect(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["inspect", "falling_object", *map(str, arguments)])


def records(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def write_frames(folder: Path, names: str = "frame_{:04d}.png") -> float:
    """Write the golden clip as pictures; return its frames per second."""
    folder.mkdir()
    frames = list(open_clip(GOLDEN, ClipLimits()).frames())
    for frame in frames:
        cv2.imwrite(str(folder / names.format(frame.index)), frame.bgr())
    return (len(frames) - 1) / frames[-1].time_s


def hostile(folder: Path) -> dict[str, str]:
    """Write clips that harm or cannot be; return the error that each is to give."""
    playlist = f"#EXTM3U\n#EXTINF:10,\nfile://{GOLDEN}\n".encode()
    clips = {
        "empty.mp4": (b"", "ClipTruncated"),
        "cut.mp4": (GOLDEN.read_bytes()[:-2000], "ClipTruncated"),
        "hour.mp4": (film(frames=2, times_ms=(0, 3_600_000)), "ClipTooLong"),
        "bomb.mp4": (film(frames=1, size=(4112, 2320)), "ClipTooLarge"),
        "playlist.mp4": (playlist, "ClipUnsupported"),
        "vp9.mp4": (film(codec="libvpx-vp9"), "ClipUnsupported"),
        "sound.mp4": (sound(), "ClipUnsupported"),
        "noise.avi": (b"RIFF" + os.urandom(500), "ClipUnsupported"),
    }
    for name, (data, _) in clips.items():
        (folder / name).write_bytes(data)
    return {name: error for name, (_, error) in sorted(clips.items())}


def test_the_golden_clip_gives_its_falls() -> None:
    get_inspection("falling_object").check_golden()


def test_jsonl_contract_and_evidence(tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    result = inspect(GOLDEN, "--format", "jsonl", "--annotate", seen)
    assert result.exit_code == 0, result.output
    (record,) = records(result)
    assert list(record) == ["source", "fps", "events"]
    assert record["source"] == str(GOLDEN)
    assert len(record["events"]) == len(FALLS)
    clip = open_clip(GOLDEN, ClipLimits())
    frames = [(frame.index, frame.time_s) for frame in clip.frames()]
    assert record["fps"] == pytest.approx((len(frames) - 1) / frames[-1][1], abs=1e-3)
    for event in record["events"]:
        assert list(event) == ["start_frame", "end_frame", "score", "status", "track", "origin"]
        assert 0 <= event["start_frame"] <= event["track"][0][0]
        assert event["track"][-1][0] == event["end_frame"] <= frames[-1][0]
        assert event["status"] in ("confirmed", "suspected")
        assert 0 < event["score"] <= 1
        numbers = [frame for frame, _, _ in event["track"]]
        assert numbers == sorted(set(numbers))
        assert all(0 <= x <= clip.width and 0 <= y <= clip.height for _, x, y in event["track"])
        assert list(event["origin"]) == ["x", "y", "uncertainty_px"]
    assert sorted(path.name for path in seen.iterdir()) == [
        "golden.mp4",
        *(f"golden.strobe{number}.jpg" for number in range(1, len(FALLS) + 1)),
    ]
    with av.open(str(seen / "golden.mp4")) as overlay:
        drawn = [frame.to_ndarray(format="bgr24") for frame in overlay.decode(video=0)]
    assert len(drawn) == len(frames)
    plain = [frame.bgr() for frame in clip.frames()]
    end = FALLS[0]["end_frame"]
    assert cv2.absdiff(drawn[end], plain[end][: drawn[end].shape[0]]).max() > 60
    assert cv2.absdiff(drawn[0], plain[0][: drawn[0].shape[0]]).max() < 60
    strobe = cv2.imread(str(seen / "golden.strobe1.jpg"))
    assert strobe is not None
    assert strobe.shape == plain[0].shape


@pytest.mark.parametrize("names", ["frame_{:04d}.png", "1767268800{:03d}.png"])
def test_a_folder_of_frames_is_one_clip(tmp_path: Path, names: str) -> None:
    fps = write_frames(tmp_path / "burst", names)
    result = inspect(tmp_path, "--format", "jsonl", "--fps", fps)
    (record,) = records(result)
    assert record["source"] == str(tmp_path / "burst")
    if names.startswith("frame"):
        assert record["fps"] == pytest.approx(fps, abs=0.01)
    starts = [event["start_frame"] for event in record["events"]]
    assert starts == pytest.approx([fall["start_frame"] for fall in FALLS], abs=2)


def test_a_facade_names_floor_and_column_and_hides_what_lies_outside(tmp_path: Path) -> None:
    clip = open_clip(GOLDEN, ClipLimits())
    width, height = 2 * clip.width, 2 * clip.height  # measured in the camera's main stream
    corners = [[0, 0], [width, 0], [width, height], [0, height]]
    facade: dict[str, Any] = {
        "picture": {"width": width, "height": height},
        "grid": {"corners": corners, "floors": 20, "columns": 10},
    }
    path = tmp_path / "facade.json"
    path.write_text(json.dumps(facade))
    (record,) = records(inspect(GOLDEN, "--facade", path, "--format", "jsonl"))
    for event in record["events"]:
        origin = event["origin"]
        low, likely, high = (origin["floor"][name] for name in ("low", "likely", "high"))
        assert 1 <= low <= likely <= high <= 20
        expected = 20 * (1 - min(max(origin["y"] / clip.height, 0), 0.999))
        assert likely == pytest.approx(expected + 0.5, abs=0.51)
        assert origin["column"]["likely"] == int(10 * origin["x"] / clip.width) + 1
    assert record["events"]
    corner = [[0, 0], [width // 8, 0], [width // 8, height // 8], [0, height // 8]]
    path.write_text(json.dumps(facade | {"region": corner}))
    (record,) = records(inspect(GOLDEN, "--facade", path, "--format", "jsonl"))
    assert record["events"] == []


def test_hostile_clips_give_error_records_and_the_work_goes_on(tmp_path: Path) -> None:
    expected = hostile(tmp_path)
    (tmp_path / "whole.mp4").write_bytes(film(frames=3))
    result = inspect(tmp_path, tmp_path / "gone.mp4", "--format", "jsonl")
    assert result.exit_code == 1
    lines = {Path(line["source"]).name: line for line in records(result)}
    assert list(lines) == [*sorted([*expected, "whole.mp4"]), "gone.mp4"]
    errors = {name: line["error"]["type"] for name, line in lines.items() if "error" in line}
    assert errors == expected | {"gone.mp4": "FileNotFoundError"}
    assert all(line["error"]["message"] for line in lines.values() if "error" in line)
    assert lines["whole.mp4"]["events"] == []
    assert f"{len(errors)} of {len(lines)} inputs could not be inspected" in result.stderr


def test_the_table_says_when_and_from_where(tmp_path: Path) -> None:
    (tmp_path / "empty.mp4").touch()
    result = inspect(GOLDEN, tmp_path / "empty.mp4")
    assert result.exit_code == 1
    told = " ".join(result.stdout.split())
    assert "confirmed" in told or "suspected" in told
    assert "file is" in told
    assert f"falling_object {MODEL.about.version} fp32" in result.stderr


@pytest.mark.parametrize(
    ("inspection", "arguments", "said"),
    [
        ("falling_object", ["."], "no clip"),
        ("falling_object", ["a.mp4", "--fps", "0"], "--fps"),
        ("falling_object", ["a.mp4", "--facade", "gone.yaml"], "gone.yaml"),
        ("falling_object", ["a.mp4", "--annotate", "."], "outside"),
        ("road_damage", ["a.jpg", "--fps", "25"], "--fps"),
    ],
)
def test_wrong_usage_exits_2(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    inspection: str,
    arguments: Sequence[str],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, ["inspect", inspection, *arguments])
    assert result.exit_code == 2
    assert said in result.stderr


def test_a_clip_is_no_picture_and_a_picture_no_clip(tmp_path: Path) -> None:
    picture = tmp_path / "one.jpg"
    cv2.imwrite(str(picture), next(iter(open_clip(GOLDEN, ClipLimits()).frames())).bgr())
    (record,) = records(inspect(picture, "--format", "jsonl"))
    assert record["error"]["type"] == "ClipUnsupported"


def test_ctrl_c_leaves_whole_lines_no_processes_and_exits_130(tmp_path: Path) -> None:
    for number in range(300):
        (tmp_path / f"{number:03d}.mp4").symlink_to(GOLDEN)
    command = [sys.executable, "-m", "xunjian", "inspect", "falling_object", str(tmp_path)]
    with subprocess.Popen(
        [*command, "--format", "jsonl"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as run:
        assert run.stdout is not None
        first = run.stdout.readline()
        children = _children(run.pid)
        run.send_signal(signal.SIGINT)
        rest, messages = run.communicate(timeout=60)
    assert "Traceback" not in messages
    assert run.returncode == 130, messages
    lines = [json.loads(line) for line in (first + rest).splitlines()]
    assert 0 < len(lines) < 300
    assert children
    deadline = time.monotonic() + 20
    while any(Path(f"/proc/{child}").exists() for child in children):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def _children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in listed.split()]
