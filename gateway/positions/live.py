"""Positions as they come: from gpsd, or from a receiver at a serial port."""

import socket
import threading
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterator
from datetime import datetime, timedelta

import serial
from geographiclib.geodesic import Geodesic

from gateway.errors import SourceError
from gateway.positions.config import GpsdPositions, NmeaPositions
from gateway.positions.fix import STANDS_MPS, Fix
from gateway.positions.gpsd import WATCH, read_report
from gateway.positions.nmea import NmeaReader, Reading
from gateway.sources.clock import capture_clock, utc

_REMEMBERED = 60
_SILENT_AFTER_S = 10.0
_AGAIN_S = 5.0
# How hard a vehicle brakes and turns, 1 sigma, metres per second squared: our assumption.
_ACCELERATION_MPS2 = 2.0


class LiveFeed(ABC):
    """Receives positions, each stamped by the gateway's clock as it arrives.

    Args:
        max_age_s: how old a position may be to be that of a picture.
    """

    def __init__(self, max_age_s: float) -> None:
        self._max_age = timedelta(seconds=max_age_s)
        self._lock = threading.Lock()
        self._fixes: deque[Fix] = deque(maxlen=_REMEMBERED)
        self._trouble: str | None = "no position yet"

    @property
    def trouble(self) -> str | None:
        """Return why there are no positions now; None when all is well."""
        if self._trouble is None and self.at(utc(capture_clock.now())) is None:
            return "the receiver has no fix: does its antenna see the sky?"
        return self._trouble

    def at(self, moment: datetime) -> Fix | None:
        """Return the position at a moment, carried on from the last one before it.

        From a position `t` seconds old the vehicle is taken to have gone on straight with its
        speed; what it may have braked or turned meanwhile, `2 m/s² · t² / 2`, is added to the
        accuracy as an independent error.
        """
        with self._lock:
            before = [fix for fix in self._fixes if fix.at <= moment]
        if not before or moment - before[-1].at > self._max_age:
            return None
        return _carried(before[-1], moment)

    def run(self, stop: threading.Event) -> None:
        """Receive positions until told to stop; opens its source anew when that breaks off."""
        while not stop.is_set():
            try:
                for reading in self._readings(stop):
                    self._note(reading)
            except (OSError, SourceError) as error:
                self._trouble = str(error)
            stop.wait(_AGAIN_S)

    @abstractmethod
    def _readings(self, stop: threading.Event) -> Iterator[Reading]:
        """Open the source and give what it says until told to stop.

        Raises:
            OSError: it cannot be opened, or broke off.
            SourceError: likewise.
        """

    def _note(self, reading: Reading) -> None:
        moves = reading.speed_mps is None or reading.speed_mps >= STANDS_MPS
        fix = Fix(
            utc(capture_clock.now()),
            reading.latitude,
            reading.longitude,
            reading.accuracy_m,
            reading.heading_deg if moves else None,
            reading.speed_mps,
        )
        with self._lock:
            self._fixes.append(fix)
        self._trouble = None


class GpsdFeed(LiveFeed):
    """Positions of a running gpsd."""

    def __init__(self, config: GpsdPositions, max_age_s: float) -> None:
        super().__init__(max_age_s)
        self._config = config

    def _readings(self, stop: threading.Event) -> Iterator[Reading]:
        address = self._config.host, self._config.port
        try:
            connection = socket.create_connection(address, _SILENT_AFTER_S)
        except OSError as error:
            raise SourceError(
                f"gpsd at {address[0]}:{address[1]} cannot be reached: {error}; is it running?"
            ) from error
        with connection, connection.makefile("r", encoding="utf-8", errors="replace") as lines:
            connection.sendall(WATCH)
            for line in lines:
                if stop.is_set():
                    return
                if (reading := read_report(line)) is not None:
                    yield reading
        raise SourceError("gpsd has ended the connection")


class SerialFeed(LiveFeed):
    """Positions of a receiver at a serial port."""

    def __init__(self, config: NmeaPositions, max_age_s: float) -> None:
        super().__init__(max_age_s)
        self._config = config

    def _readings(self, stop: threading.Event) -> Iterator[Reading]:
        reader = NmeaReader()
        # pyserial's error is an OSError.
        with serial.Serial(self._config.device, self._config.baud, timeout=1.0) as port:
            while not stop.is_set():
                line = port.readline().decode("ascii", errors="replace")
                if line and (reading := reader.read(line)) is not None:
                    yield reading


def _carried(fix: Fix, moment: datetime) -> Fix:
    if fix.speed_mps is None or fix.heading_deg is None:
        return fix
    age_s = (moment - fix.at).total_seconds()
    there = Geodesic.WGS84.Direct(
        fix.latitude, fix.longitude, fix.heading_deg, fix.speed_mps * age_s
    )
    drift_m = _ACCELERATION_MPS2 * age_s**2 / 2
    accuracy_m = None if fix.accuracy_m is None else (fix.accuracy_m**2 + drift_m**2) ** 0.5
    return Fix(moment, there["lat2"], there["lon2"], accuracy_m, fix.heading_deg, fix.speed_mps)
