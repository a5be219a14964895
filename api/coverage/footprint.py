"""Which part of the ground a frame shows well enough that nothing there is missed for its size."""

from collections.abc import Sequence
from functools import lru_cache
from math import cos, radians, sin, sqrt

from api.findings.geodesy import LocalPlane
from api.findings.projection import MAX_OWN_SD_M, GroundCamera, GroundPoint, Pose

SMALLEST_M = 0.4
"""Width of the smallest thing whose absence a look must be able to show."""

LEAST_PX = 10.0
"""Width that such a thing must have in the picture as the model sees it."""

MODEL_LONG_SIDE_PX = 832
"""Long side to which a larger picture is shrunk before a model looks at it."""

MAX_RANGE_M = 25.0
"""Farther than this nothing is claimed, however good the picture."""

Polygon = list[list[float]]


def footprint(camera: GroundCamera, pose: Pose) -> tuple[Polygon, float] | None:
    """Return the ground that a frame covers.

    It reaches from the lower edge of the picture to the nearest of three limits (`MAX_RANGE_M`,
    where something `SMALLEST_M` wide is `LEAST_PX` wide for the model, and where the place of a
    point is no longer sure), between the left and the right edge.

    Args:
        camera: as mounted.
        pose: where it was.

    Returns:
        The corners as [latitude, longitude], WGS-84 degrees, and the standard deviation of the
        far edge's place on an axis in metres, GPS included; None where the camera does not see
        the ground or its heading is not known.
    """
    corners = _corners(camera)
    if pose.heading_deg is None or corners is None:
        return None
    plane = LocalPlane(pose.latitude, pose.longitude)
    sine, cosine = sin(radians(pose.heading_deg)), cos(radians(pose.heading_deg))
    polygon = []
    for point in corners:
        east = point.forward_m * sine - point.left_m * cosine
        north = point.forward_m * cosine + point.left_m * sine
        latitude, longitude = plane.to_wgs84(east, north)
        polygon.append([round(latitude, 7), round(longitude, 7)])
    far = corners[-1]
    turning = (far.forward_m * radians(pose.heading_sd_deg)) ** 2
    own = (float(far.covariance.trace()) + turning) / 2
    return polygon, sqrt(own + pose.gps_sd_m**2)


@lru_cache(maxsize=1024)
def _corners(camera: GroundCamera) -> tuple[GroundPoint, ...] | None:
    """Return the points at the lower left, lower right, far right, far left."""
    bottom, right = camera.height - 1, camera.width - 1
    rows = range(bottom + 1)
    # Down the picture the ground comes nearer and its place surer: find the first row that is.
    top = next((row for row in rows if _is_clear(camera, row)), None)
    if top is None or top == bottom:
        return None
    points = [
        camera.ground(x, y) for x, y in ((0, bottom), (right, bottom), (right, top), (0, top))
    ]
    return tuple(point for point in points if point is not None)


def _is_clear(camera: GroundCamera, row: int) -> bool:
    point = camera.ground((camera.width - 1) / 2, row, width_px=1.0)
    if point is None or point.forward_m > MAX_RANGE_M:
        return False
    shrunk = min(1.0, MODEL_LONG_SIDE_PX / max(camera.width, camera.height))
    return (
        point.covariance[0, 0] <= MAX_OWN_SD_M**2 and SMALLEST_M / point.size_m * shrunk >= LEAST_PX
    )


def covers(polygon: Sequence[Sequence[float]], latitude: float, longitude: float) -> bool:
    """Say whether a WGS-84 position lies in a polygon of [latitude, longitude].

    Even-odd rule (J. D. Foley et al., *Computer Graphics*, 2nd ed., 2.1.3), on degrees as plane
    coordinates, which is exact enough for some tens of metres away from the poles and the date
    line.
    """
    inside = False
    for (lat_a, lon_a), (lat_b, lon_b) in zip(polygon, [*polygon[1:], polygon[0]], strict=True):
        if (lat_a > latitude) != (lat_b > latitude):
            crossing = lon_a + (latitude - lat_a) / (lat_b - lat_a) * (lon_b - lon_a)
            inside ^= longitude < crossing
    return inside


def centre(polygon: Sequence[Sequence[float]]) -> tuple[float, float]:
    """Return the mean of a polygon's corners as latitude, longitude."""
    return (
        sum(corner[0] for corner in polygon) / len(polygon),
        sum(corner[1] for corner in polygon) / len(polygon),
    )
