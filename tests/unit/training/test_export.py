from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("ultralytics")

from torchvision.ops import batched_nms  # noqa: E402
from ultralytics.nn.tasks import DetectionModel  # noqa: E402

from training.errors import TrainingError  # noqa: E402
from training.export import (  # noqa: E402
    CLASS_DISTANCE,
    DETECTIONS,
    OVERLAP,
    TRUST,
    Deployed,
    _kept,
    export_onnx,
)
from training.quantize import quantize  # noqa: E402


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A YOLO26n of two classes that has learned nothing."""
    torch.manual_seed(0)
    model = DetectionModel("yolo26n.yaml", nc=2, verbose=False)
    # Without statistics an untrained network's features vanish, and all scores are equal.
    for layer in model.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            layer.momentum = 1.0
    with torch.no_grad():
        model.train()(torch.rand(4, 3, 96, 160))
    for branch in model.model[-1].cv3:
        torch.nn.init.normal_(branch[-1].weight, std=0.02)
    path = tmp_path_factory.mktemp("weights") / "random.pt"
    torch.save({"model": model.half(), "train_args": {}}, path)
    return path


@pytest.fixture(scope="module")
def exported(weights: Path) -> Path:
    path = weights.with_suffix(".onnx")
    export_onnx(weights, path)
    return path


def run(path: Path, images: np.ndarray) -> np.ndarray:
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    result: np.ndarray = session.run(["detections"], {"images": images})[0]
    return result


@pytest.mark.parametrize("shape", [(1, 96, 160), (3, 160, 96)])
def test_the_file_answers_as_the_network_does(
    weights: Path, exported: Path, shape: tuple[int, int, int]
) -> None:
    images = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)
    detections = run(exported, images)
    assert detections.shape == (shape[0], DETECTIONS, 6)
    expected = Deployed(weights)(torch.from_numpy(images)).numpy()
    # Further down one box just above or below the overlap limit shifts all that follow.
    np.testing.assert_allclose(detections[:, :30, 4], expected[:, :30, 4], atol=1e-3)
    assert (np.diff(detections[..., 4], axis=1) <= 0).all()


def test_every_picture_of_a_batch_is_answered_as_if_alone(exported: Path) -> None:
    images = np.random.default_rng(1).integers(0, 256, (2, 96, 160, 3), np.uint8)
    together = run(exported, images)
    for index in range(2):
        alone = run(exported, images[index : index + 1])[0]
        np.testing.assert_allclose(together[index, :, 4], alone[:, 4], atol=1e-5)


@pytest.mark.parametrize("seed", range(5))
def test_suppression_equals_nms(seed: int) -> None:
    rng = torch.Generator().manual_seed(seed)
    corner = torch.rand(1, DETECTIONS, 2, generator=rng) * 400
    boxes = torch.cat([corner, corner + 20 + 80 * torch.rand(1, DETECTIONS, 2, generator=rng)], 2)
    class_ids = torch.randint(2, (1, DETECTIONS), generator=rng)
    scores = torch.linspace(1, 0, DETECTIONS)
    kept = _kept(boxes + class_ids[..., None] * CLASS_DISTANCE)[0].bool()
    expected = torch.zeros(DETECTIONS, dtype=torch.bool)
    expected[batched_nms(boxes[0], scores, class_ids[0], OVERLAP)] = True
    assert (kept != expected).sum() <= DETECTIONS // 100


def test_int8_is_smaller_and_takes_the_picture_as_it_is(exported: Path, tmp_path: Path) -> None:
    images = np.random.default_rng(2).integers(0, 256, (1, 96, 160, 3), np.uint8)
    target = tmp_path / "int8.onnx"
    quantize(exported, target, [images])
    assert target.stat().st_size < exported.stat().st_size / 2
    assert run(target, images).shape == (1, DETECTIONS, 6)
    assert "Cast" not in {
        node.op_type for node in onnx.load(target).graph.node if "images" in node.input
    }


def test_missing_weights_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"nothing\.pt is missing"):
        export_onnx(tmp_path / "nothing.pt", tmp_path / "model.onnx")


@pytest.mark.parametrize("shared", [0, 5])
def test_classes_that_the_start_knows_are_not_unlearned(weights: Path, shared: int) -> None:
    start, trained = (torch.load(weights, weights_only=False) for _ in range(2))
    start["model"].names = {0: "dog", 1: "car"}
    trained["model"].names = {0: "car", 1: "smoke"}
    for layer in trained["model"].model[shared:]:
        for values in layer.parameters():
            values.data *= 1.1
    paths = [weights.with_name(f"{name}{shared}.pt") for name in ("start", "trained")]
    for path, checkpoint in zip(paths, (start, trained), strict=True):
        torch.save(checkpoint, path)
    one, other = (Deployed(path) for path in paths)
    joined = Deployed(paths[1], paths[0])
    assert joined._shared == shared
    images = torch.randint(0, 256, (1, 96, 160, 3), dtype=torch.uint8)
    pictures = images.permute(0, 3, 1, 2).float()
    found, known, own = (module._look(pictures) for module in (joined, one, other))
    anchors = known.shape[2]
    assert found.shape == (1, 6, 2 * anchors)
    assert torch.allclose(found[:, :4], torch.cat([known[:, :4], own[:, :4]], dim=2), atol=1e-3)
    agreed = TRUST * known[:, 5] + (1 - TRUST) * own[:, 4]
    assert torch.allclose(found[:, 4, :anchors], agreed, atol=1e-6)
    assert torch.allclose(found[:, 5, anchors:], own[:, 5], atol=1e-6)
    assert (found[:, 5, :anchors] == 0).all()
    assert (found[:, 4, anchors:] == 0).all()
