"""Exports trained weights to the ONNX file that serving runs."""

import os
from pathlib import Path
from typing import Any

os.environ.setdefault("YOLO_AUTOINSTALL", "false")
os.environ.setdefault("YOLO_OFFLINE", "true")

import onnx
import onnxslim
import torch
from torch import nn
from ultralytics import YOLO

from training.errors import TrainingError

OPSET = 17
DETECTIONS = 300
OVERLAP = 0.5
"""Of two boxes of one class that overlap by more (IoU), the one with the lower score goes."""
ROUNDS = 5
"""Rounds of suppression; chains of boxes that suppress each other are hardly ever longer."""
TRUST = 0.8
"""Weight of the starting weights in the score of a class that both they and the trained know."""
CLASS_DISTANCE = 10_000.0
"""Pixels by which the boxes of each class are set apart, so that classes do not suppress."""


class Deployed(nn.Module):
    """The detector as it is served: pictures as cameras give them in, thinned detections out.

    The change from BGR to RGB and the division by 255 are folded into the first convolution.
    With starting weights, both networks run, layers that training left alone once for both. Classes
    that both know are found by the starting weights and scored by both (`TRUST`), so that none is
    unlearned; the others are the trained weights' alone.
    Duplicates are removed by Cluster-NMS (Zheng et al., "Enhancing Geometric Factors in Model
    Learning and Inference for Object Detection and Instance Segmentation", 2020): plain matrix
    operations, which every execution provider runs, in batches.
    """

    def __init__(self, weights: Path, start: Path | None = None) -> None:
        super().__init__()
        self.detector, names = _prepared(weights)
        self.start: nn.Module | None = None
        if start is None:
            return
        self.start, known = _prepared(start)
        rows = {name: row for row, name in known.items()}
        # One more row than the starting weights have classes: a score of 0 for those they lack.
        self._rows = [rows.get(name, len(known)) for name in names.values()]
        self._own = torch.tensor([[float(name not in rows)] for name in names.values()])
        self._shared = _equal_layers(self.detector, self.start)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Detect.

        Args:
            images: uint8 (N, H, W, 3), BGR, letterboxed; H and W multiples of 32.

        Returns:
            float32 (N, 300, 6): x1, y1, x2, y2 in pixels of the input, score, class index; highest
            score first, score 0 where fewer are left.
        """
        found = self._look(images.permute(0, 3, 1, 2).float())
        scores, class_ids = found[:, 4:].max(dim=1)
        scores, order = scores.topk(DETECTIONS)
        boxes = found[:, :4].gather(2, order[:, None].expand(-1, 4, -1)).transpose(1, 2)
        class_ids = class_ids.gather(1, order).float()
        scores = scores * _kept(boxes + class_ids[..., None] * CLASS_DISTANCE)
        scores, order = scores.topk(DETECTIONS)
        rows = torch.cat([boxes, class_ids[..., None]], dim=2)
        rows = rows.gather(1, order[..., None].expand(-1, -1, 5))
        return torch.cat([rows[..., :4], scores[..., None], rows[..., 4:]], dim=2)

    def _look(self, pictures: torch.Tensor) -> torch.Tensor:
        """Boxes and scores of every anchor, (N, 4 + classes, anchors)."""
        if self.start is None:
            found: torch.Tensor = self.detector(pictures)
            return found
        stem = [pictures]
        _go_on(self.start, stem, self._shared)
        known, own = (_go_on(network, [*stem]) for network in (self.start, self.detector))
        scores = torch.cat([known[:, 4:], known[:, 4:5] * 0], dim=1)[:, self._rows]
        agreed = (TRUST * scores + (1 - TRUST) * own[:, 4:]) * (1 - self._own)
        return torch.cat(
            [
                torch.cat([known[:, :4], agreed], dim=1),
                torch.cat([own[:, :4], own[:, 4:] * self._own], dim=1),
            ],
            dim=2,
        )


def _prepared(weights: Path) -> tuple[nn.Module, dict[int, str]]:
    """A checkpoint's network as it is exported, and its classes."""
    opened = YOLO(weights)
    detector = opened.model.float().eval()
    head = detector.model[-1]
    head.end2end = False
    detector.fuse()
    head.export, head.dynamic, head.format, head.xyxy = True, True, "onnx", True
    first = detector.model[0].conv
    with torch.no_grad():
        first.weight.copy_(first.weight.flip(1) / 255)
    return detector.requires_grad_(False), dict(opened.names)


def _equal_layers(one: nn.Module, other: nn.Module) -> int:
    """How many of the first layers of two networks are the same."""
    for number, (left, right) in enumerate(zip(one.model, other.model, strict=True)):
        states = zip(left.state_dict().values(), right.state_dict().values(), strict=True)
        if not all(torch.equal(a, b) for a, b in states):
            return number
    return len(one.model)


def _go_on(detector: nn.Module, seen: list[Any], upto: int | None = None) -> Any:
    """Run a network's layers after those whose outputs, the picture's first, are given."""
    for layer in detector.model[len(seen) - 1 : upto]:
        sources = [layer.f] if isinstance(layer.f, int) else layer.f
        inputs = [seen[-1] if source == -1 else seen[source + 1] for source in sources]
        seen.append(layer(inputs[0] if isinstance(layer.f, int) else inputs))
    return seen[-1]


def _kept(boxes: torch.Tensor) -> torch.Tensor:
    """Say which boxes (N, K, 4), best first, no kept better box overlaps: 1 or 0, (N, K)."""
    low = torch.maximum(boxes[:, :, None, :2], boxes[:, None, :, :2])
    high = torch.minimum(boxes[:, :, None, 2:], boxes[:, None, :, 2:])
    sides = (high - low).clamp(min=0)
    shared = sides[..., 0] * sides[..., 1]
    areas = (boxes[..., 2] - boxes[..., 0]) * (boxes[..., 3] - boxes[..., 1])
    overlap = shared / (areas[:, :, None] + areas[:, None] - shared + 1e-6)
    better = torch.ones(DETECTIONS, DETECTIONS, dtype=torch.bool).triu(diagonal=1)
    rivals = ((overlap > OVERLAP) & better).float()
    kept = torch.ones_like(areas)
    for _ in range(ROUNDS):
        kept = 1 - (rivals * kept[..., None]).amax(dim=1)
    return kept


def export_onnx(weights: Path, target: Path, start: Path | None = None) -> None:
    """Write trained weights as an FP32 ONNX file whose N, H and W are free.

    Args:
        weights: A checkpoint of a YOLO26 detector.
        target: The file to write.
        start: The checkpoint that training started from, joined in so that no class it knows is
            unlearned; None leaves all classes to the trained weights.

    Raises:
        TrainingError: If the checkpoint is missing.
    """
    if not weights.is_file():
        raise TrainingError(f"{weights} is missing", hint="Train first: xunjian train road_damage.")
    if start is not None and not start.is_file():
        raise TrainingError(f"{start} is missing")
    module = Deployed(weights, start)
    images = torch.randint(0, 256, (2, 480, 832, 3), dtype=torch.uint8)
    module(images)
    torch.onnx.export(
        module,
        (images,),
        str(target),
        opset_version=OPSET,
        dynamo=False,
        input_names=["images"],
        output_names=["detections"],
        dynamic_axes={"images": {0: "N", 1: "H", 2: "W"}, "detections": {0: "N"}},
    )
    onnx.save(onnxslim.slim(onnx.load(target)), target)
