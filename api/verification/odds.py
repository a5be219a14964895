"""How many clean looks make a claim of repair believable, and how long to wait for them.

Each pothole has a miss rate of its own: the share of passes that cover it and do not see it. A
shallow one is missed again and again, so misses in several passes are not independent, and the
detector's average rate must not simply be raised to a power. The rate is taken as drawn from a
beta distribution whose mean is the measured one, and what passes said of this very pothole before
the claim moves it (beta-binomial model; Gelman et al., *Bayesian Data Analysis*, 3rd ed., 2.4 and
5.3). Given its own rate, passes are independent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import sqrt

ALLOWED = 0.01
"""Share of claims that may be closed although they are false."""

PRIOR_LOOKS = 0.5
"""How many looks the measured rate weighs: 1 / rho - 1, with rho the correlation of two pictures
of one pothole. `benchmarks/alike.py` measured rho = 0.68 [0.39, 0.84] on neighbouring frames of
real roads: most potholes are found nearly always or hardly ever. Passes on other days are, if
anything, less alike."""

LEAST_LOOKS = 2  # one clean look may be a lorry that stood on it
MOST_LOOKS = 50
GAP = timedelta(hours=1)
"""Least time between looks that count: what hides a place (a parked car, a puddle) lasts."""

LEAST_WAIT = timedelta(days=7)
MOST_WAIT = timedelta(days=28)


@dataclass(frozen=True, slots=True)
class Odds:
    """What is known of a claim before anybody has looked.

    Attributes:
        miss_rate: of the detector in a single picture, measured, 0 to 1.
        seen: passes before the claim that covered the place and saw it.
        missed: passes before the claim that covered the place and did not.
        false_share: share of claims that are false, 0 to 1.
    """

    miss_rate: float
    seen: int
    missed: int
    false_share: float

    def all_missed(self, looks: int) -> float:
        """Return how probable it is that so many passes in a row miss what is still there.

        E[m^K] = product over i < K of (a + i) / (a + b + i) with m ~ Beta(a, b),
        a = `PRIOR_LOOKS` times the miss rate + missed, b = `PRIOR_LOOKS` times its complement +
        seen.
        """
        a = PRIOR_LOOKS * self.miss_rate + self.missed
        total = PRIOR_LOOKS + self.missed + self.seen
        probability = 1.0
        for i in range(looks):
            probability *= (a + i) / (total + i)
        return probability

    def needed(self) -> int | None:
        """Return the smallest K with `false_share` E[m^K] at most `ALLOWED`.

        None where more than `MOST_LOOKS` would be needed: then looks alone cannot tell.
        """
        for looks in range(LEAST_LOOKS, MOST_LOOKS + 1):
            if self.false_share * self.all_missed(looks) <= ALLOWED:
                return looks
        return None


def false_share(outcomes: Sequence[bool]) -> float:
    """Return the share of claims expected to be false, from earlier ones (True: was false).

    Rule of succession (Laplace, *Essai philosophique sur les probabilités*, 1814): (false + 1) /
    (all + 2), one half where nothing is known.
    """
    return (sum(outcomes) + 1) / (len(outcomes) + 2)


def wait_for(looks: int, passes: int, over: timedelta) -> timedelta:
    """Return how long to wait for so many looks where so many passes came before.

    Passes as a Poisson process: the time to the K-th has mean K / rate and standard deviation
    sqrt(K) / rate; two of these are added. Between `LEAST_WAIT` and `MOST_WAIT`; the latter where
    nobody has passed before.

    Args:
        looks: K.
        passes: that covered the place.
        over: in how long.
    """
    if not passes:
        return MOST_WAIT
    return min(max(over / passes * (looks + 2 * sqrt(looks)), LEAST_WAIT), MOST_WAIT)
