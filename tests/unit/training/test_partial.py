"""Training on labels that are partly unknown."""

from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("ultralytics")

from ultralytics.cfg import get_cfg  # noqa: E402
from ultralytics.nn.tasks import DetectionModel  # noqa: E402
from ultralytics.utils.loss import v8DetectionLoss  # noqa: E402

from training.loss import PartialLoss  # noqa: E402

CLASSES = 3
BOX = (0.5, 0.5, 0.4, 0.4)
WHOLE = (0.5, 0.5, 1.0, 1.0)


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
