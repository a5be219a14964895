"""The tracklet classifier: a small network over points, patches and a summary."""

import io
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import onnx
import torch
from torch import Tensor, nn

from inference.falling.candidates import PATCH
from inference.falling.classifier import CLASSES
from inference.falling.tracklets import (
    PATCHES,
    POINT_FEATURES,
    POINTS,
    SUMMARY_FEATURES,
    Tracklets,
)
from training.falls.samples import Samples

_MIRRORED_POINTS = [POINT_FEATURES.index(n) for n in ("x", "speed_x", "residual_x")]
_MIRRORED_SUMMARY = [SUMMARY_FEATURES.index(n) for n in ("travel_x", "speed_x", "pull_x")]
_SIGN, _THERE = POINT_FEATURES.index("sign"), POINT_FEATURES.index("there")
_BATCH, _RATE, _DECAY, _SMOOTHING = 128, 3e-3, 0.02, 0.02
_NOISE, _GAIN = 0.03, 0.5
_EVEN = 0.25
"""How far rare classes are made up for: 0 not at all, 1 wholly."""
_AVERAGED = 0.995
_LEAST_HALVED = 64


class TrackletNet(nn.Module):
    """Inputs and output as `inference.falling.classifier` describes them, but for logits."""

    def __init__(self) -> None:
        super().__init__()
        self.look = nn.Sequential(
            nn.Conv2d(2, 16, 3, 2, 1), nn.ReLU(), nn.Conv2d(16, 24, 3, 2, 1), nn.ReLU(),
            nn.Conv2d(24, 32, 3, 2, 1), nn.ReLU(), nn.Flatten(), nn.Linear(512, 32), nn.ReLU(),
        )  # fmt: skip
        self.follow = nn.Sequential(
            nn.Conv1d(len(POINT_FEATURES), 48, 3, padding=1), nn.ReLU(),
            nn.Conv1d(48, 48, 3, padding=1), nn.ReLU(), nn.Conv1d(48, 64, 3, padding=1), nn.ReLU(),
        )  # fmt: skip
        self.decide = nn.Sequential(
            nn.Linear(64 + 128 + len(SUMMARY_FEATURES), 96), nn.ReLU(), nn.Dropout(0.3),
            nn.Linear(96, len(CLASSES)),
        )  # fmt: skip

    def forward(self, points: Tensor, summary: Tensor, patches: Tensor) -> Tensor:
        """Logits (N, classes)."""
        count = points.shape[0]
        pixels = patches.reshape(-1, 2, PATCH, PATCH).float()
        brightness = pixels[:, :1] - pixels[:, :1].mean(dim=(2, 3), keepdim=True)
        seen = self.look(torch.cat([brightness / 64, pixels[:, 1:] / 64], dim=1))
        seen = seen.reshape(count, PATCHES, -1)
        there = points[:, :, _THERE : _THERE + 1].transpose(1, 2)
        followed = self.follow(points.transpose(1, 2)) * there
        mean = followed.sum(dim=2) / there.sum(dim=2)
        parts = [seen.mean(dim=1), seen.amax(dim=1), mean, followed.amax(dim=2), summary]
        return self.decide(torch.cat(parts, dim=1))


def fit(
    samples: Samples, epochs: int, seed: int, told: Callable[[int, float], None]
) -> TrackletNet:
    """Train a network; what is returned is the running mean of its weights.

    Args:
        samples: What it learns from.
        epochs: How often it sees each sample.
        seed: Seed of weights, order and augmentation.
        told: Called after each epoch with its number and mean loss.
    """
    torch.manual_seed(seed)
    net = TrackletNet()
    counts = np.bincount(samples.labels, minlength=len(CLASSES))
    weights = torch.tensor(np.where(counts > 0, np.maximum(counts, 1.0) ** -_EVEN, 0.0)).float()
    loss_of = nn.CrossEntropyLoss(weights / weights.max(), label_smoothing=_SMOOTHING)
    optimizer = torch.optim.AdamW(net.parameters(), _RATE, weight_decay=_DECAY)
    steps = epochs * -(-len(samples.labels) // _BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, _RATE, total_steps=steps)
    average = torch.optim.swa_utils.AveragedModel(
        net, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(_AVERAGED)
    )
    tensors = _tensors(samples.tracklets)
    labels = torch.from_numpy(samples.labels)
    for epoch in range(epochs):
        losses = []
        for batch in torch.randperm(len(labels)).split(_BATCH):
            loss = loss_of(net(*_augment(*(one[batch] for one in tensors))), labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            average.update_parameters(net)
            losses.append(loss.item())
        told(epoch, float(np.mean(losses)))
    net.load_state_dict(average.module.state_dict())
    net.eval()
    return net


def export(nets: Sequence[TrackletNet], path: Path) -> None:
    """Write the mean of networks as ONNX with probabilities as its output.

    Weights are stored in half precision and used in single, so that two take the room of one.
    """
    examples = (
        torch.ones(2, POINTS, len(POINT_FEATURES)),
        torch.zeros(2, len(SUMMARY_FEATURES)),
        torch.zeros(2, PATCHES, 2, PATCH, PATCH, dtype=torch.uint8),
    )
    names = ["points", "summary", "patches"]
    buffer = io.BytesIO()
    torch.onnx.export(
        _Mean(nets).eval(),
        examples,
        buffer,
        input_names=names,
        output_names=["scores"],
        dynamic_axes={name: {0: "tracks"} for name in [*names, "scores"]},
        opset_version=17,
        dynamo=False,
    )
    path.write_bytes(_halved(buffer.getvalue()))


class _Mean(nn.Module):
    def __init__(self, nets: Sequence[TrackletNet]) -> None:
        super().__init__()
        self.nets = nn.ModuleList(nets)

    def forward(self, points: Tensor, summary: Tensor, patches: Tensor) -> Tensor:
        answers = [net(points, summary, patches).softmax(dim=1) for net in self.nets]
        return torch.stack(answers).mean(dim=0)


def _halved(data: bytes) -> bytes:
    model = onnx.load_from_string(data)
    for weights in model.graph.initializer:
        values = onnx.numpy_helper.to_array(weights)
        if values.dtype != np.float32 or values.size < _LEAST_HALVED:
            continue
        name, half = weights.name, f"{weights.name}.half"
        weights.CopyFrom(onnx.numpy_helper.from_array(values.astype(np.float16), half))
        cast = onnx.helper.make_node("Cast", [half], [name], to=onnx.TensorProto.FLOAT)
        model.graph.node.insert(0, cast)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def _tensors(tracklets: Tracklets) -> tuple[Tensor, Tensor, Tensor]:
    return (
        torch.from_numpy(tracklets.points),
        torch.from_numpy(tracklets.summary),
        torch.from_numpy(tracklets.patches),
    )


def _augment(points: Tensor, summary: Tensor, patches: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Mirror left and right, turn bright to dark, change the contrast, add a little noise."""
    points, summary = points.clone(), summary.clone()
    mirrored = torch.rand(len(points)) < 0.5
    for feature in _MIRRORED_POINTS:
        points[mirrored, :, feature] *= -1
    for feature in _MIRRORED_SUMMARY:
        summary[mirrored, feature] *= -1
    patches = torch.where(mirrored[:, None, None, None, None], patches.flip(4), patches)
    inverted = torch.rand(len(points)) < 0.5
    points[inverted, :, _SIGN] *= -1
    negative = torch.stack([255 - patches[:, :, 0], patches[:, :, 1]], dim=2)
    patches = torch.where(inverted[:, None, None, None, None], negative, patches)
    gain = torch.exp((2 * torch.rand(len(points), 1, 2, 1, 1) - 1) * _GAIN)
    patches = (patches * gain).clamp(0, 255)
    there = points[:, :, _THERE : _THERE + 1]
    noise = torch.randn_like(points) * _NOISE * there
    noise[:, :, _THERE] = 0
    return points + noise, summary + torch.randn_like(summary) * _NOISE, patches
