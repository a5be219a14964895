from pathlib import Path
from typing import Any

import numpy as np
import pytest

import training.compare
from datasets.cards import load_card
from datasets.yolo import LabelledPicture
from inference.decode import Picture
from inference.detections import Detections
from inference.detector import Detector
from inference.engine import Engine
from tests.unit.training.toys import toy_recipe, write_pictures, write_toy
from training.compare import Row, _judge, _mean_ap50, _Pair, compare, is_acceptable
from training.errors import TrainingError
from training.metrics import Matches
from training.slices import slices_of

LEVELS = [180, 200] * 12 + [30, 40] * 6
"""24 pictures by day, 12 by night."""


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> list[LabelledPicture]:
    return write_pictures(tmp_path_factory.mktemp("pictures"), LEVELS)


@pytest.fixture(autouse=True)
def few_resamples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training.compare, "RESAMPLES", 400)


def rows_of(rows: list[Row]) -> dict[str, Row]:
    return {row.name: row for row in rows}


def test_a_model_loses_nothing_to_itself(tmp_path: Path, pictures: list[LabelledPicture]) -> None:
    model = write_toy(tmp_path, version="1.0.0")
    rows = compare(toy_recipe(counts=True), [model], [model], {"test": pictures}, {})
    # No pothole is labelled in the pictures.
    assert {row.name: row.verdict for row in rows if row.name != "latency"} == {
        "crack": "kept",
        "pothole": "few",
        "light=day": "kept",
        "light=night": "kept",
        "place=AA_1": "kept",
        "place=BB_2": "kept",
        "count crack": "kept",
        "count pothole": "few",
    }
    assert rows_of(rows)["crack"].current == 1


def test_what_is_lost_at_night_is_named(tmp_path: Path, pictures: list[LabelledPicture]) -> None:
    current = write_toy(tmp_path / "now", version="1.0.0")
    blind = write_toy(tmp_path / "then", version="1.1.0", blind_below=0.3)
    one = {"test": pictures}
    rows = rows_of(compare(toy_recipe(), [current], [blind], one, {}))
    assert rows["light=night"].verdict == "lost"
    assert rows["light=night"].loss == pytest.approx(1)
    assert rows["light=day"].verdict == "kept"
    assert rows["crack"].verdict == "lost"
    assert not is_acceptable(list(rows.values()))
    tolerances = {"crack": 0.5, "light=night": 1.0, "place=AA_1": 0.5, "place=BB_2": 0.5}
    rows = rows_of(compare(toy_recipe(), [current], [blind], one, tolerances))
    assert rows["light=night"].verdict == rows["crack"].verdict == "kept"
    rows = rows_of(compare(toy_recipe(), [blind], [current], one, {}))
    assert rows["light=night"].verdict == "kept"
    assert rows["light=night"].loss == pytest.approx(-1)


def test_a_loss_that_noise_explains_is_not_held_against_it() -> None:
    """Twenty times, two models that find each object with the same probability."""
    verdicts = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        pairs = [_pair(rng, 0.8, 0.8) for _ in range(3)]
        verdicts += [row.verdict for row in _judge(pairs, {}, rng)]
    assert verdicts.count("lost") <= 3
    assert verdicts.count("unsure") >= 5


def test_a_loss_that_noise_does_not_explain_is() -> None:
    rng = np.random.default_rng(1)
    assert _judge([_pair(rng, 0.9, 0.4)], {}, rng)[0].verdict == "lost"


def test_too_few_objects_say_nothing() -> None:
    rng = np.random.default_rng(1)
    row = _judge([_pair(rng, 1.0, 0.0, pictures=9)], {}, rng)[0]
    assert row.verdict == "few"
    assert row.loss == 1


def _pair(rng: np.random.Generator, current: float, candidate: float, pictures: int = 40) -> _Pair:
    def found(probability: float) -> Matches:
        hit = rng.random(pictures) < probability
        return Matches(
            np.arange(pictures),
            np.linspace(1, 0.5, pictures),
            np.tile(hit, (10, 1)),
            np.ones(pictures, np.int64),
        )

    everywhere = np.ones(pictures, np.bool_)
    both = _mean_ap50([found(current)]), _mean_ap50([found(candidate)])
    return _Pair("test", "crack", "fp32", everywhere, pictures, *both, 1)


def test_a_slower_candidate_is_refused(
    tmp_path: Path, pictures: list[LabelledPicture], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a clock that the detectors move: 10 ms for the current one, 12 or 10.5 for candidates."""
    clock = [0.0]
    seconds = {"1.0.0": 0.010, "1.1.0": 0.012, "1.2.0": 0.0105}

    class Timed(Detector):
        def detect(self, picture: Picture) -> Detections:
            clock[0] += seconds[self.model.version]
            return super().detect(picture)

    def detector(engine: Engine, threshold: float | None) -> Detector:
        return Timed(engine, threshold)

    monkeypatch.setattr("training.compare.time.thread_time", lambda: clock[0])
    recipe: Any = toy_recipe()
    object.__setattr__(recipe, "detector", detector)
    models = {one: write_toy(tmp_path / one, version=one) for one in seconds}
    for version, verdict in (("1.1.0", "lost"), ("1.2.0", "kept")):
        pair = [models["1.0.0"]], [models[version]]
        latency = compare(recipe, *pair, {"test": pictures}, {})[-1]
        assert (latency.name, latency.verdict) == ("latency", verdict)
        assert latency.loss == pytest.approx(seconds[version] / 0.010)


def test_slices_come_from_a_table_names_and_brightness(tmp_path: Path) -> None:
    pictures = write_pictures(tmp_path, [200, 200, 30, 30])
    names = [one.path.name for one in pictures]
    (tmp_path / "slices.csv").write_text(
        f"picture,camera,light\n{names[0]},north,\n{names[1]},south,\n{names[2]},south,day\n"
    )
    slices = slices_of(pictures, load_card("road_damage"))
    assert {name: belongs.tolist() for name, belongs in slices.items()} == {
        "camera=north": [True, False, False, False],
        "camera=south": [False, True, True, False],
        "light=day": [True, True, True, False],
        "light=night": [False, False, False, True],
        "place=AA_1": [False, True, False, True],
        "place=BB_2": [True, False, True, False],
    }


@pytest.mark.parametrize(
    ("table", "what"),
    [
        (b"file,camera\na.jpg,north\n", r"slices\.csv has the columns file, camera"),
        (b"", r"slices\.csv has the columns none"),
        ("picture,camera\na.jpg,北门\n".encode("gb18030"), "is not UTF-8"),
    ],
)
def test_a_table_that_cannot_be_used_is_an_error(tmp_path: Path, table: bytes, what: str) -> None:
    pictures = write_pictures(tmp_path, [200])
    (tmp_path / "slices.csv").write_bytes(table)
    with pytest.raises(TrainingError, match=what):
        slices_of(pictures, load_card("road_damage"))
