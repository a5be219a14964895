"""Reading a drive from a folder: pictures and, beside them, `frames.csv`.

The list has a header line and one row per frame in the order of capture. `file` (relative to the
list) and `captured_at` (RFC 3339 with an offset) are required; `camera`, `latitude`, `longitude`,
`gps_accuracy_m`, `heading_deg`, `speed_mps` and `flags` (what other devices at the camera say:
`name=value`, several with a semicolon between) are optional, other columns are ignored.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from gateway.errors import ManifestInvalid
from gateway.frame import CapturedFrame, FrameMetadata

CONTENT_TYPES = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
}
_NUMBERS = ("latitude", "longitude", "gps_accuracy_m", "heading_deg", "speed_mps")


@dataclass(frozen=True, slots=True)
class ListedFrame:
    """One row: where the picture is and what is known of it."""

    path: Path
    metadata: FrameMetadata

    def load(self) -> CapturedFrame:
        """Read the picture.

        Raises:
            ManifestInvalid: when the file cannot be read.
        """
        try:
            picture = self.path.read_bytes()
        except OSError as error:
            raise ManifestInvalid(f"{self.path}: {error.strerror}") from error
        return CapturedFrame(self.metadata, picture, CONTENT_TYPES[self.path.suffix.lower()])


def read_manifest(path: Path, *, camera: str | None) -> list[ListedFrame]:
    """Read `frames.csv`.

    Args:
        path: the list, or the folder that holds one.
        camera: the camera of every row; needed when the list has no `camera` column. When it has
            one and a camera is given, other cameras' rows are left out.

    Raises:
        ManifestInvalid: naming the row and what is wrong with it.
    """
    path = path / "frames.csv" if path.is_dir() else path
    try:
        with path.open(newline="", encoding="utf-8-sig") as lines:
            return [
                frame
                for frame in _read_rows(path, csv.DictReader(lines), camera)
                if camera is None or frame.metadata.camera == camera
            ]
    except OSError as error:
        raise ManifestInvalid(
            f"{path}: {error.strerror}",
            hint="a drive is a folder with pictures and a frames.csv: "
            "file,captured_at,latitude,longitude,heading_deg",
        ) from error


def _read_rows(
    path: Path, rows: Iterable[dict[str, str]], camera: str | None
) -> Iterator[ListedFrame]:
    for number, row in enumerate(rows, start=2):
        try:
            picture = path.parent / row["file"]
            if picture.suffix.lower() not in CONTENT_TYPES:
                raise ValueError(f"{picture.name} is not a .jpg, .png or .webp")
            name = row.get("camera") or camera
            if not name:
                raise ValueError("no camera: name one or add a camera column")
            yield ListedFrame(
                picture,
                FrameMetadata(
                    camera=name,
                    captured_at=datetime.fromisoformat(row["captured_at"]),
                    flags=_flags(row.get("flags") or ""),
                    **{column: float(row[column]) for column in _NUMBERS if row.get(column)},
                ),
            )
        except KeyError as error:
            raise ManifestInvalid(f"{path}: there is no column {error}") from error
        except (ValueError, TypeError) as error:
            raise ManifestInvalid(f"{path}, line {number}: {error}") from error


def _flags(text: str) -> dict[str, str] | None:
    pairs = [part.strip().partition("=") for part in text.split(";") if part.strip()]
    if not all(
        separator and name and value and value.isascii() for name, separator, value in pairs
    ):
        raise ValueError(f"flags are name=value; name=value in ASCII, not {text!r}")
    return {name: value for name, _, value in pairs} or None
