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


def cameras_for(cameras: Iterable[Path], *, leave_out: str, held_out: bool) -> tuple[Path, ...]:
    """The cameras of one fold when one camera is left out.

    Args:
        cameras: Folders with frames of one camera each.
        leave_out: Name of the folder that is left out of training.
        held_out: Whether to judge (the one left out) or to train (the others).

    Raises:
        ValueError: No camera has that name.
    """
    folders = sorted(cameras)
    if leave_out not in {folder.name for folder in folders}:
        raise ValueError(f"no camera {leave_out} among {', '.join(one.name for one in folders)}")
    return tuple(folder for folder in folders if (folder.name == leave_out) is held_out)
