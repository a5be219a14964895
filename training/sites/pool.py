"""Pairs of pictures on disk, so that they are drawn once and looked at often."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from training.errors import TrainingError

Image = NDArray[np.uint8]
_BEFORE, _AFTER, _TRUTH = ".before.jpg", ".after.jpg", ".truth.png"
_QUALITY = 95
_FRAMES = (1, 1, 3, 5, 7, 9)


@dataclass(frozen=True, eq=False)
class Pair:
    """Two aligned pictures and what changed.

    Attributes:
        before: uint8 (H, W, 3), BGR.
        after: uint8 (H, W, 3), BGR.
        truth: uint8 (H, W, 3): 0 unchanged, 1 appeared, 2 removed; type of structure, 0 for none
            and else 1 + its index; plane it stands on, 0 for none and else 1 + its index.
        scene: Name of the place.
    """

    before: Image
    after: Image
    truth: Image
    scene: str


def write_pair(folder: Path, number: int, pair: Pair) -> None:
    """Write a pair; its truth comes last, so that what has a truth is whole."""
    stem = folder / f"{number:09d}_{pair.scene}"
    for suffix, picture in ((_BEFORE, pair.before), (_AFTER, pair.after)):
        cv2.imwrite(f"{stem}{suffix}", picture, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    part = folder / f"{number:09d}.part.png"
    cv2.imwrite(str(part), pair.truth)
    part.rename(f"{stem}{_TRUTH}")


def pool_files(folders: Sequence[Path]) -> list[Path]:
    """The truth files of every whole pair, in order.

    Raises:
        TrainingError: There is none.
    """
    found = sorted(path for folder in folders for path in folder.glob(f"*{_TRUTH}"))
    if not found:
        raise TrainingError(
            f"no pairs in {', '.join(map(str, folders))}", hint="python -m training.sites draw"
        )
    return found


def read_pair(truth: Path) -> Pair:
    """Read the pair that a truth file belongs to."""
    stem = str(truth).removesuffix(_TRUTH)
    before, after, named = (
        np.asarray(cv2.imread(path, cv2.IMREAD_COLOR), np.uint8)
        for path in (stem + _BEFORE, stem + _AFTER, str(truth))
    )
    return Pair(before, after, named, Path(stem).name.split("_", 1)[1])


class Medians:
    """Unchanged pairs of real cameras: two medians of a camera's frames, from one light mode.

    Args:
        frames: Frames of each camera and light mode, at least two of each.
        size: Side of the square that is cut from the frames, in pixels.
    """

    def __init__(self, frames: Sequence[Sequence[Image]], size: int) -> None:
        self._frames = [group for group in frames if len(group) > 1]
        self._size = size

    def __iter__(self) -> Iterator[Pair]:
        """Pairs without end, of another seed each time."""
        rng = np.random.default_rng()
        while True:
            yield self.draw(rng)

    def draw(self, rng: np.random.Generator) -> Pair:
        """Draw a pair.

        Mostly of medians of three to nine frames, else of single frames with all their traffic.
        """
        frames = self._frames[int(rng.integers(len(self._frames)))]
        height, width = frames[0].shape[:2]
        side = min(self._size, height, width)
        y, x = int(rng.integers(height - side + 1)), int(rng.integers(width - side + 1))
        place = np.s_[y : y + side, x : x + side]
        order = rng.permutation(len(frames))
        most = len(order) // 2
        both = []
        for half in (order[:most], order[most:]):
            count = min(len(half), int(rng.choice(_FRAMES)))
            chosen = np.stack([frames[n][place] for n in half[:count]])
            both.append(np.partition(chosen, count // 2, axis=0)[count // 2])
        return Pair(both[0], both[1], np.zeros_like(both[0]), "real")


def camera_frames(folder: Path) -> list[list[Image]]:
    """A camera's frames by light mode.

    Args:
        folder: Holds the JPEG frames of one fixed camera.
    """
    from inference.sites.light import split_modes

    frames = [np.asarray(cv2.imread(str(p)), np.uint8) for p in sorted(folder.glob("*.jpg"))]
    modes = split_modes(frames)
    return [
        [frame for frame, of in zip(frames, modes, strict=True) if of == mode]
        for mode in sorted(set(modes))
    ]
