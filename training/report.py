"""The figures of a model, as they stand in its `metrics.json`."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from models.registry import Model
from training.errors import TrainingError
from training.metrics import Judged, Matches, class_figures, match

SUBSET_EVERY = 3
"""Every third judged picture, by name, is judged again by the tests, which must be quick."""


def matches_by_class(model: Model, judged: Sequence[Judged]) -> dict[str, Matches]:
    """Match the detections of every class of a model."""
    return {name: match(judged, index) for index, name in enumerate(model.class_names)}


def variant_report(
    model: Model, matches: Mapping[str, Matches], milliseconds: float
) -> dict[str, Any]:
    """Sum up one variant of a model: its digest, size, speed, and each class's figures."""
    thresholds = {one.name: one.threshold for one in model.classes}
    figures = {name: class_figures(matches[name], thresholds[name]) for name in model.class_names}
    return {
        "digest": model.digest,
        "bytes": model.path.stat().st_size,
        "milliseconds_per_picture_one_core": round(milliseconds, 1),
        "mean_ap50": round(sum(one.ap50 for one in figures.values()) / len(figures), 4),
        "classes": {name: _rounded(asdict(one)) for name, one in figures.items()},
        "subset_ap50": {name: round(subset_ap50(matches[name]), 4) for name in model.class_names},
    }


def subset_ap50(matches: Matches) -> float:
    """AP50 on every third picture only."""
    weights = np.zeros_like(matches.objects)
    weights[::SUBSET_EVERY] = 1
    return matches.average_precision(weights=weights)


def _rounded(values: dict[str, Any]) -> dict[str, Any]:
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
