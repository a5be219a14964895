"""Whether two falls that one camera saw are one thing, or come from one place.

Positions are compared in shares of the picture, since a camera may have streams of several sizes.
"""

import numpy as np
from numpy.typing import NDArray

from api.falls.models import Fall

_NEAR = 0.05
_LEAST_SHARED = 0.02
_GONE_ON = 0.35
_ONE_PLACE = 0.06

_Points = NDArray[np.float64]


def on_one_way(one: Fall, other: Fall) -> bool:
    """Say whether two falls at about one time lie on one way.

    They do where the parts of the picture's height that both crossed are on one line, or where one
    goes on below the end of the other, as in two clips of which the first ends in mid-fall.
    """
    first, second = sorted((_way(one), _way(other)), key=lambda way: float(way[0, 1]))
    top, bottom = second[0, 1], min(first[-1, 1], second[-1, 1])
    if bottom - top < _LEAST_SHARED:
        across, down = np.abs(second[0] - first[-1])
        return bool(across < _NEAR and down < _GONE_ON)
    heights = np.linspace(top, bottom, 16)
    return bool(np.abs(_across(first, heights) - _across(second, heights)).mean() < _NEAR)


def from_one_place(one: Fall, other: Fall) -> bool:
    """Say whether the origins of two falls are one, as far as can be told."""
    apart = np.hypot(*(_origin(one) - _origin(other)))
    unsure = one.uncertainty_px / one.height + other.uncertainty_px / other.height
    return bool(apart <= max(_ONE_PLACE, unsure))


def _way(fall: Fall) -> _Points:
    """Return where it was seen, from above downwards."""
    points = np.array(fall.path)[:, 1:] / (fall.width, fall.height)
    return np.asarray(points[np.argsort(points[:, 1], kind="stable")])


def _across(way: _Points, heights: _Points) -> _Points:
    return np.interp(heights, way[:, 1], way[:, 0])


def _origin(fall: Fall) -> _Points:
    return np.array([fall.origin_x / fall.width, fall.origin_y / fall.height])
