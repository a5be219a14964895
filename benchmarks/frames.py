"""The frames that are posted: rendered, so that anyone gets the same."""

from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from datasets.synthesis.road import DriveFrame, demo_drive

COUNT = 13


def rendered_frames() -> list[DriveFrame]:
    """Render one bus's drive along the demonstration's road: 1280x720 JPEG frames."""
    return list(islice(demo_drive(), COUNT))


def write_frames(frames: Sequence[DriveFrame], folder: Path) -> None:
    """Write the pictures as 0.jpg, 1.jpg, … for the load generator."""
    for number, frame in enumerate(frames):
        (folder / f"{number}.jpg").write_bytes(frame.jpeg)
