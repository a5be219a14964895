"""When a picture on disk was taken: from a list, its EXIF data, or its name."""

import csv
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from PIL import Image

from inference.sites.errors import TimesUnknown

_EXIF_IFD, _ORIGINAL, _CHANGED = 0x8769, 0x9003, 0x0132
_EXIF_FORMAT = "%Y:%m:%d %H:%M:%S"
# 2026-01-22_22-23-05, 20260122T222305, 20260122222305123, 2026年1月22日22时23分05秒, …
_DATE_TIME = (
    re.compile(
        r"(?<!\d)(20\d\d)\D?(\d\d)\D?(\d\d)\D{0,3}(\d\d)\D?(\d\d)(?:\D?(\d\d)(?:\d{3})?)?(?!\d)"
    ),
    re.compile(r"(?<!\d)(20\d\d)\D(\d\d?)\D(\d\d?)\D{1,3}(\d\d?)\D(\d\d?)(?:\D(\d\d?))?(?!\d)"),
)
_DATE = re.compile(r"(?<!\d)(20\d\d)\D?(\d\d)\D?(\d\d)(?!\d)")
_TIME = re.compile(r"(?<!\d)(\d\d)\D?(\d\d)(?:\D?(\d\d))?(?!\d)")
_EPOCH = re.compile(r"(?<!\d)(1\d{9})(\d{3})?(?!\d)")
_HOW = (
    "Name frames by date and time (2026-01-22_22-23-05.jpg), or list them with --times FILE.csv"
    " of two columns: file, captured_at."
)


def time_of(path: Path) -> datetime | None:
    """When a picture was taken, by its EXIF data, else by its name.

    EXIF says it as `DateTimeOriginal`, or `DateTime`. A name may hold date and time in any usual
    writing, seconds or milliseconds since 1970, or the time only, in a folder named by the date.

    Args:
        path: The picture; an unreadable one has only its name.

    Returns:
        The camera's own time of day, marked as UTC for want of its zone; None if nothing tells.
    """
    return _by_exif(path) or _by_name(path)


def why_undated(path: Path) -> str:
    """Say what is missing in a picture that `time_of` cannot place, and how to mend it."""
    what = "tells an hour but no day" if _TIME.fullmatch(path.stem) else "tells no time"
    return f"its name {what}, and it has no EXIF time. {_HOW}"


def read_times(path: Path) -> dict[str, datetime]:
    """Read a list of times.

    Args:
        path: CSV with a header line and the columns `file` and `captured_at` (ISO 8601, with or
            without zone); other columns are ignored.

    Returns:
        When each file was taken, by its name as listed.

    Raises:
        TimesUnknown: The list is missing, damaged or empty.
    """
    times: dict[str, datetime] = {}
    try:
        with path.open(newline="", encoding="utf-8-sig") as lines:
            for number, row in enumerate(csv.DictReader(lines), start=2):
                file, written = row.get("file"), row.get("captured_at")
                if not file or not written:
                    raise TimesUnknown(f"{path}, line {number}: no file or no time", hint=_HOW)
                at = datetime.fromisoformat(written)
                times[file] = at if at.tzinfo else at.replace(tzinfo=UTC)
    except (OSError, UnicodeDecodeError, csv.Error, ValueError) as error:
        raise TimesUnknown(f"{path} is no list of times: {error}", hint=_HOW) from error
    if not times:
        raise TimesUnknown(f"{path} lists no file", hint=_HOW)
    return times


def _by_exif(path: Path) -> datetime | None:
    try:
        with Image.open(path, formats=("JPEG", "MPO", "PNG", "WEBP")) as opened:
            exif = opened.getexif()
            written = exif.get_ifd(_EXIF_IFD).get(_ORIGINAL) or exif.get(_CHANGED)
        return datetime.strptime(str(written).strip("\0 "), _EXIF_FORMAT).replace(tzinfo=UTC)
    except Exception:  # Pillow raises anything on hostile bytes, and the name may still tell
        return None


def _by_name(path: Path) -> datetime | None:
    for pattern in _DATE_TIME:
        if (found := next(_valid(pattern.finditer(path.stem)), None)) is not None:
            return found
    if (epoch := _EPOCH.search(path.stem)) is not None:
        return datetime.fromtimestamp(int(epoch[1]) + int(epoch[2] or 0) / 1000, UTC)
    day, hour = _DATE.search(path.parent.name), _TIME.search(path.stem)
    if day is None or hour is None:
        return None
    return _moment(*day.groups(), *hour.groups())


def _valid(matches: Iterator[re.Match[str]]) -> Iterator[datetime]:
    for match in matches:
        if (moment := _moment(*match.groups())) is not None:
            yield moment


def _moment(*parts: str | None) -> datetime | None:
    year, month, day, hour, minute, second = (int(part or 0) for part in parts)
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None
