"""gpsd's reports (gpsd_json(5)) to positions."""

import json
import math
from typing import Any

from gateway.positions.nmea import Reading

WATCH = b'?WATCH={"enable":true,"json":true};\n'
"""Asks gpsd to tell everything that it hears."""

_TWO_DIMENSIONS = 2
_OF_95_PERCENT = math.sqrt(math.log(1 - 0.68) / math.log(1 - 0.95))


def read_report(line: str) -> Reading | None:
    """Read one report; None unless it is a position (TPV with at least a 2D fix).

    gpsd's positions are WGS-84. Its estimate `eph` (or `sqrt(epx² + epy²)`) is a radius of 95 %
    (`GPSD_CONFIDENCE` in its gps.h); of a circular normal error 68 % lie within 0.62 of that.
    """
    try:
        report: Any = json.loads(line)
        if report["class"] != "TPV" or report["mode"] < _TWO_DIMENSIONS:
            return None
        return Reading(
            time=None,
            latitude=float(report["lat"]),
            longitude=float(report["lon"]),
            accuracy_m=_accuracy_m(report),
            heading_deg=_number(report, "track"),
            speed_mps=_number(report, "speed"),
        )
    except (ValueError, KeyError, TypeError):
        return None


def _accuracy_m(report: dict[str, Any]) -> float | None:
    told = _number(report, "eph")
    if told is None and "epx" in report and "epy" in report:
        told = math.hypot(float(report["epx"]), float(report["epy"]))
    return told * _OF_95_PERCENT if told else None


def _number(report: dict[str, Any], name: str) -> float | None:
    value = report.get(name)
    return None if value is None else float(value)
