"""When the pictures of a folder were taken, by their names."""

import math
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise

ASSUMED_FPS = 25.0
_DATE = re.compile(
    r"(?<!\d)(\d{4})-?(\d{2})-?(\d{2})[T_ -]?(\d{2})[-:_]?(\d{2})[-:_]?(\d{2})"
    r"(?:[._,-]?(\d{1,6}))?Z?(?!\d)"
)
_EPOCH = re.compile(r"(?<!\d)(1\d{9})(?:\.(\d{1,6})|(\d{3})|(\d{6}))(?!\d)")
_NUMBER = re.compile(r"\d+")
_SLOWEST_FPS, _FASTEST_FPS = 1.0, 240.0


def order_by_name(stems: Sequence[str], fps: float = ASSUMED_FPS) -> list[tuple[int, float]] | None:
    """Tell from the names of pictures in which order they were taken, and when.

    Names that all carry a time with parts of a second (`20260101_120000_040`,
    `2026-01-01T12-00-00.040`, milliseconds or seconds since 1970 as `1767268800040` or
    `1767268800.04`) say when, if that gives 1 to 240 frames a second. Otherwise the last number of
    each name counts: frames are `1 / fps` apart, missing numbers are missing frames, and where all
    numbers are multiples of one step that step is one frame.

    Args:
        stems: Names without their endings.
        fps: Frames per second that numbered pictures were taken with.

    Returns:
        Position in `stems` and seconds after the first, in order of time; None if the names tell
        no order: one has no number, or two have the same.
    """
    return _by_time(stems) or _by_number(stems, fps)


def _by_time(stems: Sequence[str]) -> list[tuple[int, float]] | None:
    times = [_moment(stem) for stem in stems]
    if len(times) < 2 or None in times:
        return None
    ordered = sorted((moment, place) for place, moment in enumerate(times) if moment is not None)
    start, span = ordered[0][0], ordered[-1][0] - ordered[0][0]
    if any(after[0] <= before[0] for before, after in pairwise(ordered)):
        return None
    if not _SLOWEST_FPS <= (len(ordered) - 1) / span <= _FASTEST_FPS:
        return None
    return [(place, moment - start) for moment, place in ordered]


def _moment(stem: str) -> float | None:
    if found := _EPOCH.search(stem):
        seconds, *fractions = found.groups()
        fraction = next((part for part in fractions if part), "0")
        return int(seconds) + float(f"0.{fraction}")
    if found := _DATE.search(stem):
        *parts, fraction = found.groups("0")
        try:
            whole = datetime.strptime(" ".join(parts), "%Y %m %d %H %M %S").replace(tzinfo=UTC)
        except ValueError:
            return None
        return whole.timestamp() + float(f"0.{fraction}")
    return None


def _by_number(stems: Sequence[str], fps: float) -> list[tuple[int, float]] | None:
    found = [_NUMBER.findall(stem) for stem in stems]
    if not all(found):
        return None
    ordered = sorted((int(numbers[-1]), place) for place, numbers in enumerate(found))
    steps = [after[0] - before[0] for before, after in pairwise(ordered)]
    if 0 in steps:
        return None
    step = math.gcd(*steps) or 1
    first = ordered[0][0] if ordered else 0
    return [(place, (number - first) / step / fps) for number, place in ordered]
