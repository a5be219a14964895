"""The jitter of a pass's GPS is taken out, its common error is not."""

import numpy as np
from numpy.testing import assert_allclose

from api.findings.trajectory import Fix, smooth


def _fixes(measured: np.ndarray, *, speed: float | None = 9.0) -> list[Fix]:
    return [
        Fix(index * 5 / 9, east, north, 5.0, 90.0, speed)
        for index, (east, north) in enumerate(measured.tolist())
    ]


def test_distances_within_a_pass_become_consistent() -> None:
    rng = np.random.default_rng(3)
    true = np.stack([np.arange(20) * 5.0, np.zeros(20)], axis=1)
    measured = true + np.array([7.0, -4.0]) + rng.normal(0, 3.0, true.shape)
    found = smooth(_fixes(measured))
    raw, steady = np.diff(measured, axis=0) - [5, 0], np.diff(found, axis=0) - [5, 0]
    assert steady.std() < raw.std() / 5
    # What all fixes share stays: nothing inside a pass can tell it.
    assert_allclose(found.mean(axis=0), measured.mean(axis=0), atol=1e-6)


def test_without_speeds_the_fixes_stay_as_they_are() -> None:
    measured = np.array([[0.0, 0.0], [6.0, 1.0], [9.0, -2.0]])
    assert_allclose(smooth(_fixes(measured, speed=None)), measured)


def test_a_gap_in_time_connects_nothing() -> None:
    first, second = Fix(0.0, 0.0, 0.0, 5.0, 90.0, 9.0), Fix(60.0, 50.0, 0.0, 5.0, 90.0, 9.0)
    assert_allclose(smooth([first, second]), [[0.0, 0.0], [50.0, 0.0]])


def test_of_no_fixes_there_are_no_positions() -> None:
    assert smooth([]).shape == (0, 2)
