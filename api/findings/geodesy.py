"""WGS-84 positions and the plane in metres about one of them."""

from dataclasses import dataclass
from functools import lru_cache
from math import cos, degrees, hypot, radians, sin, sqrt

import h3
import numpy as np
from geographiclib.constants import Constants
from geographiclib.geodesic import Geodesic
from numpy.typing import NDArray

Floats = NDArray[np.float64]

RADIUS_68 = 1.5096
"""Radius that holds 68 % of a round two-dimensional Gaussian, in standard deviations of an axis:
sqrt(-2 ln(1 - 0.68)). Receivers give their accuracy as this radius (Android's
`Location.getAccuracy`)."""

_E2 = Constants.WGS84_f * (2 - Constants.WGS84_f)


def ahead(
    latitude: float, longitude: float, azimuth_deg: float, metres: float
) -> tuple[float, float]:
    """Return the WGS-84 latitude and longitude, degrees, after going along a geodesic.

    C. F. F. Karney, "Algorithms for geodesics", J. Geodesy 87 (2013), through geographiclib.

    Args:
        latitude: degrees.
        longitude: degrees.
        azimuth_deg: direction at the start, degrees clockwise from true north.
        metres: how far.
    """
    end = Geodesic.WGS84.Direct(
        latitude, longitude, azimuth_deg, metres, Geodesic.LATITUDE | Geodesic.LONGITUDE
    )
    return end["lat2"], end["lon2"]


def offset(latitude: float, longitude: float, east: float, north: float) -> tuple[float, float]:
    """Return the WGS-84 latitude and longitude, degrees, of a point some metres away."""
    return ahead(latitude, longitude, degrees(np.arctan2(east, north)), hypot(east, north))


def distance_m(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Return the length of the geodesic between two (latitude, longitude), metres."""
    return float(Geodesic.WGS84.Inverse(*a, *b, Geodesic.DISTANCE)["s12"])


@dataclass(frozen=True, slots=True)
class LocalPlane:
    """East and north in metres about an origin.

    First order in the meridian and prime-vertical radii of curvature: within 500 m of the origin
    it differs from the geodesic by less than a centimetre below 70 degrees of latitude.

    Attributes:
        latitude: WGS-84 latitude of the origin, degrees.
        longitude: WGS-84 longitude of the origin, degrees.
    """

    latitude: float
    longitude: float

    def to_plane(self, latitude: float, longitude: float) -> tuple[float, float]:
        """Return east, north in metres of a WGS-84 position."""
        per_longitude, per_latitude = _metres_per_degree(self.latitude)
        return (
            _turn(longitude - self.longitude) * per_longitude,
            (latitude - self.latitude) * per_latitude,
        )

    def to_wgs84(self, east: float, north: float) -> tuple[float, float]:
        """Return the WGS-84 latitude and longitude, degrees, of a point of the plane."""
        per_longitude, per_latitude = _metres_per_degree(self.latitude)
        return (
            self.latitude + north / per_latitude,
            _turn(self.longitude + east / per_longitude),
        )


@lru_cache(maxsize=256)
def _metres_per_degree(latitude: float) -> tuple[float, float]:
    """Return metres per degree: of longitude to the east, of latitude to the north."""
    sine = sin(radians(latitude))
    curve = 1 - _E2 * sine * sine
    prime_vertical = Constants.WGS84_a / sqrt(curve)
    meridian = prime_vertical * (1 - _E2) / curve
    return radians(prime_vertical * cos(radians(latitude))), radians(meridian)


def _turn(longitude_deg: float) -> float:
    """Bring an angle into [-180, 180): the plane goes on across the date line."""
    return (longitude_deg + 180) % 360 - 180


def heading_between(a_deg: float, b_deg: float) -> float:
    """Return the angle between two headings, degrees, 0 to 180."""
    return abs(_turn(a_deg - b_deg))


def cells_around(latitude: float, longitude: float, resolution: int, rings: int) -> list[str]:
    """Return the H3 cells of that resolution up to so many rings around a position."""
    return list(h3.grid_disk(h3.latlng_to_cell(latitude, longitude, resolution), rings))
