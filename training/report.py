"""The figures of a model, as they stand in its `metrics.json`."""

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from models.registry import Model
from training.errors import TrainingError
from training.metrics import Matches, class_figures

SUBSET_EVERY = 3
"""Every third judged picture, by name, is judged again by the tests, which must be quick."""


def file_report(model: Model, milliseconds: float) -> dict[str, Any]:
    """What is told of one variant's file: its digest, size and speed."""
    return {
        "digest": model.digest,
        "bytes": model.path.stat().st_size,
        "milliseconds_per_picture_one_core": round(milliseconds, 1),
    }


def operating_points(model: Model) -> dict[str, float]:
    """Each class's threshold; 1 for any class that the model does not know."""
    return defaultdict(lambda: 1.0, {one.name: one.threshold for one in model.classes})


def set_report(model: Model, matches: Mapping[str, Matches]) -> dict[str, Any]:
    """Sum up how one variant did on one judged set, by class."""
    thresholds = operating_points(model)
    figures = {name: class_figures(one, thresholds[name]) for name, one in matches.items()}
    return {
        "mean_ap50": round(sum(one.ap50 for one in figures.values()) / len(figures), 4),
        "classes": {name: rounded(asdict(one)) for name, one in figures.items()},
        "subset_ap50": {name: round(subset_ap50(one), 4) for name, one in matches.items()},
    }


def subset_ap50(matches: Matches) -> float:
    """AP50 on every third picture only."""
    weights = np.zeros_like(matches.objects)
    weights[::SUBSET_EVERY] = 1
    return matches.average_precision(weights=weights)


def rounded(values: dict[str, Any]) -> dict[str, Any]:
    """Round what is a fraction to four digits."""
    return {
        key: [round(part, 4) for part in value]
        if isinstance(value, tuple)
        else round(value, 4)
        if isinstance(value, float)
        else value
        for key, value in values.items()
    }


def read_metrics(folder: Path) -> dict[str, Any]:
    """Read a model folder's `metrics.json`.

    Raises:
        TrainingError: If it is missing.
    """
    path = folder / "metrics.json"
    if not path.is_file():
        raise TrainingError(f"{path} is missing", hint="Write it: xunjian evaluate MODEL --update.")
    metrics: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return metrics
