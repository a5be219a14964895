"""Where the road runs: WGS-84 positions, a local plane in metres, distance along and across."""

from dataclasses import dataclass
from functools import cached_property
from math import cos, radians, sin, sqrt

import numpy as np

from datasets.synthesis.types import Array

# World Geodetic System 1984, NGA.STND.0036: semi-major axis in metres, first eccentricity squared.
WGS84_A_M = 6378137.0
WGS84_E2 = 6.69437999014e-3

RUN_OUT_M = 250.0
"""The road goes on straight this far beyond both ends, so that the last frame still sees road."""

_SMOOTHING_M = 8.0


@dataclass(frozen=True, slots=True)
class LocalPlane:
    """East and north in metres about an origin; good to millimetres within a few kilometres.

    Attributes:
        latitude: WGS-84 latitude of the origin, degrees.
        longitude: WGS-84 longitude of the origin, degrees.
    """

    latitude: float
    longitude: float

    def _metres_per_degree(self) -> tuple[float, float]:
        """North and east metres per degree, from the meridian and prime-vertical radii."""
        latitude = radians(self.latitude)
        curve = 1 - WGS84_E2 * sin(latitude) ** 2
        meridian = WGS84_A_M * (1 - WGS84_E2) / (curve * sqrt(curve))
        prime_vertical = WGS84_A_M / sqrt(curve)
        return radians(meridian), radians(prime_vertical * cos(latitude))

    def to_plane(self, positions: Array) -> Array:
        """Turn (N, 2) latitude, longitude in degrees into (N, 2) east, north in metres."""
        north, east = self._metres_per_degree()
        positions = np.asarray(positions, float)
        return np.stack(
            [
                (positions[:, 1] - self.longitude) * east,
                (positions[:, 0] - self.latitude) * north,
            ],
            axis=1,
        )

    def to_wgs84(self, points: Array) -> Array:
        """Turn (N, 2) east, north in metres into (N, 2) latitude, longitude in degrees."""
        north, east = self._metres_per_degree()
        points = np.asarray(points, float)
        return np.stack(
            [self.latitude + points[:, 1] / north, self.longitude + points[:, 0] / east], axis=1
        )


@dataclass(frozen=True)
class Route:
    """A smooth centreline through a polyline.

    Road axes: ``along`` from the start, ``across`` to the left of the centreline, metres.

    Attributes:
        polyline: WGS-84 (latitude, longitude) in degrees, at least two points.
    """

    polyline: tuple[tuple[float, float], ...]

    def __post_init__(self) -> None:
        if len(self.polyline) < 2:
            raise ValueError("a route needs at least two points")

    @cached_property
    def plane(self) -> LocalPlane:
        """The plane whose origin is the route's first point."""
        return LocalPlane(*self.polyline[0])

    @cached_property
    def _samples(self) -> tuple[Array, Array, Array]:
        """Along (K,), east-north (K, 2) and direction (K,; radians from east, left-turning)."""
        points = self.plane.to_plane(np.array(self.polyline))
        for end, inner in ((0, 1), (-1, -2)):
            outward = points[end] - points[inner]
            outward /= np.hypot(*outward)
            extra = points[end] + outward * (RUN_OUT_M + 4 * _SMOOTHING_M)
            points = np.vstack([extra, points] if end == 0 else [points, extra])
        run = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
        fine = np.arange(0.0, run[-1], 1.0)
        line = np.stack([np.interp(fine, run, points[:, axis]) for axis in (0, 1)], axis=1)
        offsets = np.arange(-3 * _SMOOTHING_M, 3 * _SMOOTHING_M + 1)
        kernel = np.exp(-0.5 * (offsets / _SMOOTHING_M) ** 2)
        kernel /= kernel.sum()
        line = np.stack([np.convolve(line[:, axis], kernel, "valid") for axis in (0, 1)], axis=1)
        steps = np.diff(line, axis=0)
        along = np.concatenate([[0.0], np.cumsum(np.hypot(*steps.T))])
        along -= along[np.argmin(np.hypot(*(line - points[1]).T))]
        direction = np.unwrap(np.arctan2(*np.gradient(line, axis=0).T[::-1]))
        return along, line, direction

    @cached_property
    def length_m(self) -> float:
        """Length of the driven part, metres."""
        along, line, _ = self._samples
        end = self.plane.to_plane(np.array(self.polyline[-1:]))[0]
        return float(along[np.argmin(np.hypot(*(line - end).T))])

    def direction(self, along: Array) -> Array:
        """Direction of the centreline, radians counter-clockwise from east."""
        runs, _, directions = self._samples
        return np.asarray(np.interp(along, runs, directions))

    def heading_deg(self, along: float) -> float:
        """Direction of travel, degrees clockwise from true north, in [0, 360)."""
        return float((90 - np.degrees(self.direction(np.array([along]))[0])) % 360)

    def to_plane(self, road: Array) -> Array:
        """Turn (N, 2) along, across into (N, 2) east, north; metres."""
        road = np.asarray(road, float)
        runs, line, _ = self._samples
        direction = self.direction(road[:, 0])
        centre = np.stack([np.interp(road[:, 0], runs, line[:, axis]) for axis in (0, 1)], axis=1)
        left = np.stack([-np.sin(direction), np.cos(direction)], axis=1)
        return np.asarray(centre + road[:, 1:] * left)

    def to_road(self, points: Array, along_guess: Array) -> Array:
        """Turn (N, 2) east, north into (N, 2) along, across; metres.

        Args:
            points: East, north.
            along_guess: (N,) a first guess of ``along``, within some tens of metres.
        """
        runs, line, _ = self._samples
        along = np.asarray(along_guess, float)
        for _ in range(5):
            direction = self.direction(along)
            offset = points - np.stack(
                [np.interp(along, runs, line[:, axis]) for axis in (0, 1)], axis=1
            )
            along = along + offset[:, 0] * np.cos(direction) + offset[:, 1] * np.sin(direction)
        direction = self.direction(along)
        offset = points - np.stack(
            [np.interp(along, runs, line[:, axis]) for axis in (0, 1)], axis=1
        )
        across = -offset[:, 0] * np.sin(direction) + offset[:, 1] * np.cos(direction)
        return np.stack([along, across], axis=1)

    def to_wgs84(self, along: float, across: float) -> tuple[float, float]:
        """Give the WGS-84 latitude and longitude, degrees, of a place on the road."""
        latitude, longitude = self.plane.to_wgs84(self.to_plane(np.array([[along, across]])))[0]
        return float(latitude), float(longitude)


def county_route(length_m: float = 160.0, bearing_deg: float = 74.0) -> Route:
    """Make up a gently curving road near a county town (30.25 N, 120.15 E).

    Args:
        length_m: Length of the driven part, metres.
        bearing_deg: Direction at the start, degrees clockwise from true north.
    """
    steps = np.arange(0.0, length_m + 10.0, 10.0).clip(max=length_m)
    bearing = np.radians(bearing_deg) + 0.05 * np.sin(steps / 90.0)
    east = np.concatenate([[0.0], np.cumsum(np.diff(steps) * np.sin(bearing[1:]))])
    north = np.concatenate([[0.0], np.cumsum(np.diff(steps) * np.cos(bearing[1:]))])
    positions = LocalPlane(30.25, 120.15).to_wgs84(np.stack([east, north], axis=1))
    return Route(tuple((float(lat), float(lon)) for lat, lon in positions))
