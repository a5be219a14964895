from pathlib import Path

import numpy as np
import onnx.parser
import pytest

from inference.falling.classifier import CLASSES, TrackletClassifier
from inference.falling.detect import FallDetector, track_clip
from inference.falling.origin import Grid
from inference.falling.tracklets import POINT_FEATURES, SUMMARY_FEATURES, describe
from models.errors import ModelInvalid
from tests.unit.inference.falling.films import HEIGHT, PX_PER_M, Film, dropped
from tests.unit.inference.falling.test_events import HEIGHT as TALL
from tests.unit.inference.falling.test_events import track

# What pulls down as gravity does is a fall, everything else clutter: a rule in place of learning.
GRAPH = """
<ir_version: 8, opset_import: ["" : 17]>
rule (float[N, 32, POINTS] points, float[N, SUMMARY] summary, uint8[N, 4, 2, 32, 32] patches)
=> (float[N, CLASSES] scores)
<int64[1] pull = {PULL}, float limit = {0.3}, float steep = {40.0},
 float[1, CLASSES] direction = {WEIGHTS}>
{
    pulled = Gather<axis = 1>(summary, pull)
    above = Sub(pulled, limit)
    strong = Mul(above, steep)
    logits = MatMul(strong, direction)
    scores = Softmax<axis = 1>(logits)
}
"""


def write_rule(path: Path, *, classes: int = len(CLASSES)) -> Path:
    graph = (
        GRAPH.replace("POINTS", str(len(POINT_FEATURES)))
        .replace("SUMMARY", str(len(SUMMARY_FEATURES)))
        .replace("CLASSES", str(classes))
        .replace("PULL", str(SUMMARY_FEATURES.index("pull_y")))
        .replace("WEIGHTS", ", ".join(["1.0"] + ["0.0"] * (classes - 2) + ["-1.0"]))
    )
    model = onnx.parser.parse_model(graph)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, path)
    return path


@pytest.fixture(scope="module")
def detector(tmp_path_factory: pytest.TempPathFactory) -> FallDetector:
    path = write_rule(tmp_path_factory.mktemp("rule") / "model.onnx")
    return FallDetector(TrackletClassifier(path), suspected=0.5, confirmed=0.8)


def test_a_clip_gives_an_event_with_its_origin(detector: FallDetector) -> None:
    tracked = track_clip(Film((dropped(100.0, 40.0),)))
    assert tracked.fps == pytest.approx(25.0)
    (event,) = detector.judge(tracked)
    assert event.status == "confirmed"
    assert (event.origin.x, event.origin.y) == pytest.approx((100, 40), abs=12)
    assert event.start_frame == pytest.approx(0.3 * 25, abs=3)
    assert event.end_frame == pytest.approx((0.3 + np.sqrt(2 * 440 / 9.81 / PX_PER_M)) * 25, abs=3)


def test_two_falls_give_two_events_and_a_still_wall_none(detector: FallDetector) -> None:
    both = Film((dropped(60.0, 40.0), dropped(260.0, 30.0, begin_s=0.5)), seconds=2.6)
    assert len(detector.judge(track_clip(both))) == 2
    assert detector.judge(track_clip(Film(()))) == []


def test_steady_motion_is_no_fall(detector: FallDetector) -> None:
    assert detector.judge(track_clip(Film((lambda t: (100 + 20 * t, 50 + 150 * t),)))) == []


def test_a_grid_names_the_floor(detector: FallDetector) -> None:
    grid = Grid(((0, 0), (320, 0), (320, HEIGHT), (0, HEIGHT)), floors=5, columns=4)
    (event,) = detector.judge(track_clip(Film((dropped(100.0, 40.0),))), grid)
    assert event.origin.floors is not None
    assert event.origin.floors[1] == 5
    assert event.origin.columns is not None
    assert event.origin.columns[1] == 2


@pytest.mark.parametrize("frames", [0, 1, 5])
def test_clips_too_short_to_show_anything_give_nothing(frames: int, detector: FallDetector) -> None:
    assert detector.judge(track_clip(Film((), seconds=frames / 25))) == []


def test_scores_are_probabilities(tmp_path: Path) -> None:
    classify = TrackletClassifier(write_rule(tmp_path / "model.onnx"))
    tracked = track_clip(Film((dropped(100.0, 40.0), lambda t: (250.0, 50 + 150 * t))))
    scores = classify(describe(tracked.tracks, tracked.height))
    assert scores.shape == (len(tracked.tracks), len(CLASSES))
    assert scores.sum(axis=1) == pytest.approx(1.0)
    assert classify(describe([], 100)).shape == (0, len(CLASSES))


def test_other_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelInvalid, match="tracklet classifier"):
        TrackletClassifier(write_rule(tmp_path / "other.onnx", classes=4))
    (tmp_path / "broken.onnx").write_bytes(b"not a model")
    with pytest.raises(ModelInvalid, match="does not load"):
        TrackletClassifier(tmp_path / "broken.onnx")


def test_company_is_counted_by_size_and_speed_around_the_same_time() -> None:
    flakes = [track(20, 40, x=100.0 * n, pull=10) for n in range(1, 5)]
    alone, late = track(20, 40, x=900, pull=90), track(190, 199, x=100, released=190)
    summary = describe([*flakes, alone, late], TALL).summary
    others, alike = (SUMMARY_FEATURES.index(name) for name in ("others", "alike"))
    assert summary[:, others] == pytest.approx(np.log1p([5, 5, 5, 5, 5, 1]) / 2)
    assert summary[:, alike] == pytest.approx(np.log1p([4, 4, 4, 4, 1, 1]) / 2)
    # A part of a track has the company of the whole.
    part = describe([flakes[0]], TALL, [*flakes, alone, late]).summary
    assert part[0] == pytest.approx(summary[0])
