from pathlib import Path

import pytest

from inference.annotate import encode_jpeg
from inference.clips import ClipLimits, open_clip
from inference.errors import ClipCorrupt, ClipTooLong, ClipUnsupported, PictureTruncated
from tests.unit.inference.clips.films import picture

LIMITS = ClipLimits()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in range(4):
        (tmp_path / f"{number}.jpg").write_bytes(encode_jpeg(picture(number)))
    (tmp_path / "frames.csv").write_text(
        "file,time_s\n0.jpg,100.0\n1.jpg,100.1\n2.jpg,100.35\n3.jpg,100.4\n"
    )
    return tmp_path


def test_frames_come_with_the_times_of_the_list(folder: Path) -> None:
    clip = open_clip(folder, LIMITS)
    frames = list(clip.frames())
    assert (clip.width, clip.height) == (160, 96)
    assert [frame.time_s for frame in frames] == pytest.approx([0.0, 0.1, 0.35, 0.4])
    assert frames[3].luma().shape == (96, 160)
    assert frames[3].luma()[50, 25] > 200 > 100 > frames[3].luma()[50, 15]
    assert frames[3].bgr().shape == (96, 160, 3)


def test_moments_of_capture_are_times_too(folder: Path) -> None:
    (folder / "frames.csv").write_text(
        "file,captured_at,speed_mps\n"
        "0.jpg,2026-11-22T08:00:00+08:00,0\n1.jpg,2026-11-22T00:00:00.120Z,0\n"
    )
    frames = list(open_clip(folder, LIMITS).frames())
    assert [frame.time_s for frame in frames] == pytest.approx([0.0, 0.12])


def test_without_a_list_the_names_say_when(folder: Path) -> None:
    (folder / "frames.csv").unlink()
    (folder / "2.jpg").unlink()
    (folder / "notes.txt").write_text("not a frame")
    frames = list(open_clip(folder, LIMITS, fps=10).frames())
    assert [frame.time_s for frame in frames] == pytest.approx([0.0, 0.1, 0.3])
    assert [frame.index for frame in frames] == [0, 1, 2]


def test_names_without_an_order_are_refused_with_what_is_wanted(folder: Path) -> None:
    (folder / "frames.csv").unlink()
    (folder / "3.jpg").rename(folder / "last.jpg")
    with pytest.raises(ClipUnsupported, match=r"frames\.csv") as caught:
        open_clip(folder, LIMITS)
    assert "time_s" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("rows", "error", "said"),
    [
        ("file,time_s\n", ClipCorrupt, "no frame"),
        ("name,time_s\n0.jpg,1\n", ClipCorrupt, "line 2"),
        ("file\n0.jpg\n", ClipCorrupt, "line 2"),
        ("file,time_s\n0.jpg,early\n", ClipCorrupt, "line 2"),
        ("file,time_s\n0.jpg,nan\n", ClipCorrupt, "nan"),
        ("file,time_s\n0.jpg,1\n1.jpg,1\n", ClipCorrupt, "line 3"),
        ("file,time_s\n../secret.jpg,1\n", ClipUnsupported, "outside"),
        ("file,time_s\n/etc/passwd,1\n", ClipUnsupported, "outside"),
        ("file,time_s\n0.jpg,0\n1.jpg,3600\n", ClipTooLong, "3600 s"),
    ],
)
def test_wrong_lists_are_told(folder: Path, rows: str, error: type[Exception], said: str) -> None:
    (folder / "frames.csv").write_text(rows)
    with pytest.raises(error, match=said):
        open_clip(folder, LIMITS)


def test_too_many_frames_are_refused(folder: Path) -> None:
    with pytest.raises(ClipTooLong, match="4 frames"):
        open_clip(folder, ClipLimits(max_frames=3))


def test_a_picture_that_ends_early_is_told(folder: Path) -> None:
    (folder / "2.jpg").write_bytes((folder / "2.jpg").read_bytes()[:-100])
    with pytest.raises(PictureTruncated):
        list(open_clip(folder, LIMITS).frames())


def test_frames_of_another_size_are_refused(folder: Path) -> None:
    (folder / "2.jpg").write_bytes(encode_jpeg(picture(2, 80, 60)))
    with pytest.raises(ClipUnsupported, match="80x60"):
        list(open_clip(folder, LIMITS).frames())
