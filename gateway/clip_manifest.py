"""Reading clips from a folder: video files and, beside them, `clips.csv`; or a burst of pictures.

The list has a header line and one row per clip. `file` (relative to the list) and `captured_at` (of
the first frame; RFC 3339 with an offset) are required, `camera` is optional, other columns are
ignored. A folder with a `frames.csv` instead is one clip: its pictures, each at its own time.
"""

import csv
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from gateway.clip import CONTENT_TYPES, CapturedClip
from gateway.errors import ManifestInvalid
from gateway.frame import FrameMetadata
from gateway.manifest import read_manifest
from gateway.quicktime import write_burst

_HINT = (
    "give a folder with a clips.csv (file,captured_at,camera), a folder with JPEG pictures and a "
    "frames.csv (file,captured_at), or one clip with --camera and --captured-at"
)


def read_clips(
    path: Path, *, camera: str | None, captured_at: datetime | None, scratch: Path
) -> list[CapturedClip]:
    """Read what is to be posted.

    Args:
        path: a clip, a folder with a `clips.csv` or a `frames.csv`, or such a list.
        camera: the camera of every row, or of the one clip.
        captured_at: when the first frame of the one clip was captured; timezone-aware.
        scratch: folder in which a burst becomes a clip.

    Raises:
        ManifestInvalid: naming what is wrong.
    """
    if path.is_dir():
        path = next(
            (path / name for name in ("clips.csv", "frames.csv") if (path / name).exists()), path
        )
    if path.name == "frames.csv":
        return [_burst(path, camera, scratch)]
    if path.suffix == ".csv":
        try:
            with path.open(newline="", encoding="utf-8-sig") as lines:
                return list(_read_rows(path, csv.DictReader(lines), camera))
        except OSError as error:
            raise ManifestInvalid(f"{path}: {error.strerror}", hint=_HINT) from error
    if path.suffix.lower() not in CONTENT_TYPES or camera is None or captured_at is None:
        raise ManifestInvalid(f"{path}: not enough is known of it", hint=_HINT)
    return [_clip(path, camera, captured_at)]


def _read_rows(
    path: Path, rows: Iterable[dict[str, str]], camera: str | None
) -> Iterator[CapturedClip]:
    for number, row in enumerate(rows, start=2):
        try:
            name = row.get("camera") or camera
            if not name:
                raise ValueError("no camera: name one or add a camera column")
            if camera is None or name == camera:
                moment = datetime.fromisoformat(row["captured_at"])
                yield _clip(path.parent / row["file"], name, moment)
        except KeyError as error:
            raise ManifestInvalid(f"{path}: there is no column {error}") from error
        except (ValueError, TypeError) as error:
            raise ManifestInvalid(f"{path}, line {number}: {error}") from error


def _clip(path: Path, camera: str, captured_at: datetime) -> CapturedClip:
    content_type = CONTENT_TYPES.get(path.suffix.lower())
    if content_type is None:
        raise ValueError(f"{path.name} is not a {', '.join(CONTENT_TYPES)}")
    return CapturedClip(path, FrameMetadata(camera, captured_at), content_type)


def _burst(path: Path, camera: str | None, scratch: Path) -> CapturedClip:
    frames = read_manifest(path, camera=camera)
    cameras = {frame.metadata.camera for frame in frames}
    if len(cameras) != 1:
        raise ManifestInvalid(
            f"{path} has frames of {len(cameras)} cameras; a burst is of one",
            hint="name it with --camera",
        )
    film = scratch / "burst.mov"
    pictures = [(frame.path, frame.metadata.captured_at.timestamp()) for frame in frames]
    try:
        with film.open("wb") as file:
            write_burst(file, pictures)
    except OSError as error:
        raise ManifestInvalid(f"{error.filename}: {error.strerror}") from error
    first = frames[0].metadata
    return CapturedClip(film, FrameMetadata(first.camera, first.captured_at), CONTENT_TYPES[".mov"])
