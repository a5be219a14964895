"""A folder of frames as a clip: pictures, and a list or names that say when each was taken."""

import csv
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.clips.frame import ClipLimits
from inference.clips.naming import ASSUMED_FPS, order_by_name
from inference.decode import DecodeLimits, decode
from inference.errors import ClipCorrupt, ClipTooLong, ClipTooSlow, ClipUnsupported

FRAME_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp"})
FRAME_LIST = "frames.csv"
_FULL_SIZE = 1 << 30
_HOW = (
    f"A clip is a folder of pictures with times or numbers in their names, or with a {FRAME_LIST}"
    " of two columns: file, and time_s (seconds) or captured_at (RFC 3339)."
)


@dataclass(frozen=True, slots=True, eq=False)
class PictureFrame:
    """A decoded picture of a folder; see `inference.clips.ClipFrame`."""

    index: int
    time_s: float
    image: NDArray[np.uint8]

    def luma(self) -> NDArray[np.uint8]:
        """Brightness, uint8 (H, W)."""
        return np.asarray(cv2.cvtColor(self.image, cv2.COLOR_BGR2GRAY), np.uint8)

    def bgr(self) -> NDArray[np.uint8]:
        """Colours, uint8 (H, W, 3), BGR."""
        return self.image


class FrameFolder:
    """Pictures of one size, with when each was taken.

    A list, `frames.csv`, says when; without it the pictures' names do, see
    `inference.clips.naming.order_by_name`. The list has a header line and a row per frame: `file`,
    relative to the list, and `time_s` or `captured_at`; other columns are ignored. It is the list
    that `xunjian gateway post` reads.

    Args:
        path: The folder.
        limits: What is refused.
        fps: Frames per second of pictures that are only numbered.

    Attributes:
        width: Width in pixels.
        height: Height in pixels.

    Raises:
        ClipError: The list is missing or wrong, or too long.
        PictureError: The first picture cannot be decoded.
        OSError: Something cannot be read.
    """

    def __init__(self, path: Path, limits: ClipLimits, fps: float = ASSUMED_FPS) -> None:
        self._limits = limits
        self._picture_limits = DecodeLimits(limits.max_bytes, limits.max_pixels)
        listed = path / FRAME_LIST
        self._listed = _read_list(listed) if listed.is_file() else _read_names(path, fps)
        if len(self._listed) > limits.max_frames:
            raise ClipTooLong(
                f"{path} has {len(self._listed)} frames, more than the {limits.max_frames} allowed",
                hint="Send it in parts.",
            )
        if self._listed[-1][1] > limits.max_seconds:
            raise ClipTooLong(
                f"the frames of {path} span {self._listed[-1][1]:.0f} s,"
                f" more than the {limits.max_seconds:g} allowed",
                hint="Send it in parts.",
            )
        self.height, self.width = self._read(self._listed[0][0]).shape[:2]

    def frames(self) -> Iterator[PictureFrame]:
        """Decode the pictures in the order of their times; see `inference.clips.Clip`.

        Raises:
            PictureError: A picture cannot be decoded.
        """
        deadline = time.monotonic() + self._limits.max_decode_s
        for index, (file, time_s) in enumerate(self._listed):
            if time.monotonic() > deadline:
                raise ClipTooSlow(f"decoding took more than {self._limits.max_decode_s:g} s")
            image = self._read(file)
            if image.shape[:2] != (self.height, self.width):
                raise ClipUnsupported(
                    f"{file} has {image.shape[1]}x{image.shape[0]} pixels, the first picture"
                    f" {self.width}x{self.height}",
                    hint="All frames of a clip must have one size.",
                )
            yield PictureFrame(index, time_s, image)

    def _read(self, file: Path) -> NDArray[np.uint8]:
        return decode(file.read_bytes(), self._picture_limits, _FULL_SIZE).image


def list_pictures(folder: Path) -> list[Path]:
    """The pictures that lie in a folder, sorted; what its folders hold is left out."""
    return sorted(
        file
        for file in folder.iterdir()
        if file.suffix.lower() in FRAME_SUFFIXES and file.is_file()
    )


def _read_names(folder: Path, fps: float) -> list[tuple[Path, float]]:
    files = list_pictures(folder)
    if not files:
        raise ClipUnsupported(f"{folder} holds no pictures", hint=_HOW)
    ordered = order_by_name([file.stem for file in files], fps)
    if ordered is None:
        raise ClipUnsupported(
            f"{folder} has no {FRAME_LIST}, and its pictures' names tell no order", hint=_HOW
        )
    return [(files[place], seconds) for place, seconds in ordered]


def _read_list(path: Path) -> list[tuple[Path, float]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as lines:
            rows = [_read_row(path, row, line) for line, row in enumerate(csv.DictReader(lines), 2)]
    except (UnicodeDecodeError, csv.Error) as error:
        raise ClipCorrupt(f"{path} is no list: {error}", hint=_HOW) from error
    if not rows:
        raise ClipCorrupt(f"{path} lists no frame", hint=_HOW)
    for line, ((_, before), (_, after)) in enumerate(pairwise(rows), start=3):
        if after <= before:
            raise ClipCorrupt(
                f"{path}, line {line}: the time does not rise", hint="List frames as taken."
            )
    start = rows[0][1]
    return [(file, seconds - start) for file, seconds in rows]


def _read_row(path: Path, row: dict[str, str | None], line: int) -> tuple[Path, float]:
    name, seconds, moment = row.get("file"), row.get("time_s"), row.get("captured_at")
    where = f"{path}, line {line}"
    if not name or not (seconds or moment):
        raise ClipCorrupt(f"{where}: no file or no time", hint=_HOW)
    file = path.parent / name
    if Path(name).is_absolute() or ".." in Path(name).parts:
        raise ClipUnsupported(f"{where}: {name} lies outside the folder")
    try:
        value = float(seconds) if seconds else datetime.fromisoformat(str(moment)).timestamp()
    except ValueError as error:
        raise ClipCorrupt(f"{where}: {error}", hint=_HOW) from error
    if not np.isfinite(value):
        raise ClipCorrupt(f"{where}: the time is {value}", hint=_HOW)
    return file, value
