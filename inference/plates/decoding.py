"""Turns the reader's probabilities along a plate into the likeliest text that a plate can carry.

The network gives, for each column of the rectified plate, log probabilities of every character and
of the blank of connectionist temporal classification (A. Graves et al., ICML 2006): a text is what
is left of a path when repetitions are merged and blanks removed.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.plate_text import ALL_PATTERNS, CHARSET, is_plate

_BLANK = len(CHARSET)
_NEVER = -1e9
_LONGEST = max(map(len, ALL_PATTERNS))
_Scores = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class PlateText:
    """A decoded text and its score, 0 to 1."""

    text: str
    score: float


def decode_plate(log_probs: _Scores) -> PlateText:
    """Find the likeliest text that follows a pattern of `models.plate_text`.

    The score is the product over the characters of the highest probability that the network gives
    each of them within its stretch of columns.

    Args:
        log_probs: (columns, characters + 1) log probabilities, the characters in the order of
            `CHARSET`, the blank last.

    Returns:
        The text and its score.

    Example:
        >>> sure = np.full((15, len(CHARSET) + 1), -20.0)
        >>> for column, character in enumerate("京A12345"):
        ...     sure[2 * column, CHARSET.index(character)] = 0.0
        ...     sure[2 * column + 1, -1] = 0.0
        >>> decode_plate(sure).text
        '京A12345'
    """
    path = log_probs.argmax(axis=1)
    if not is_plate(_collapse(path)):  # else the best of all paths is the best of plates, too
        path = _best_path(log_probs)
    starts = np.flatnonzero((path != np.roll(path, 1)) | (np.arange(len(path)) == 0))
    stretches = [
        stretch
        for stretch in np.split(np.arange(len(path)), starts[1:])
        if path[stretch[0]] != _BLANK
    ]
    peaks = [float(log_probs[stretch, path[stretch[0]]].max()) for stretch in stretches]
    return PlateText(_collapse(path), float(np.exp(min(0.0, sum(peaks)))))


def _collapse(path: NDArray[np.int64]) -> str:
    changes = path[np.flatnonzero(np.diff(path, prepend=-1))]
    return "".join(CHARSET[index] for index in changes if index != _BLANK)


def _admitted() -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Which character each pattern admits at each position, and how long each pattern is."""
    masks = np.zeros((len(ALL_PATTERNS), _LONGEST, len(CHARSET)), np.bool_)
    for mask, pattern in zip(masks, ALL_PATTERNS, strict=True):
        for position, characters in enumerate(pattern):
            mask[position, [CHARSET.index(character) for character in characters]] = True
    return masks, np.array([len(pattern) for pattern in ALL_PATTERNS])


_MASKS, _LENGTHS = _admitted()


def _best_path(log_probs: _Scores) -> NDArray[np.int64]:
    """The likeliest path whose text follows a pattern, by dynamic programming (Viterbi).

    States, for each pattern: in the blank after `k` characters, or in character `c` as the `k`-th.
    A character follows the blank before it, another character before it, or itself.

    Returns:
        int64 (columns,) indices of characters, or the blank's.
    """
    columns = len(log_probs)
    outside = np.where(_MASKS, 0.0, _NEVER)  # (patterns, positions, characters)
    blank = np.full((len(_MASKS), _LONGEST + 1), _NEVER)
    inside = np.full(outside.shape, _NEVER)
    blank[:, 0] = 0.0
    came_blank = np.zeros((columns, *blank.shape), np.int64)  # character left, or the blank
    came_inside = np.zeros((columns, *inside.shape), np.int64)  # itself, another, or the blank
    stay = np.arange(len(CHARSET))
    for column, scores in enumerate(log_probs):
        best, best_score = inside.argmax(axis=2), inside.max(axis=2)
        others = np.where(stay == best[:, :, None], 2 * _NEVER, inside)
        second, second_score = others.argmax(axis=2), others.max(axis=2)
        # The best other character at the position before, for each character.
        other = np.full(inside.shape, _NEVER)
        which = np.zeros(inside.shape, np.int64)
        same = stay == best[:, :-1, None]
        other[:, 1:] = np.where(same, second_score[:, :-1, None], best_score[:, :-1, None])
        which[:, 1:] = np.where(same, second[:, :-1, None], best[:, :-1, None])
        rest = np.broadcast_to(blank[:, :-1, None], inside.shape)
        came_inside[column] = np.where(
            (inside >= other) & (inside >= rest), stay, np.where(rest >= other, _BLANK, which)
        )
        entered = np.maximum(np.maximum(inside, other), rest) + scores[:_BLANK] + outside
        left = np.full(blank.shape, _NEVER)
        left[:, 1:] = best_score
        came_blank[column, :, 1:] = np.where(blank[:, 1:] >= best_score, _BLANK, best)
        came_blank[column, :, 0] = _BLANK
        blank = np.maximum(blank, left) + scores[_BLANK]
        inside = entered
    return _walk_back(blank, inside, came_blank, came_inside)


def _walk_back(
    blank: _Scores,
    inside: _Scores,
    came_blank: NDArray[np.int64],
    came_inside: NDArray[np.int64],
) -> NDArray[np.int64]:
    patterns = np.arange(len(_LENGTHS))
    ends = np.maximum(blank[patterns, _LENGTHS], inside[patterns, _LENGTHS - 1].max(axis=1))
    pattern = int(ends.argmax())
    count = int(_LENGTHS[pattern])
    state = _BLANK
    if inside[pattern, count - 1].max() > blank[pattern, count]:
        state = int(inside[pattern, count - 1].argmax())
    path = np.empty(len(came_blank), np.int64)
    for column in reversed(range(len(path))):
        path[column] = state
        if state == _BLANK:
            state = int(came_blank[column, pattern, count])
        else:
            former = int(came_inside[column, pattern, count - 1, state])
            if former != state:
                count -= 1
            state = former
    return path
