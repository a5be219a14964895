"""Where a vehicle was during one pass, frame by frame, with the jitter of its GPS taken out.

The error of a GPS position has a part that lasts for minutes and a part that changes from fix to
fix. The first moves a whole pass and is left in. The second is taken out by dead reckoning:
speed and heading say how far the vehicle went between two frames far better than two fixes do.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import cos, hypot, radians, sin

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


def smooth(fixes: Sequence[Fix]) -> list[tuple[float, float]]:
    """Return the positions of one pass with consistent distances between them.

    Least squares over the fixes and the dead-reckoned steps between neighbours; linear, so exact.

    Args:
        fixes: in order of time.

    Returns:
        East, north in metres of each. Without speeds and headings, the fixes as they are.
    """
    diagonal = [max(_JITTER_SHARE * fix.sd_m, _LEAST_JITTER_M) ** -2 for fix in fixes]
    right = [(w * fix.east_m, w * fix.north_m) for w, fix in zip(diagonal, fixes, strict=True)]
    coupling = []
    for index, (start, end) in enumerate(pairwise(fixes)):
        step = _step(start, end)
        east, north = step or (0.0, 0.0)
        sd = max(_DEAD_RECKONING_SD * hypot(east, north), _LEAST_DEAD_RECKONING_SD_M)
        weight = sd**-2 if step else 0.0
        coupling.append(weight)
        diagonal[index] += weight
        diagonal[index + 1] += weight
        e, n = right[index]
        right[index] = (e - weight * east, n - weight * north)
        e, n = right[index + 1]
        right[index + 1] = (e + weight * east, n + weight * north)
    return _solve(diagonal, coupling, right)


def _solve(
    diagonal: list[float], coupling: list[float], right: list[tuple[float, float]]
) -> list[tuple[float, float]]:
    """Solve a symmetric tridiagonal system, whose off-diagonal is minus `coupling`, for two sides.

    Thomas algorithm (S. D. Conte, C. de Boor, *Elementary Numerical Analysis*, 3rd ed., 4.3).
    """
    for index, weight in enumerate(coupling):
        share = weight / diagonal[index]
        diagonal[index + 1] -= share * weight
        e, n = right[index]
        next_e, next_n = right[index + 1]
        right[index + 1] = (next_e + share * e, next_n + share * n)
    solved: list[tuple[float, float]] = []
    east = north = 0.0
    for index in range(len(right) - 1, -1, -1):
        weight = coupling[index] if index < len(coupling) else 0.0
        e, n = right[index]
        east, north = (e + weight * east) / diagonal[index], (n + weight * north) / diagonal[index]
        solved.append((east, north))
    return solved[::-1]


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
