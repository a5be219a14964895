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


class Deployed(nn.Module):
    """The detector as it is served: pictures as cameras give them in, detections out.

    The change from BGR to RGB and the division by 255 are folded into the first convolution.
    """

    def __init__(self, weights: Path) -> None:
        super().__init__()
        detector = YOLO(weights).model.float().eval()
        head = detector.model[-1]
        if getattr(head, "one2one_cv2", None) is None:
            raise TrainingError(
                f"{weights} has no NMS-free head", hint="Train from YOLO26 weights."
            )
        head.end2end = True
        detector.fuse()
        head.export, head.dynamic, head.format = True, True, "onnx"
        first = detector.model[0].conv
        with torch.no_grad():
            first.weight.copy_(first.weight.flip(1) / 255)
        self.detector = detector.requires_grad_(False)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Detect.

        Args:
            images: uint8 (N, H, W, 3), BGR, letterboxed; H and W multiples of 32.

        Returns:
            float32 (N, 300, 6): x1, y1, x2, y2 in pixels of the input, score, class index.
        """
        detections: torch.Tensor = self.detector(images.permute(0, 3, 1, 2).float())
        return detections


def export_onnx(weights: Path, target: Path) -> None:
    """Write trained weights as an FP32 ONNX file whose N, H and W are free.

    Args:
        weights: A checkpoint of a YOLO26 detector.
        target: The file to write.

    Raises:
        TrainingError: If the checkpoint is missing or has no NMS-free head.
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
