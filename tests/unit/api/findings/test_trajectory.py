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
    found = np.array(smooth(_fixes(measured)))
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
    assert smooth([]) == []


def test_standing_still_is_known_too() -> None:
    fixes = [Fix(float(n), east, 0.0, 5.0, 90.0, 0.0) for n, east in enumerate((0.0, 4.0, 8.0))]
    (first, _), _, (last, _) = smooth(fixes)
    assert last - first < 1.0


def test_it_is_the_least_squares_solution() -> None:
    """Against a dense solver."""
    rng = np.random.default_rng(1)
    measured = np.stack([np.arange(9) * 5.0, np.zeros(9)], axis=1) + rng.normal(0, 2, (9, 2))
    rows, right = [], []
    for index, place in enumerate(measured):
        weight = 1 / (0.6 * 5.0)
        rows.append(weight * np.eye(9)[index])
        right.append(weight * place)
    for index in range(8):
        weight = 1 / (0.08 * 5.0)
        rows.append(weight * (np.eye(9)[index + 1] - np.eye(9)[index]))
        right.append(weight * np.array([5.0, 0.0]))
    dense = np.linalg.lstsq(np.array(rows), np.array(right), rcond=None)[0]
    assert_allclose(smooth(_fixes(measured)), dense, atol=1e-9)
