"""Positions of a recorded drive: a GPX track or a file of NMEA sentences."""

import threading
from bisect import bisect_right
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import gpxpy
from geographiclib.geodesic import Geodesic
from gpxpy.gpx import GPXException

from gateway.errors import SourceRefused
from gateway.positions.config import ReplayedPositions
from gateway.positions.fix import STANDS_MPS, Fix
from gateway.positions.nmea import RANGE_ERROR_M, NmeaReader
from gateway.sources.clock import capture_clock, utc


class ReplayFeed:
    """The positions of a recorded drive at their own times, or beginning now.

    Args:
        config: the file.
        max_age_s: how far in time a moment may be from the next recorded position.

    Raises:
        SourceRefused: the file cannot be read or holds no position.
    """

    trouble: str | None = None

    def __init__(self, config: ReplayedPositions, max_age_s: float) -> None:
        self._max_age = timedelta(seconds=max_age_s)
        try:
            read = _gpx if config.path.suffix.lower() == ".gpx" else _nmea
            fixes = sorted(read(config.path), key=lambda fix: fix.at)
        except (OSError, GPXException, UnicodeDecodeError) as error:
            raise SourceRefused(f"{config.path} cannot be read: {error}") from error
        if not fixes:
            raise SourceRefused(
                f"{config.path} holds no position with a time",
                hint="give a GPX track, or NMEA with RMC sentences",
            )
        self._shift = utc(capture_clock.now()) - fixes[0].at if config.starts_now else timedelta()
        self._fixes = fixes
        self._times = [fix.at for fix in fixes]

    def at(self, moment: datetime) -> Fix | None:
        """Return the position at a moment, on the line between the two recorded around it."""
        recorded = moment - self._shift
        index = bisect_right(self._times, recorded)
        before = self._fixes[index - 1] if index else None
        after = self._fixes[index] if index < len(self._fixes) else None
        if before and after and after.at - before.at <= 2 * self._max_age:
            return _between(before, after, recorded, moment)
        near = [fix for fix in (before, after) if fix and abs(fix.at - recorded) <= self._max_age]
        return min(near, key=lambda fix: abs(fix.at - recorded)) if near else None

    def run(self, stop: threading.Event) -> None:
        """Wait until told to stop: everything is known already."""
        stop.wait()


def _between(before: Fix, after: Fix, recorded: datetime, moment: datetime) -> Fix:
    seconds = (after.at - before.at).total_seconds()
    line = Geodesic.WGS84.InverseLine(
        before.latitude, before.longitude, after.latitude, after.longitude
    )
    share = (recorded - before.at).total_seconds() / seconds
    there = line.Position(line.s13 * share)
    speed_mps = line.s13 / seconds
    known = [fix.accuracy_m for fix in (before, after) if fix.accuracy_m is not None]
    return Fix(
        moment,
        there["lat2"],
        there["lon2"],
        max(known) if known else None,
        there["azi2"] % 360 if speed_mps >= STANDS_MPS else None,
        speed_mps,
    )


def _gpx(path: Path) -> Iterator[Fix]:
    with path.open(encoding="utf-8-sig") as file:
        recorded = gpxpy.parse(file)
    for track in recorded.tracks:
        for segment in track.segments:
            for point in segment.points:
                if point.time is not None:
                    hdop = point.horizontal_dilution
                    yield Fix(
                        point.time if point.time.tzinfo else point.time.replace(tzinfo=UTC),
                        point.latitude,
                        point.longitude,
                        hdop * RANGE_ERROR_M if hdop else None,
                    )


def _nmea(path: Path) -> Iterator[Fix]:
    reader = NmeaReader()
    with path.open(encoding="ascii", errors="replace") as lines:
        for line in lines:
            reading = reader.read(line)
            if reading is not None and reading.time is not None:
                yield Fix(
                    reading.time.astimezone(UTC),
                    reading.latitude,
                    reading.longitude,
                    reading.accuracy_m,
                    reading.heading_deg,
                    reading.speed_mps,
                )
