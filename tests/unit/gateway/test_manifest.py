"""A drive's list of frames: what is read, and what each mistake is told."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.errors import ManifestInvalid
from gateway.manifest import read_manifest

HEADER = "file,captured_at,latitude,longitude,heading_deg,note\n"


def write(folder: Path, text: str) -> Path:
    (folder / "frames.csv").write_text(text, encoding="utf-8")
    (folder / "a.jpg").write_bytes(b"jpeg")
    return folder


def test_reads_positions_times_and_pictures(tmp_path: Path) -> None:
    write(tmp_path, HEADER + "a.jpg,2026-11-21T16:00:00+08:00,30.25,120.15,,x\n")
    (listed,) = read_manifest(tmp_path, camera="bus-1")
    frame = listed.load()
    assert frame.picture == b"jpeg"
    assert frame.content_type == "image/jpeg"
    assert frame.metadata.captured_at == datetime(2026, 11, 21, 8, tzinfo=UTC)
    assert (frame.metadata.latitude, frame.metadata.longitude) == (30.25, 120.15)
    assert frame.metadata.heading_deg is None


def test_keeps_only_the_named_camera(tmp_path: Path) -> None:
    write(
        tmp_path,
        "file,captured_at,camera\n"
        "a.jpg,2026-11-21T08:00:00Z,bus-1\n"
        "a.jpg,2026-11-21T08:00:01Z,bus-2\n",
    )
    assert len(read_manifest(tmp_path, camera=None)) == 2
    assert [f.metadata.camera for f in read_manifest(tmp_path, camera="bus-2")] == ["bus-2"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (HEADER + "a.jpg,2026-11-21T08:00:00,30,120,,\n", "line 2: .*naive"),
        (HEADER + "a.jpg,yesterday,30,120,,\n", "line 2: .*yesterday"),
        (HEADER + "a.jpg,2026-11-21T08:00:00Z,north,120,,\n", "line 2: .*north"),
        (HEADER + "a.gif,2026-11-21T08:00:00Z,30,120,,\n", "line 2: a.gif"),
        ("picture,captured_at\na.jpg,2026-11-21T08:00:00Z\n", "no column 'file'"),
    ],
)
def test_names_the_row_and_what_is_wrong(tmp_path: Path, text: str, message: str) -> None:
    write(tmp_path, text)
    with pytest.raises(ManifestInvalid, match=message):
        read_manifest(tmp_path, camera="bus-1")


def test_a_frame_without_any_camera_is_an_error(tmp_path: Path) -> None:
    write(tmp_path, HEADER + "a.jpg,2026-11-21T08:00:00Z,30,120,,\n")
    with pytest.raises(ManifestInvalid, match="no camera"):
        read_manifest(tmp_path, camera=None)


def test_a_folder_without_a_list_says_what_a_drive_is(tmp_path: Path) -> None:
    with pytest.raises(ManifestInvalid) as caught:
        read_manifest(tmp_path, camera="bus-1")
    assert "frames.csv" in str(caught.value.hint)


def test_a_picture_that_is_gone_is_an_error_that_names_it(tmp_path: Path) -> None:
    write(tmp_path, HEADER + "b.jpg,2026-11-21T08:00:00Z,30,120,,\n")
    (listed,) = read_manifest(tmp_path, camera="bus-1")
    with pytest.raises(ManifestInvalid, match=r"b\.jpg"):
        listed.load()
