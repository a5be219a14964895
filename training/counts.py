"""How well a detector counts: the objects found on a picture against those that are there."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from training.metrics import RESAMPLES, Judged


@dataclass(frozen=True)
class CountFigures:
    """Errors of counting; pictures without an object count for bias and correlation only.

    Attributes:
        pictures: How many pictures were counted.
        mean: Mean true count.
        mape: Mean absolute percentage error as a fraction: mean of |found - true| / true.
        mape_interval: 95 %, bootstrapped over pictures.
        bias: Sum of (found - true) over the sum of true; above 0 counts too many.
        correlation: Pearson's, of found with true; 0 if one of them never varies.
        mape_of_mean: What `mape` is for one who always answers the mean true count.
    """

    pictures: int
    mean: float
    mape: float
    mape_interval: tuple[float, float]
    bias: float
    correlation: float
    mape_of_mean: float


def count(
    judged: Sequence[Judged], class_id: int, threshold: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """True and found counts of a class, one of each per picture."""
    true = [(one.true_ids == class_id).sum() for one in judged]
    found = [((one.class_ids == class_id) & (one.scores >= threshold)).sum() for one in judged]
    return np.array(true, np.float64), np.array(found, np.float64)


def count_figures(
    true: NDArray[np.float64], found: NDArray[np.float64], seed: int = 0
) -> CountFigures:
    """Sum up counts.

    Args:
        true: (P,), true count of each picture.
        found: (P,), found count of each picture.
        seed: Seed of the bootstrap.
    """
    mean = float(true.mean())
    errors = relative_errors(true, found)
    varies = true.std() > 0 and found.std() > 0
    return CountFigures(
        pictures=len(true),
        mean=mean,
        mape=float(errors.mean()) if len(errors) else 0.0,
        mape_interval=_interval(errors, np.random.default_rng(seed)),
        bias=float((found - true).sum() / max(true.sum(), 1)),
        correlation=float(np.corrcoef(true, found)[0, 1]) if varies else 0.0,
        mape_of_mean=float(relative_errors(true, np.full_like(true, mean)).mean())
        if len(errors)
        else 0.0,
    )


def relative_errors(true: NDArray[np.float64], found: NDArray[np.float64]) -> NDArray[np.float64]:
    """|found - true| / true of the pictures that show an object."""
    some = true > 0
    errors: NDArray[np.float64] = np.abs(found[some] - true[some]) / true[some]
    return errors


def _interval(errors: NDArray[np.float64], rng: Generator) -> tuple[float, float]:
    if not len(errors):
        return 0.0, 0.0
    means = errors[rng.integers(len(errors), size=(RESAMPLES, len(errors)))].mean(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)
