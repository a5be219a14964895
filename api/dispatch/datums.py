"""The datum in which a department wants to be told where something is."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import cache
from typing import Any

import prcoords
from pyproj import Transformer
from pyproj.enums import TransformDirection

_DIGITS = 7  # about a centimetre


class Datum(StrEnum):
    """What latitude and longitude refer to.

    `WGS84` is what GNSS receivers say and what is stored. `CGCS2000` (EPSG:4490) is the legal one
    of Chinese surveying; without the epoch of the observation, which no camera tells, it is the
    same to about a metre. `GCJ02` is that of public Chinese maps: up to some 700 m beside WGS-84
    within the mainland, the same as WGS-84 elsewhere.
    """

    WGS84 = "WGS-84"
    CGCS2000 = "CGCS2000"
    GCJ02 = "GCJ-02"


def located(location: Mapping[str, Any] | None, datum: Datum) -> dict[str, Any] | None:
    """Return a message's location in another datum, and named so.

    Args:
        location: `latitude` and `longitude` in degrees, WGS-84, and whatever else is said of it;
            None for what has no place.
        datum: the department's.
    """
    if location is None:
        return None
    latitude, longitude = _FROM_WGS84[datum](location["latitude"], location["longitude"])
    return {
        **location,
        "latitude": round(latitude, _DIGITS),
        "longitude": round(longitude, _DIGITS),
        "datum": datum.value,
    }


def to_wgs84(latitude: float, longitude: float, datum: Datum) -> tuple[float, float]:
    """Return a position of another datum in WGS-84, degrees; of GCJ-02 to within a centimetre."""
    return _TO_WGS84[datum](latitude, longitude)


def _unchanged(latitude: float, longitude: float) -> tuple[float, float]:
    return latitude, longitude


def _cgcs2000(latitude: float, longitude: float) -> tuple[float, float]:
    changed: tuple[float, float] = _wgs84_to_cgcs2000().transform(latitude, longitude)
    return changed


def _gcj02(latitude: float, longitude: float) -> tuple[float, float]:
    point = prcoords.Coords(latitude, longitude)
    if not prcoords.sanity_in_china_p(point):
        return latitude, longitude
    changed = prcoords.wgs_gcj(point)
    return changed.lat, changed.lon


def _from_cgcs2000(latitude: float, longitude: float) -> tuple[float, float]:
    changed: tuple[float, float] = _wgs84_to_cgcs2000().transform(
        latitude, longitude, direction=TransformDirection.INVERSE
    )
    return changed


def _from_gcj02(latitude: float, longitude: float) -> tuple[float, float]:
    point = prcoords.Coords(latitude, longitude)
    if not prcoords.sanity_in_china_p(point):
        return latitude, longitude
    changed = prcoords.gcj_wgs_bored(point)
    return changed.lat, changed.lon


@cache
def _wgs84_to_cgcs2000() -> Transformer:
    return Transformer.from_crs("EPSG:4326", "EPSG:4490")


_FROM_WGS84: dict[Datum, Callable[[float, float], tuple[float, float]]] = {
    Datum.WGS84: _unchanged,
    Datum.CGCS2000: _cgcs2000,
    Datum.GCJ02: _gcj02,
}
_TO_WGS84: dict[Datum, Callable[[float, float], tuple[float, float]]] = {
    Datum.WGS84: _unchanged,
    Datum.CGCS2000: _from_cgcs2000,
    Datum.GCJ02: _from_gcj02,
}
