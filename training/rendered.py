"""Rendered frames as training pictures."""

from collections.abc import Iterator
from pathlib import Path

from datasets.synthesis.drive import DriveFrame
from datasets.synthesis.road import random_drives, write_yolo
from datasets.yolo import LabelledPicture, picture_files, read_split


def rendered_pictures(folder: Path, count: int, seed: int) -> list[LabelledPicture]:
    """Render drives along made-up roads, unless a former call has left them in the folder.

    Args:
        folder: Where the frames lie or will lie, as a YOLO split.
        count: How many frames; 0 renders nothing.
        seed: Other seeds give other roads, cameras and weather.

    Returns:
        The frames.
    """
    if not count:
        return []
    if len(picture_files(folder / "images")) != count:
        write_yolo(folder, _tracked(random_drives(seed, frames=count), count))
    return read_split(folder)


def _tracked(frames: Iterator[DriveFrame], count: int) -> Iterator[DriveFrame]:
    from rich.progress import track

    yield from track(frames, "Rendering frames", total=count)
