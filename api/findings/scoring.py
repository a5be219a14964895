"""How sure a finding is, how bad it is, and when a person should look at it."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log

_PRIOR = 0.15
"""Share of real problems among the weakest detections that a model reports."""

_DEPENDENCE = 0.5
"""Weight of every look after the best one: what fooled the model once may fool it again."""

_SCORE_RANGE = (0.2, 0.95)
_MAX_CONFIDENCE = 0.99


@dataclass(frozen=True, slots=True)
class GroupRule:
    """What is particular to a group of classes.

    Attributes:
        same_within_m: findings of the group closer than this on the ground are one.
        severity_from_m: sizes from which severity is 2, 3 and 4; metres, ascending.
        min_confidence: from which one look is enough for a review.
        min_frames: frames, of one look or several, that are enough for a review.
    """

    same_within_m: float = 0.0
    severity_from_m: tuple[float, ...] = ()
    min_confidence: float = 0.5
    min_frames: int = 2

    def severity(self, size_m: float) -> int:
        """Return 1 (slight) to 4 (dangerous) by the width on the ground, metres."""
        return 1 + bisect_right(self.severity_from_m, size_m)

    def is_enough(self, confidence: float, frames: int) -> bool:
        """Say whether a candidate is worth an operator's time."""
        return confidence >= self.min_confidence or frames >= self.min_frames


RULES: dict[tuple[str, str], GroupRule] = {
    # Diameters of ASTM D6433-20, X1.13: up to 200, 200 to 450, 450 to 750 mm. A picture does not
    # tell the depth; what is wider than 750 mm is counted as several there, and as 4 here.
    ("road_damage", "pothole"): GroupRule(severity_from_m=(0.2, 0.45, 0.75)),
    # A crack area has no sharp end, and models cut it differently from frame to frame.
    ("road_damage", "pavement_crack"): GroupRule(same_within_m=4.0, severity_from_m=(1.0, 3.0)),
}
"""By inspection and class group; what is not named here is judged by `GroupRule()`."""


def rule_for(inspection: str, class_group: str) -> GroupRule:
    """Return the rule of a group of classes."""
    return RULES.get((inspection, class_group), GroupRule())


def confidence(scores: Sequence[float]) -> float:
    """Return how probable it is that a finding is real, from the best score of each look.

    Log-odds update (S. Thrun, W. Burgard, D. Fox, *Probabilistic Robotics*, 2005, chapter 4.2)
    with the score as the calibrated probability of one look:
    logit(c) = logit(p) + sum over looks of w (logit(s) - logit(p)), p the prior, w = 1 for the
    best look and 0.5 for every other. One look gives its score; every look adds.

    Args:
        scores: 0 to 1, one for each independent look.

    Returns:
        0 to 0.99; 0 without a look.
    """
    if not scores:
        return 0.0
    low, high = _SCORE_RANGE
    gains = sorted(
        (_logit(min(max(score, low), high)) - _logit(_PRIOR) for score in scores), reverse=True
    )
    odds = _logit(_PRIOR) + gains[0] + _DEPENDENCE * sum(gains[1:])
    return min(1 / (1 + exp(-odds)), _MAX_CONFIDENCE)


def _logit(probability: float) -> float:
    return log(probability / (1 - probability))
