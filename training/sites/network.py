"""The change network: one encoder for both pictures, one decoder for both directions."""

import io
import itertools
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

_ENCODER_LAYERS = 10
_FROZEN_LAYERS = 3
_LEVELS = {2: (64, 32), 4: (128, 48), 6: (128, 64), 9: (256, 96)}
"""Layers of YOLO26n whose features are compared, at 1/4, 1/8, 1/16, 1/32: their channels, and those
of the decoder there."""
_OPSET = 17
_NEVER = -4.0


class ChangeNetwork(nn.Module):
    """Tells what stands in one picture of a pair and not in the other.

    Both pictures pass through the same encoder, the first ten layers of YOLO26n. At each of its
    four scales the decoder sees the features of one picture, of the other, and their difference,
    and answers one question: what stands in the second and not in the first? Asked in the other
    order it answers what was removed, so that swapping the pictures swaps the answers exactly.

    Args:
        encoder: Layers of YOLO26n, as `pretrained_encoder` gives them.
        structures: How many types of structure are told apart.
    """

    def __init__(self, encoder: nn.Sequential, structures: int) -> None:
        super().__init__()
        self.encoder = encoder
        channels, widths = zip(*_LEVELS.values(), strict=True)
        self.compare = nn.ModuleList(
            _Compare(seen, width) for seen, width in zip(channels, widths, strict=True)
        )
        self.context = nn.Conv2d(2 * channels[-1], widths[-1], 1)
        self.narrow = nn.ModuleList(
            nn.Conv2d(coarse, fine, 1) for fine, coarse in itertools.pairwise(widths)
        )
        self.smooth = nn.ModuleList(_Block(width) for width in widths)
        self.decide = nn.Sequential(_conv(widths[0], widths[0], 3), nn.Dropout2d(0.1))
        self.stands = nn.Conv2d(widths[0], 1, 1)
        self.structure = nn.Conv2d(widths[0], structures, 1)
        nn.init.constant_(self.stands.bias, _NEVER)

    def forward(self, before: Tensor, after: Tensor) -> tuple[Tensor, Tensor]:
        """Compare aligned pictures.

        Args:
            before: (N, 3, H, W), RGB, 0 to 1; H and W multiples of 32.
            after: The same.

        Returns:
            Logits (N, 3, H/4, W/4) of unchanged, appeared, removed, and logits (2N, T, H/4, W/4) of
            the type, of what appeared in the first N, of what was removed in the others.
        """
        features = self._encode(torch.cat([before, after]))
        there, kind = self._decode(features)
        appeared, removed = there.chunk(2)
        return torch.cat([torch.zeros_like(appeared), appeared, removed], dim=1), kind

    def _encode(self, pictures: Tensor) -> list[Tensor]:
        found = []
        for number, layer in enumerate(self.encoder):
            pictures = layer(pictures)
            if number in _LEVELS:
                found.append(pictures)
        return found

    def _decode(self, features: list[Tensor]) -> tuple[Tensor, Tensor]:
        """Both directions at once: what appeared in the first half, what was removed in the other.

        Args:
            features: Of the pictures before, then of those after, at each level.
        """
        context = _pairs(features[-1]).mean(dim=(2, 3), keepdim=True)
        path: Any = self.context(context)
        for level in reversed(range(len(_LEVELS))):
            if level + 1 < len(_LEVELS):
                path = functional.interpolate(self.narrow[level](path), scale_factor=2.0)
            path = self.smooth[level](self.compare[level](features[level]) + path)
        path = self.decide(path)
        return self.stands(path), self.structure(path)


class _Compare(nn.Module):
    """A 1x1 convolution of the features of one picture, of the other and of their difference."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.without = nn.Conv2d(channels, width, 1, bias=False)
        self.standing = nn.Conv2d(channels, width, 1, bias=False)
        self.difference = nn.Conv2d(channels, width, 1, bias=False)
        self.finish = nn.Sequential(nn.BatchNorm2d(width), nn.SiLU())

    def forward(self, features: Tensor) -> Tensor:
        before, after = features.chunk(2)
        difference = self.difference((before - after).abs())
        first, second = self.without(features).chunk(2)
        alone, other = self.standing(features).chunk(2)
        return self.finish(torch.cat([first + other + difference, second + alone + difference]))


class Served(nn.Module):
    """The network as it is served: uint8 (N, H, W, 3) BGR in, probabilities out."""

    def __init__(self, network: ChangeNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, before: Tensor, after: Tensor) -> tuple[Tensor, Tensor]:
        """Probabilities (N, 3, H/4, W/4) of change and (N, T, H/4, W/4) of the type."""
        logits, kinds = self.network(_as_input(before), _as_input(after))
        change = logits.softmax(dim=1)
        appeared, removed = kinds.softmax(dim=1).chunk(2)
        share = change[:, 1:2] / (change[:, 1:2] + change[:, 2:3])
        return change, share * appeared + (1 - share) * removed


def pretrained_encoder(weights: Path) -> nn.Sequential:
    """The first layers of a YOLO26n, with its weights.

    The statistics of its normalisation, which small batches would spoil, are folded into the
    convolutions, and the very first layers stay as they are.

    Args:
        weights: `yolo26n.pt`, or one rebuilt from it.
    """
    from ultralytics import YOLO

    layers = YOLO(str(weights)).model.float().fuse(verbose=False).model[:_ENCODER_LAYERS]
    return nn.Sequential(
        *(layer.requires_grad_(number >= _FROZEN_LAYERS) for number, layer in enumerate(layers))
    )


def export(network: ChangeNetwork, path: Path) -> None:
    """Write the network as ONNX, for pictures of any size."""
    import onnx
    import onnxslim

    example = torch.zeros(1, 64, 96, 3, dtype=torch.uint8)
    sizes = {
        "before": {0: "n", 1: "height", 2: "width"},
        "after": {0: "n", 1: "height", 2: "width"},
    }
    quarters = {name: {0: "n", 2: "rows", 3: "columns"} for name in ("change", "structure")}
    buffer = io.BytesIO()
    torch.onnx.export(
        Served(network).eval(),
        (example, example),
        buffer,
        input_names=["before", "after"],
        output_names=["change", "structure"],
        dynamic_axes={**sizes, **quarters},
        opset_version=_OPSET,
        dynamo=False,
    )
    onnx.save(onnxslim.slim(onnx.load_from_string(buffer.getvalue())), path)


def _as_input(pictures: Tensor) -> Tensor:
    return pictures.permute(0, 3, 1, 2).flip(1).float() / 255


class _Block(nn.Module):
    """A residual pair of a depthwise 5x5 and pointwise convolutions."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.change = nn.Sequential(
            nn.Conv2d(channels, channels, 5, padding=2, groups=channels, bias=False),
            nn.BatchNorm2d(channels),
            nn.Conv2d(channels, 2 * channels, 1),
            nn.SiLU(),
            nn.Conv2d(2 * channels, channels, 1),
        )

    def forward(self, features: Tensor) -> Tensor:
        return features + self.change(features)


def _pairs(features: Tensor) -> Tensor:
    """Features (2N, C, H, W) of both pictures side by side, (2N, 2C, H, W), in both orders."""
    before, after = features.chunk(2)
    return torch.cat([torch.cat([before, after], dim=1), torch.cat([after, before], dim=1)])


def _conv(inputs: int, outputs: int, size: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, size, padding=size // 2, bias=False),
        nn.BatchNorm2d(outputs),
        nn.SiLU(),
    )
