"""Several frames of one passage say together what a plate reads."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import TypeVar

from inference.detections import PlateReading

_T = TypeVar("_T", bound=Hashable)


def vote(readings: Sequence[PlateReading]) -> PlateReading:
    """Join readings of one plate into one, character by character, each weighted by its score.

    Readings of the length that has the most weight vote; unreadable ones never do. At every
    position the character with the most weight wins. The joined score is the mean, over positions,
    of the winner's share of the weight, times the best single score of those that vote: agreement
    keeps a score, dissent lowers it, and no number of bad readings makes a good one.
    The order of the readings does not matter.

    Args:
        readings: Readings of one plate in the frames of one passage, at least one.

    Returns:
        The joined text and score; colour by weight among the readings that vote; polygon of the
        best single reading, in the pixels of its own frame. If none is readable, the reading of
        the highest score, as it is.

    Raises:
        ValueError: No reading was given.

    Example:
        >>> square = ((0.0, 0.0), (9.0, 0.0), (9.0, 3.0), (0.0, 3.0))
        >>> seen = [("京A12345", 0.9), ("京A12845", 0.4), ("京A12345", 0.5)]
        >>> vote([PlateReading(text, score, "blue", square) for text, score in seen]).text
        '京A12345'
    """
    if not readings:
        raise ValueError("there is no reading to vote")
    ranked = sorted(readings, key=_rank, reverse=True)
    readable = [one for one in ranked if one.text and one.text_score > 0]
    if not readable:
        return ranked[0]
    length = _heaviest((len(one.text), one.text_score) for one in readable)
    voting = [one for one in readable if len(one.text) == length]
    weights = [one.text_score for one in voting]
    columns = list(zip_longest(*(one.text for one in voting)))
    winners = [_heaviest(zip(column, weights, strict=True)) for column in columns]
    agreement = [
        sum(w for c, w in zip(column, weights, strict=True) if c == winner) / sum(weights)
        for column, winner in zip(columns, winners, strict=True)
    ]
    return replace(
        voting[0],
        text="".join(winners),
        text_score=voting[0].text_score * min(1.0, sum(agreement) / length),
        color=_heaviest((one.color, one.text_score) for one in voting),
    )


def _rank(reading: PlateReading) -> tuple[bool, float, str, str, object]:
    return bool(reading.text), reading.text_score, reading.text, reading.color, reading.polygon


def _heaviest(votes: Iterable[tuple[_T, float]]) -> _T:
    """What has the most weight; of equals the one that came first, the best reading's."""
    weights: dict[_T, float] = defaultdict(float)
    for choice, weight in votes:
        weights[choice] += weight
    return max(weights, key=lambda choice: weights[choice])
