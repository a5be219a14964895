from pathlib import Path

import pytest

from inference.clips.sources import find_clips


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in (
        "b.mp4",
        "a.AVI",
        "preview.jpg",
        "burst/1.jpg",
        "burst/2.jpg",
        "burst/10.jpg",
        "burst/thumbs/1.jpg",
        "listed/any.jpg",
        "listed/frames.csv",
        "pair/1.jpg",
        "deep/er/c.mov",
        "deep/er/1.jpg",
        "deep/er/2.jpg",
        "deep/er/3.jpg",
        "notes/readme.txt",
    ):
        file = tmp_path / "day" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    return tmp_path / "day"


def test_folders_are_searched_for_clips_and_folders_of_frames(folder: Path) -> None:
    found = find_clips([folder, folder / "burst", folder / "b.mp4", folder / "gone.mp4"])
    assert [str(one.path.relative_to(folder)) for one in found] == [
        "a.AVI",
        "b.mp4",
        "burst",
        "deep/er/c.mov",
        "listed",
        "burst",
        "b.mp4",
        "gone.mp4",
    ]
    assert [str(one.annotated_name) for one in found] == [
        "a.mp4",
        "b.mp4",
        "burst.mp4",
        "deep/er/c.mp4",
        "listed.mp4",
        "burst-2.mp4",
        "b-2.mp4",
        "gone.mp4",
    ]


def test_pictures_in_no_order_are_a_clip_that_fails_if_they_are_named(folder: Path) -> None:
    assert [one.path for one in find_clips([folder / "pair"])] == [folder / "pair"]
    assert find_clips([folder / "notes"]) == []
