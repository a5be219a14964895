"""The frames that are posted: rendered, so that anyone gets the same."""

from collections.abc import Sequence
from pathlib import Path

from datasets.synthesis.road import DriveFrame, RoadScene, render_drive

_SEED = 11


def rendered_frames() -> list[DriveFrame]:
    """Render a bus's drive along 150 m of road with one pothole and one crack, a frame a second.

    1280x720 JPEG; most frames show nothing, as on a street.
    """
    scene = RoadScene.random(_SEED, potholes=1, cracks=1, length_m=150.0)
    return list(render_drive(scene, spacing_m=9.0, seed=_SEED))


def write_frames(frames: Sequence[DriveFrame], folder: Path) -> None:
    """Write the pictures as 0.jpg, 1.jpg, … for the load generator."""
    for number, frame in enumerate(frames):
        (folder / f"{number}.jpg").write_bytes(frame.jpeg)
