"""NMEA 0183 sentences to positions."""

import math
from dataclasses import dataclass
from datetime import datetime

import pynmea2

# 1-sigma error of the distance to one satellite, metres: our assumption for a single-frequency
# receiver among houses; the error of the position is HDOP times that (Kaplan & Hegarty,
# "Understanding GPS/GNSS", 3rd ed. 2017, section 11.2).
RANGE_ERROR_M = 5.0
_KNOT_MPS = 1852 / 3600
_WGS_84 = "W84"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a receiver says of where it is; see `gateway.positions.fix.Fix`."""

    time: datetime | None
    latitude: float
    longitude: float
    accuracy_m: float | None
    heading_deg: float | None
    speed_mps: float | None


class NmeaReader:
    """Puts the sentences of one receiver together.

    A position is made of each RMC sentence, with the accuracy of the GST (`sqrt(lat² + lon²)`) or
    else the GGA (HDOP times `RANGE_ERROR_M`) before it. Sentences with a wrong checksum, and
    positions that a DTM sentence says are not WGS-84, are left out.
    """

    def __init__(self) -> None:
        self._accuracy_m: float | None = None
        self._is_exact = False
        self._is_wgs_84 = True
        self.damaged = 0

    def read(self, line: str) -> Reading | None:
        """Take the next line; give a position when it completes one."""
        try:
            sentence = pynmea2.parse(line.strip(), check=True)
            return self._understand(sentence)
        except (pynmea2.ParseError, ValueError, TypeError, AttributeError):
            self.damaged += 1
            return None

    def _understand(self, sentence: pynmea2.NMEASentence) -> Reading | None:
        match sentence.sentence_type:
            case "GST":
                latitude_m, longitude_m = sentence.std_dev_latitude, sentence.std_dev_longitude
                if latitude_m is not None and longitude_m is not None:
                    self._accuracy_m = math.hypot(latitude_m, longitude_m)
                    self._is_exact = True
            case "GGA":
                if sentence.horizontal_dil and not self._is_exact:
                    self._accuracy_m = float(sentence.horizontal_dil) * RANGE_ERROR_M
            case "DTM":
                self._is_wgs_84 = sentence.datum == _WGS_84
            case "RMC":
                accuracy_m, self._accuracy_m, self._is_exact = self._accuracy_m, None, False
                is_valid = sentence.status == "A" and sentence.lat and sentence.lon
                if is_valid and self._is_wgs_84:
                    return _reading(sentence, accuracy_m or None)
        return None


def _reading(rmc: pynmea2.NMEASentence, accuracy_m: float | None) -> Reading:
    knots, course = rmc.spd_over_grnd, rmc.true_course
    return Reading(
        time=rmc.datetime if rmc.datestamp and rmc.timestamp else None,
        latitude=float(rmc.latitude),
        longitude=float(rmc.longitude),
        accuracy_m=accuracy_m,
        heading_deg=None if course is None else float(course) % 360,
        speed_mps=None if knots is None else float(knots) * _KNOT_MPS,
    )
