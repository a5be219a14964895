"""Training on labels that are partly unknown, and the way half back to the start."""

from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("ultralytics")

from ultralytics import YOLO  # noqa: E402
from ultralytics.cfg import get_cfg  # noqa: E402
from ultralytics.nn.tasks import DetectionModel  # noqa: E402
from ultralytics.utils.loss import v8DetectionLoss  # noqa: E402

from training.blend import blend  # noqa: E402
from training.errors import TrainingError  # noqa: E402
from training.loss import PartialLoss  # noqa: E402

CLASSES = 3
BOX = (0.5, 0.5, 0.4, 0.4)
WHOLE = (0.5, 0.5, 1.0, 1.0)
HALF = 1e-3
"""Checkpoints are stored with half precision."""


def network(classes: int, seed: int = 0) -> DetectionModel:
    torch.manual_seed(seed)
    config = {**DetectionModel("yolo26n.yaml", verbose=False).yaml, "end2end": False}
    model = DetectionModel(config, nc=classes, verbose=False)
    model.args = get_cfg()
    return model


@pytest.fixture(scope="module")
def model() -> DetectionModel:
    return network(CLASSES)


def gradient(model: DetectionModel, kind: type, *objects: tuple[int, tuple[float, ...]]) -> Any:
    """The loss's gradient by the scores, (1, classes, anchors)."""
    torch.manual_seed(1)
    with torch.no_grad():
        preds = model(torch.rand(1, 3, 128, 128))
    preds["scores"].requires_grad_()
    kind(model).loss(
        preds,
        {
            "cls": torch.tensor([[float(class_id)] for class_id, _ in objects]),
            "bboxes": torch.tensor([box for _, box in objects]),
            "batch_idx": torch.zeros(len(objects)),
        },
    )[0].sum().backward()
    return preds["scores"].grad


def test_without_open_boxes_the_loss_is_ultralytics_own(model: DetectionModel) -> None:
    ours, theirs = (gradient(model, kind, (0, BOX)) for kind in (PartialLoss, v8DetectionLoss))
    assert torch.equal(ours, theirs)


def test_an_open_class_is_left_alone_and_the_others_are_not(model: DetectionModel) -> None:
    plain = gradient(model, PartialLoss, (0, BOX))
    partial = gradient(model, PartialLoss, (0, BOX), (CLASSES + 1, WHOLE))
    assert (plain[0, 1] != 0).all()
    assert (partial[0, 1] == 0).all()
    assert torch.equal(partial[0, [0, 2]], plain[0, [0, 2]])


def test_a_class_is_open_inside_its_box_only(model: DetectionModel) -> None:
    silent = gradient(model, PartialLoss, (0, BOX), (CLASSES + 1, (0.25, 0.5, 0.5, 1.0)))[0, 1] == 0
    finest = silent[:256].view(16, 16)  # stride 8
    assert finest[:, :8].all()
    assert not finest[:, 8:].any()


def test_a_label_inside_an_open_box_still_counts(model: DetectionModel) -> None:
    plain = gradient(model, PartialLoss, (1, BOX))
    partial = gradient(model, PartialLoss, (1, BOX), (CLASSES + 1, WHOLE))
    positive = plain[0, 1] < 0
    assert positive.any()
    assert torch.equal(partial[0, 1][positive], plain[0, 1][positive])


def checkpoint(path: Path, names: tuple[str, ...], seed: int) -> Path:
    model = network(len(names), seed)
    model.names = dict(enumerate(names))
    torch.save({"model": model, "train_args": {}}, path)
    return path


def test_a_blend_lies_between_and_keeps_what_the_start_does_not_know(tmp_path: Path) -> None:
    start = checkpoint(tmp_path / "start.pt", ("dog", "car"), 1)
    trained = checkpoint(tmp_path / "trained.pt", ("car", "dog", "plate"), 2)
    blend(trained, start, 0.25, tmp_path / "blend.pt")
    one, two, mixed = (YOLO(p).model.float() for p in (start, trained, tmp_path / "blend.pt"))
    assert mixed.names == {0: "car", 1: "dog", 2: "plate"}
    first = [m.model[0].conv.weight for m in (one, two, mixed)]
    assert torch.allclose(first[2], 0.75 * first[0] + 0.25 * first[1], atol=HALF)
    last = [m.model[-1].cv3[0][-1].weight for m in (one, two, mixed)]
    assert torch.allclose(last[2][0], 0.75 * last[0][1] + 0.25 * last[1][0], atol=HALF)
    assert torch.allclose(last[2][2], last[1][2], atol=HALF)


def test_checkpoints_of_two_architectures_do_not_blend(tmp_path: Path) -> None:
    other = DetectionModel("yolo26s.yaml", nc=3, verbose=False)
    torch.save({"model": other, "train_args": {}}, tmp_path / "other.pt")
    trained = checkpoint(tmp_path / "trained.pt", ("a", "b", "c"), 2)
    with pytest.raises(TrainingError, match="architectures"):
        blend(trained, tmp_path / "other.pt", 0.5, tmp_path / "blend.pt")
