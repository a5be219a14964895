"""The detection loss, which says nothing of regions whose labels are unknown."""

from typing import Any

import torch
from ultralytics.utils.loss import v8DetectionLoss
from ultralytics.utils.tal import make_anchors


class PartialLoss(v8DetectionLoss):  # type: ignore[misc]  # ultralytics has no types
    """Ultralytics' loss for labels that are partly unknown.

    A box whose class index is a class's plus the number of classes marks where objects of that
    class may stand unlabelled: a score for it there is neither right nor wrong. Without such boxes
    the loss is ultralytics' own.
    """

    def get_assigned_targets_and_loss(
        self, preds: dict[str, torch.Tensor], batch: dict[str, Any], **assign_kwargs: Any
    ) -> Any:
        """Compute the loss as ultralytics does, over what is known."""
        class_ids = batch["cls"].view(-1)
        unknown = class_ids >= self.nc
        if not unknown.any():
            return super().get_assigned_targets_and_loss(preds, batch, **assign_kwargs)
        plain = torch.nn.BCEWithLogitsLoss(reduction="none")
        silent = self._silent(preds, batch, unknown)
        self.bce = lambda scores, targets: plain(scores, targets) * ~(silent & (targets == 0))
        known = {name: batch[name][~unknown] for name in ("cls", "bboxes", "batch_idx")}
        try:
            return super().get_assigned_targets_and_loss(preds, {**batch, **known}, **assign_kwargs)
        finally:
            self.bce = plain

    def _silent(
        self, preds: dict[str, Any], batch: dict[str, Any], unknown: torch.Tensor
    ) -> torch.Tensor:
        """Which scores say nothing: bool (pictures, anchors, classes)."""
        points, strides = make_anchors(preds["feats"], self.stride, 0.5)
        points = points * strides
        height, width = (side * self.stride[0] for side in preds["feats"][0].shape[2:])
        size = torch.stack([width, height]).to(points)
        silent = torch.zeros(
            (preds["scores"].shape[0], len(points), self.nc), dtype=torch.bool, device=self.device
        )
        boxes = batch["bboxes"][unknown].to(points)
        low, high = (
            (boxes[:, :2] - boxes[:, 2:] / 2) * size,
            (boxes[:, :2] + boxes[:, 2:] / 2) * size,
        )
        pictures = batch["batch_idx"][unknown].long().tolist()
        class_ids = (batch["cls"].view(-1)[unknown].long() - self.nc).tolist()
        for picture, class_id, start, end in zip(pictures, class_ids, low, high, strict=True):
            silent[picture, :, class_id] |= ((points >= start) & (points <= end)).all(dim=1)
        return silent
