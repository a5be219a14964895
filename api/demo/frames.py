"""The frames that the demonstration's cameras post: lists of them, and pictures of your own."""

import csv
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from geographiclib.geodesic import Geodesic

from api.database import now
from models.errors import XunjianError

_PICTURES = frozenset({".jpg", ".jpeg", ".png", ".webp"})
_START = (30.25, 120.15)  # an example county; WGS-84 degrees
_SPACING_M = 12.0
_HEADING_DEG = 90.0
_SPEED_MPS = 9.0


class NoPictures(XunjianError):
    """The folder to drive along holds no picture."""


def lay_out(pictures: Path, folder: Path) -> None:
    """List pictures, in the order of their names, as frames of one bus on a straight road.

    The positions are made up: a picture every 12 m, eastwards, with 3 m of GPS accuracy.

    Args:
        pictures: the folder of JPEG, PNG or WebP files.
        folder: where `frames.csv` is written.

    Raises:
        NoPictures: when there is none.
    """
    found = sorted(p for p in pictures.iterdir() if p.suffix.lower() in _PICTURES)
    if not found:
        raise NoPictures(
            f"{pictures} holds no picture", hint="give a folder with .jpg, .png or .webp files"
        )
    rows = []
    for number, picture in enumerate(found):
        place: dict[str, Any] = Geodesic.WGS84.Direct(*_START, _HEADING_DEG, number * _SPACING_M)
        rows.append(
            {
                "file": str(picture.resolve()),
                "camera": "bus-1",
                "captured_at": (
                    now() + timedelta(seconds=number * _SPACING_M / _SPEED_MPS)
                ).isoformat(),
                "latitude": f"{place['lat2']:.8f}",
                "longitude": f"{place['lon2']:.8f}",
                "gps_accuracy_m": 3.0,
                "heading_deg": _HEADING_DEG,
                "speed_mps": _SPEED_MPS,
            }
        )
    _write(folder / "frames.csv", rows)


def end_now(path: Path, *, ago: timedelta = timedelta()) -> list[dict[str, str]]:
    """Move frames in time so that the last one is captured now.

    Args:
        path: their list, which is rewritten.
        ago: how long before now instead.

    Returns:
        The rows of the list.
    """
    return _move(path, lambda _, last: now() - ago - last)


def end_today(path: Path) -> list[dict[str, str]]:
    """Move frames by whole days, so that the last one is of today or yesterday.

    Args:
        path: their list, which is rewritten.

    Returns:
        The rows of the list.
    """
    return _move(path, lambda _, last: timedelta(days=(now() - last).days))


def begin_after(path: Path, moment: datetime) -> list[dict[str, str]]:
    """Move frames in time so that the first one is captured a second after a moment.

    Args:
        path: their list, which is rewritten.
        moment: timezone-aware.

    Returns:
        The rows of the list.
    """
    return _move(path, lambda first, _: moment + timedelta(seconds=1) - first)


def _move(path: Path, by: Callable[[datetime, datetime], timedelta]) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    captured = [datetime.fromisoformat(row["captured_at"]) for row in rows]
    shift = by(min(captured), max(captured))
    for row, moment in zip(rows, captured, strict=True):
        row["captured_at"] = (moment + shift).isoformat()
    _write(path, rows)
    return rows


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as lines:
        table = csv.DictWriter(lines, fieldnames=list(rows[0]))
        table.writeheader()
        table.writerows(rows)
