"""Which places train and which judge, so that no place does both."""

from collections.abc import Iterable
from pathlib import Path

from datasets.splits import is_held_out

FIRST_HELD_OUT_SEED = 1 << 24
"""Pairs and sites from this seed on are for judging; those below it are for training."""


def photos_for(photos: Iterable[Path], *, held_out: bool) -> tuple[Path, ...]:
    """The photographs of facades of one side of the split, by the rule of `datasets.splits`.

    Args:
        photos: All photographs.
        held_out: Whether to judge, or to train.
    """
    return tuple(sorted(path for path in photos if is_held_out(path.name) is held_out))
