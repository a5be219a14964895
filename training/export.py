"""Exports trained weights to the ONNX file that serving runs."""

import os
from pathlib import Path

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
CLASS_DISTANCE = 10_000.0
"""Pixels by which the boxes of each class are set apart, so that classes do not suppress."""


class Deployed(nn.Module):
    """The detector as it is served: pictures as cameras give them in, thinned detections out.

    The change from BGR to RGB and the division by 255 are folded into the first convolution.
    Duplicates are removed by Cluster-NMS (Zheng et al., "Enhancing Geometric Factors in Model
    Learning and Inference for Object Detection and Instance Segmentation", 2020): plain matrix
    operations, which every execution provider runs, in batches.
    """

    def __init__(self, weights: Path) -> None:
        super().__init__()
        detector = YOLO(weights).model.float().eval()
        head = detector.model[-1]
        head.end2end = False
        detector.fuse()
        head.export, head.dynamic, head.format, head.xyxy = True, True, "onnx", True
        first = detector.model[0].conv
        with torch.no_grad():
            first.weight.copy_(first.weight.flip(1) / 255)
        self.detector = detector.requires_grad_(False)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Detect.

        Args:
            images: uint8 (N, H, W, 3), BGR, letterboxed; H and W multiples of 32.

        Returns:
            float32 (N, 300, 6): x1, y1, x2, y2 in pixels of the input, score, class index; highest
            score first, score 0 where fewer are left.
        """
        found = self.detector(images.permute(0, 3, 1, 2).float())
        scores, class_ids = found[:, 4:].max(dim=1)
        scores, order = scores.topk(DETECTIONS)
        boxes = found[:, :4].gather(2, order[:, None].expand(-1, 4, -1)).transpose(1, 2)
        class_ids = class_ids.gather(1, order).float()
        scores = scores * _kept(boxes + class_ids[..., None] * CLASS_DISTANCE)
        scores, order = scores.topk(DETECTIONS)
        rows = torch.cat([boxes, class_ids[..., None]], dim=2)
        rows = rows.gather(1, order[..., None].expand(-1, -1, 5))
        return torch.cat([rows[..., :4], scores[..., None], rows[..., 4:]], dim=2)


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


def export_onnx(weights: Path, target: Path) -> None:
    """Write trained weights as an FP32 ONNX file whose N, H and W are free.

    Args:
        weights: A checkpoint of a YOLO26 detector.
        target: The file to write.

    Raises:
        TrainingError: If the checkpoint is missing.
    """
    if not weights.is_file():
        raise TrainingError(f"{weights} is missing", hint="Train first: xunjian train road_damage.")
    module = Deployed(weights)
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
