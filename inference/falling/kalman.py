"""Kalman filters of near-constant acceleration, many at once.

A state is (2, 3): position, speed and acceleration in x and y, pixels and seconds. Both axes share
one (3, 3) covariance, since their noise is the same.
"""

import numpy as np
from numpy.typing import NDArray

_JERK = 1.5
"""Standard deviation of the white jerk, picture heights per second cubed and root hertz."""

_Array = NDArray[np.float64]


def predict(states: _Array, covariances: _Array, gap: _Array, height: int) -> tuple[_Array, _Array]:
    """Bring filters forward in time.

    Args:
        states: (T, 2, 3).
        covariances: (T, 3, 3).
        gap: (T,) seconds.
        height: Height of the frames in pixels, which scales the jerk.

    Returns:
        States and covariances then.
    """
    count = len(gap)
    move = np.tile(np.eye(3), (count, 1, 1))
    move[:, 0, 1] = move[:, 1, 2] = gap
    move[:, 0, 2] = gap**2 / 2
    t = gap[:, None, None]
    # White jerk (Bar-Shalom et al., equation 6.2.3-7).
    shape = np.concatenate(
        [
            np.concatenate([t**5 / 20, t**4 / 8, t**3 / 6], axis=2),
            np.concatenate([t**4 / 8, t**3 / 3, t**2 / 2], axis=2),
            np.concatenate([t**3 / 6, t**2 / 2, t], axis=2),
        ],
        axis=1,
    )
    grown = move @ covariances @ move.transpose(0, 2, 1) + shape * (_JERK * height) ** 2
    return np.einsum("tij,taj->tai", move, states), grown


def update(
    states: _Array, covariances: _Array, points: _Array, noise: _Array
) -> tuple[_Array, _Array]:
    """Correct predicted states by a point each.

    Args:
        states: (T, 2, 3).
        covariances: (T, 3, 3).
        points: (T, 2) x, y in pixels.
        noise: (T,) variances of the points, square pixels.

    Returns:
        Corrected states and covariances.
    """
    weight = covariances[:, :, 0] / (covariances[:, 0, 0] + noise)[:, None]
    error = points - states[:, :, 0]
    corrected = states + error[:, :, None] * weight[:, None, :]
    reduced = covariances - weight[:, :, None] * covariances[:, None, 0, :]
    return corrected, reduced
