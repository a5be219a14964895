"""Whether it is getting more or less: a slope that a few wild days do not bend."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_Z = 1.959963984540054  # the 97.5 % quantile of the normal distribution
MIN_POINTS = 3


@dataclass(frozen=True, slots=True)
class Trend:
    """A slope with its interval.

    Attributes:
        slope: change of the value per unit of time.
        low: lower end of the 95 % interval; None where there are too few points for one.
        high: upper end.
    """

    slope: float
    low: float | None
    high: float | None


def theil_sen(times: Sequence[float], values: Sequence[float]) -> Trend | None:
    """Return the median of the slopes between all pairs of points, None for fewer than 3 points.

    Up to 29 % of the points may be wrong without moving it far. The interval is Sen's: order
    statistics of the N slopes at N/2 ± z √Var(S) / 2, with the variance of Kendall's S under ties;
    fewer than five points have none.

    Args:
        times: different times, in any unit.
        values: a value for each.

    Source: P. K. Sen, Estimates of the regression coefficient based on Kendall's tau, JASA 63
    (1968) 1379-1389; H. Theil, 1950.
    """
    count = len(times)
    if count < MIN_POINTS:
        return None
    x, y = np.asarray(times, float), np.asarray(values, float)
    first, second = np.triu_indices(count, k=1)
    slopes = np.sort((y[second] - y[first]) / (x[second] - x[first]))
    _, ties = np.unique(y, return_counts=True)
    variance = (
        count * (count - 1) * (2 * count + 5) - np.sum(ties * (ties - 1) * (2 * ties + 5))
    ) / 18
    reach = _Z * np.sqrt(variance)
    low, high = round((len(slopes) - reach) / 2) - 1, round((len(slopes) + reach) / 2)
    known = low >= 0 and high < len(slopes)
    return Trend(
        float(np.median(slopes)),
        float(slopes[low]) if known else None,
        float(slopes[high]) if known else None,
    )
