"""The shipped tracklet classifier, on its golden clip: no data set is needed."""

import json
from functools import cache
from pathlib import Path

import numpy as np
import onnx
import pytest

from inference.clips import ClipLimits, open_clip
from inference.falling.classifier import CLASSES, TrackletClassifier
from inference.falling.detect import FallDetector, track_clip
from inference.falling.events import FallEvent

FOLDER = Path(__file__).parents[3] / "models" / "falling_object"
MOST_PARAMETERS = 300_000


@cache
def detector() -> FallDetector:
    described = json.loads((FOLDER / "tracklets.json").read_text("utf-8"))
    assert tuple(described["classes"]) == CLASSES
    classifier = TrackletClassifier(FOLDER / "model.onnx")
    return FallDetector(classifier, described["suspected"], described["confirmed"])


def found(path: Path) -> list[FallEvent]:
    return detector().judge(track_clip(open_clip(path, ClipLimits())))


def test_it_is_small() -> None:
    weights = onnx.load(FOLDER / "model.onnx").graph.initializer
    assert sum(int(np.prod(one.dims)) for one in weights) <= MOST_PARAMETERS


def test_it_finds_the_fall_of_its_golden_clip() -> None:
    (expected,) = json.loads((FOLDER / "golden.json").read_text("utf-8"))["events"]
    (event,) = found(FOLDER / "golden.mp4")
    assert event.score == pytest.approx(expected["score"], abs=0.1)
    assert event.start_frame == pytest.approx(expected["start_frame"], abs=2)
    assert event.end_frame == pytest.approx(expected["end_frame"], abs=2)
    assert event.track[-1][1:] == pytest.approx(expected["last"], abs=8)
