"""Rendered frames as training pictures."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from datasets.synthesis import checkpoint, closeups, pictures, road, traps
from datasets.synthesis.checkpoint.export import write_yolo as write_passages
from datasets.synthesis.pictures import RenderedPicture
from datasets.yolo import LabelledPicture, picture_files, read_split

_Frame = TypeVar("_Frame")
_FRAMES_OF_A_PASSAGE = 2


def rendered_pictures(folder: Path, count: int, seed: int) -> list[LabelledPicture]:
    """Render drives along made-up roads, unless a former call has left them in the folder.

    Args:
        folder: Where the frames lie or will lie, as a YOLO split.
        count: How many frames; 0 renders nothing.
        seed: Other seeds give other roads, cameras and weather.

    Returns:
        The frames.
    """
    return _rendered(folder, count, road.random_drives(seed, frames=count), road.write_yolo)


def rendered_passages(folder: Path, count: int, seed: int) -> list[LabelledPicture]:
    """Render passages of made-up checkpoints, as `rendered_pictures` renders drives."""
    frames = checkpoint.random_passages(seed, frames=count, each=_FRAMES_OF_A_PASSAGE)
    return _rendered(folder, count, frames, write_passages)


def rendered_traps(folder: Path, count: int, seed: int) -> list[LabelledPicture]:
    """Render sticky traps, as `rendered_pictures` renders drives."""
    return _rendered(folder, count, traps.random_traps(seed, count), _writer(traps.CLASS_NAMES))


def rendered_closeups(folder: Path, count: int, seed: int) -> list[LabelledPicture]:
    """Render close views of pests, as `rendered_pictures` renders drives."""
    views = closeups.random_closeups(seed, count)
    return _rendered(folder, count, views, _writer(closeups.CLASS_NAMES))


def _writer(classes: tuple[str, ...]) -> Callable[[Path, Iterator[RenderedPicture]], object]:
    return lambda folder, rendered: pictures.write_yolo(folder, rendered, classes)


def _rendered(
    folder: Path,
    count: int,
    frames: Iterator[_Frame],
    write: Callable[[Path, Iterator[_Frame]], object],
) -> list[LabelledPicture]:
    if not count:
        return []
    if len(picture_files(folder / "images")) != count:
        write(folder, _tracked(frames, count))
    return read_split(folder)


def _tracked(frames: Iterator[_Frame], count: int) -> Iterator[_Frame]:
    from rich.progress import track

    yield from track(frames, "Rendering frames", total=count)
