"""Where the characters of a rectified plate stand, in columns of the network's output."""

from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from datasets.synthesis.plates.render import character_cells
from training.plates.network import LOWER, MARGIN, STRIP, UPPER, UPPER_SHARE

COLUMNS = STRIP[1] // 4
_CORE = 0.27  # part of a character's width, either side of its middle, that shows it surely


@lru_cache(maxsize=8)
def character_columns(length: int, two_rows: bool) -> Tensor:
    """Which character each column of the output shows.

    Args:
        length: Characters on the plate.
        two_rows: Whether they stand in two rows.

    Returns:
        int64 (32,): index of the character; `length` for the blank between two; `length + 1` where
        it is not clear.
    """
    cells, width = character_cells(length, rows=2 if two_rows else 1)
    centers = np.array([x + w / 2 for x, _, w, _ in cells]) / width
    halves = np.array([w / 2 for _, _, w, _ in cells]) / width
    if two_rows:
        places = np.concatenate(
            [
                (centers[:2] - UPPER[0]) / (UPPER[2] - UPPER[0]) * UPPER_SHARE,
                UPPER_SHARE + (centers[2:] - LOWER[0]) / (LOWER[2] - LOWER[0]) * (1 - UPPER_SHARE),
            ]
        )
        halves[:2] *= UPPER_SHARE / (UPPER[2] - UPPER[0])
        halves[2:] *= (1 - UPPER_SHARE) / (LOWER[2] - LOWER[0])
    else:
        places = (centers + MARGIN[0]) / (1 + 2 * MARGIN[0])
        halves /= 1 + 2 * MARGIN[0]
    columns = (np.arange(COLUMNS) + 0.5) / COLUMNS
    result = np.full(COLUMNS, length + 1)
    gaps = np.concatenate(
        [(places[:-1] + halves[:-1] + places[1:] - halves[1:]) / 2, [places[-1] + 1.6 * halves[-1]]]
    )
    for gap in gaps:
        result[int(np.abs(columns - gap).argmin())] = length
    for index, (place, half) in enumerate(zip(places, halves, strict=True)):
        core = np.abs(columns - place) < 2 * _CORE * half
        core[int(np.abs(columns - place).argmin())] = True
        result[core] = index
    return torch.from_numpy(result)
