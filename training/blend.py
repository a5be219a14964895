"""Averages trained weights with those that training started from.

Fine-tuning on few pictures of some classes unlearns others, and how to see in other places. Half
way back to the start along a straight line lie weights that know both (Wortsman et al., "Robust
fine-tuning of zero-shot models", 2022).
"""

import os
from pathlib import Path

os.environ.setdefault("YOLO_AUTOINSTALL", "false")
os.environ.setdefault("YOLO_OFFLINE", "true")

import torch
from ultralytics import YOLO

from training.errors import TrainingError


def blend(trained: Path, start: Path, share: float, target: Path) -> None:
    """Write the average of two checkpoints of one architecture.

    In the last layers, rows of classes that only the trained weights know stay as they are.

    Args:
        trained: The checkpoint that training gave.
        start: The checkpoint that training started from.
        share: Share of the trained weights, 0 to 1.
        target: The file to write, a checkpoint with the trained one's classes.

    Raises:
        TrainingError: If a file is missing, or the two are of different architectures.
    """
    for path in (trained, start):
        if not path.is_file():
            raise TrainingError(f"{path} is missing")
    model, origin = YOLO(trained), YOLO(start)
    known = {name: number for number, name in origin.names.items()}
    pairs = [(new, known[name]) for new, name in model.names.items() if name in known]
    rows, origin_rows = [new for new, _ in pairs], [old for _, old in pairs]
    state, origin_state = model.model.float().state_dict(), origin.model.float().state_dict()
    for name, values in state.items():
        if not values.dtype.is_floating_point:
            continue
        if name not in origin_state or origin_state[name].shape[1:] != values.shape[1:]:
            raise TrainingError(
                f"{trained} and {start} are of different architectures",
                hint="Blend with the weights that training started from.",
            )
        former = origin_state[name]
        if former.shape == values.shape:
            state[name] = torch.lerp(former, values, share)
        else:
            state[name] = values.clone()
            state[name][rows] = torch.lerp(former[origin_rows], values[rows], share)
    model.model.load_state_dict(state)
    model.save(target)
