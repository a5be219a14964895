from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx.parser
import pytest

from inference.decode import Picture
from inference.detector import Detector
from inference.engine import Engine
from inference.errors import GoldenMismatch, InspectionUnknown, ProviderUnavailable
from inference.golden import check_golden, record_golden
from inference.gpu import half_precision_copy
from inference.inspections import Kind, PictureInspection, get_inspection, inspection_type
from inference.policy import ExecutionPolicy, choose_policy, load_model_for
from models.errors import ModelInvalid
from models.registry import Model
from tests.integration.inference.conftest import GRAPH
from tests.unit.inference.test_decode import encode, two_halves


def grey(level: int, width: int = 64, height: int = 32) -> Any:
    return np.full((height, width, 3), level, np.uint8)


@pytest.fixture(scope="module")
def detector(toy: Model, policy: ExecutionPolicy) -> Detector:
    return Detector(Engine(toy, policy))


def test_engine_answers_by_hand_worked_values(toy: Model, policy: ExecutionPolicy) -> None:
    answer = Engine(toy, policy).infer(grey(204))
    assert answer.shape == (300, 6)
    assert answer[0] == pytest.approx([16, 8, 48, 24, 0.8, 0], rel=1e-5)
    assert not answer[1:].any()


def test_batches_give_each_caller_the_answer_it_would_get_alone(
    toy: Model, policy: ExecutionPolicy
) -> None:
    alone = Engine(toy, policy)
    together = Engine(toy, replace(policy, max_batch=4, batch_patience_s=0.005))
    pictures = [grey(level, 64, 32 + 32 * (level % 2)) for level in range(60)]
    with ThreadPoolExecutor(8) as callers:
        answers = list(callers.map(together.infer, pictures))
    together.close()
    for picture, answer in zip(pictures, answers, strict=True):
        assert answer == pytest.approx(alone.infer(picture), rel=1e-6)


def test_detector_speaks_in_pixels_of_the_original(detector: Detector) -> None:
    (found,) = detector.detect(Picture(grey(204, 100, 50), 800, 400, "jpeg"))
    assert found.class_name == "crack"
    assert found.box == pytest.approx((200, 100, 600, 300), abs=2)


@pytest.mark.parametrize(("threshold", "expected"), [(None, 0), (0.31, 0), (0.29, 1), (0.0, 1)])
def test_thresholds(
    toy: Model, policy: ExecutionPolicy, threshold: float | None, expected: int
) -> None:
    detector = Detector(Engine(toy, policy), threshold)
    found = detector.detect(Picture(grey(76, 64, 64), 64, 64, "jpeg"))
    assert len(found) == expected


def test_what_is_faint_is_told_apart(toy: Model, policy: ExecutionPolicy, tmp_path: Path) -> None:
    picture = Picture(grey(76, 64, 64), 64, 64, "jpeg")

    def seen(threshold: float, faint: float | None) -> tuple[int, int]:
        model = at_threshold(toy, threshold, tmp_path)
        classes = tuple(c.model_copy(update={"faint": faint}) for c in model.classes)
        detector = Detector(Engine(replace(model, classes=classes), policy))
        sure, faint_ones = detector.detect_with_faint(picture)
        assert len(detector.detect(picture)) == len(sure)
        return len(sure), len(faint_ones)

    assert seen(0.2, 0.1) == (1, 0)
    assert seen(0.5, 0.2) == (0, 1)
    assert seen(0.5, 0.4) == (0, 0)
    assert seen(0.5, None) == (0, 0)


def test_empty_boxes_are_never_reported(toy: Model, policy: ExecutionPolicy) -> None:
    detector = Detector(Engine(toy, policy), 0.0)
    assert len(detector.detect(Picture(grey(9, 64, 64), 64, 64, "jpeg"))) == 1


@pytest.mark.parametrize(
    ("there", "instead", "says"),
    [
        ("uint8[N, H, W, 3]", "float[N, H, W, 3]", "uint8"),
        ("images", "pictures", "'images'"),
        ("detections", "boxes_and_scores", "'detections'"),
        ("0, 299, 0}", "0, 299, 1}", "the last of 6"),
    ],
)
def test_a_model_without_the_contract_is_refused(
    toy: Model, policy: ExecutionPolicy, tmp_path: Path, there: str, instead: str, says: str
) -> None:
    path = tmp_path / "other.onnx"
    other = GRAPH.replace(there, instead).replace("float[N, 300, 6]", "float[N, 300, M]")
    onnx.save(onnx.parser.parse_model(other), path)
    with pytest.raises(ModelInvalid, match=says):
        Engine(replace(toy, path=path), policy)


def test_a_damaged_model_is_refused(toy: Model, policy: ExecutionPolicy, tmp_path: Path) -> None:
    path = tmp_path / "damaged.onnx"
    path.write_bytes(toy.path.read_bytes()[:-40])
    with pytest.raises(ModelInvalid, match="does not load"):
        Engine(replace(toy, path=path), policy)


@pytest.mark.parametrize("device", ["cuda", "tensorrt"])
def test_a_device_that_is_not_there_is_refused_not_replaced(device: Any) -> None:
    if choose_policy().device != "cpu":
        pytest.skip("this machine has a GPU")
    with pytest.raises(ProviderUnavailable, match="not available"):
        choose_policy(device)


@pytest.mark.filterwarnings("ignore:Specified provider")
def test_an_engine_refuses_a_policy_whose_provider_does_not_load(
    toy: Model, policy: ExecutionPolicy
) -> None:
    if choose_policy().device != "cpu":
        pytest.skip("this machine has a GPU")
    with pytest.raises(ProviderUnavailable, match="did not load"):
        Engine(toy, replace(policy, device="cuda"))


def test_auto_runs_fp32_where_int8_does_not_pay(root: Path, policy: ExecutionPolicy) -> None:
    slow = replace(policy, prefer_int8=False)
    assert load_model_for(slow, "road_damage", root=root).variant == "fp32"


def test_half_precision_copy_agrees_with_the_model(
    toy: Model, policy: ExecutionPolicy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    path = half_precision_copy(toy)
    kinds = {i.data_type for i in onnx.load(path).graph.initializer if i.name == "weights"}
    assert kinds == {onnx.TensorProto.FLOAT16}
    picture = grey(204, 640, 608)
    half = Engine(replace(toy, path=path), policy).infer(picture)
    assert half == pytest.approx(Engine(toy, policy).infer(picture), rel=1e-3)
    assert half[0, :4].tolist() == [160, 152, 480, 456]
    assert half_precision_copy(toy) == path


def test_road_damage_is_a_plug_in_of_kind_place(root: Path, policy: ExecutionPolicy) -> None:
    assert inspection_type("road_damage").kind is Kind.PLACE
    inspection = get_inspection("road_damage", policy, root=root)
    assert isinstance(inspection, PictureInspection)
    assert inspection.class_groups == {"crack": "pavement_crack", "pothole": "pavement_crack"}
    assert inspection.input_size == 64
    assert len(inspection.inspect(Picture(grey(204), 64, 32, "jpeg"))) == 1


def test_an_unknown_inspection_names_those_that_exist() -> None:
    with pytest.raises(InspectionUnknown) as caught:
        get_inspection("road_demage")
    assert "road_damage" in (caught.value.hint or "")


def at_threshold(model: Model, threshold: float, folder: Path) -> Model:
    """The model with one operating point for all classes; it finds one crack, of score 0.3."""
    classes = tuple(c.model_copy(update={"threshold": threshold}) for c in model.classes)
    return replace(model, classes=classes, folder=folder)


def test_golden_picture_accepts_the_recorded_answer_and_no_other(
    toy: Model, policy: ExecutionPolicy, tmp_path: Path
) -> None:
    golden = at_threshold(toy, 0.1, tmp_path)
    detector = Detector(Engine(golden, policy))
    with pytest.raises(ModelInvalid, match="golden"):
        check_golden(detector, golden)
    assert record_golden(detector, encode(two_halves(), "JPEG"), tmp_path) == 1
    check_golden(detector, golden)
    recorded = (tmp_path / "golden.json").read_text()
    for right, wrong in (('"crack"', '"pothole"'), ("80.", "180."), ('"score": 0', '"score": 0.9')):
        assert right in recorded
        (tmp_path / "golden.json").write_text(recorded.replace(right, wrong, 1))
        with pytest.raises((GoldenMismatch, ModelInvalid)):
            check_golden(detector, golden)


@pytest.mark.parametrize(
    ("threshold", "score", "message"),
    [
        (0.1, 0.33, None),
        (0.1, 0.9, "did not find"),
        (0.2, 0.34, None),  # within 0.15 of the threshold: may be missed
    ],
)
def test_only_clear_detections_must_be_found_again(
    toy: Model,
    policy: ExecutionPolicy,
    tmp_path: Path,
    threshold: float,
    score: float,
    message: str | None,
) -> None:
    golden = at_threshold(toy, threshold, tmp_path)
    detector = Detector(Engine(golden, policy))
    (tmp_path / "golden.jpg").write_bytes(encode(two_halves(), "JPEG"))
    missed = "[0, 0, 40, 40]" if threshold == 0.2 else "[80, 40, 240, 120]"
    answer = f'{{"detections": [{{"class": "crack", "score": {score}, "box": {missed}}}]}}'
    (tmp_path / "golden.json").write_text(answer)
    if message is None:
        check_golden(detector, golden)
    else:
        with pytest.raises(GoldenMismatch, match=message):
            check_golden(detector, golden)


def test_what_is_hardly_found_makes_no_golden_picture(
    toy: Model, policy: ExecutionPolicy, tmp_path: Path
) -> None:
    detector = Detector(Engine(at_threshold(toy, 0.2, tmp_path), policy))
    with pytest.raises(GoldenMismatch, match="clearly"):
        record_golden(detector, encode(two_halves(), "JPEG"), tmp_path)


def test_nothing_found_makes_no_golden_picture(detector: Detector, tmp_path: Path) -> None:
    with pytest.raises(GoldenMismatch, match="nothing"):
        record_golden(detector, encode(two_halves(mode="L").point(lambda _: 0), "JPEG"), tmp_path)
    assert not list(tmp_path.iterdir())
