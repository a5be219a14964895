"""Where a vehicle was during one pass, frame by frame, with the jitter of its GPS taken out.

The error of a GPS position has a part that lasts for minutes and a part that changes from fix to
fix. The first moves a whole pass and is left in. The second is taken out by dead reckoning:
speed and heading say how far the vehicle went between two frames far better than two fixes do.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, hypot, radians, sin

import numpy as np

from api.findings.geodesy import Floats

_JITTER_SHARE = 0.6  # of the standard deviation of a fix
_LEAST_JITTER_M = 0.3
_DEAD_RECKONING_SD = 0.08  # of the distance: speed within 4 %, heading within 3 degrees
_LEAST_DEAD_RECKONING_SD_M = 0.2
_MAX_GAP_S = 30.0


@dataclass(frozen=True, slots=True)
class Fix:
    """A measured position.

    Attributes:
        at_s: when, seconds.
        east_m: on the plane, metres.
        north_m: on the plane, metres.
        sd_m: standard deviation on each axis, metres.
        heading_deg: degrees clockwise from true north, if known.
        speed_mps: metres per second, if known.
    """

    at_s: float
    east_m: float
    north_m: float
    sd_m: float
    heading_deg: float | None
    speed_mps: float | None


def smooth(fixes: Sequence[Fix]) -> Floats:
    """Return the positions of one pass with consistent distances between them.

    Least squares over the fixes and the dead-reckoned steps between neighbours; linear, so exact.

    Args:
        fixes: in order of time.

    Returns:
        (N, 2) east, north in metres. Without speeds and headings, the fixes as they are.
    """
    count = len(fixes)
    measured = np.array([(fix.east_m, fix.north_m) for fix in fixes]).reshape(count, 2)
    weights = np.array([max(_JITTER_SHARE * fix.sd_m, _LEAST_JITTER_M) ** -2 for fix in fixes])
    normal, right = np.diag(weights), weights[:, None] * measured
    for index in range(count - 1):
        step = _step(fixes[index], fixes[index + 1])
        if step is None:
            continue
        sd = max(_DEAD_RECKONING_SD * hypot(*step), _LEAST_DEAD_RECKONING_SD_M)
        weight = sd**-2
        normal[index : index + 2, index : index + 2] += weight * np.array([[1, -1], [-1, 1]])
        right[index] -= weight * np.array(step)
        right[index + 1] += weight * np.array(step)
    return np.linalg.solve(normal, right) if count else measured


def _step(start: Fix, end: Fix) -> tuple[float, float] | None:
    """Return east, north in metres from one frame to the next by speed and heading, if known."""
    seconds = end.at_s - start.at_s
    if (
        start.speed_mps is None
        or end.speed_mps is None
        or start.heading_deg is None
        or end.heading_deg is None
        or seconds > _MAX_GAP_S
    ):
        return None
    metres = (start.speed_mps + end.speed_mps) / 2 * seconds
    a, b = radians(start.heading_deg), radians(end.heading_deg)
    east, north = sin(a) + sin(b), cos(a) + cos(b)
    length = hypot(east, north)
    if length < 1.0:  # it turned by more than 120 degrees in between: the way is unknown
        return None
    return metres * east / length, metres * north / length
