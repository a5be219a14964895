"""The plate reader's network: corners, rectification and characters in one graph."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

STRIP = (48, 128)
"""Height and width of the rectified strip, pixels."""
MARGIN = (0.03, 0.08)  # of the plate's width and height, seen around it
# Two rows become one strip: where the upper and the lower row lie on the plate, as fractions
# x1, y1, x2, y2 of it (GA 36-2018, figure 2), and how much of the strip the upper one takes.
UPPER, LOWER, UPPER_SHARE = (0.19, 0.03, 0.81, 0.40), (0.02, 0.36, 0.98, 0.97), 0.32


class PlateNet(nn.Module):
    """Finds a plate's corners, straightens it, and says what stands on it.

    Args:
        characters: How many characters there are, the blank not counted.
        colors: How many colours there are.
    """

    def __init__(self, characters: int, colors: int) -> None:
        super().__init__()
        self.corners = CornerNet()
        self.reader = StripReader(characters, colors)

    def forward(self, crops: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Read plates, as the exported model does.

        Args:
            crops: uint8 (N, 96, 192, 3), BGR.

        Returns:
            corners: (N, 4, 2), x, y as fractions of the crop, clockwise from the top left.
            characters: (N, 32, characters + 1) log probabilities along the strip, the blank last.
            colors: (N, colors) probabilities.
        """
        pixels = normalise(crops)
        corners, rows = self.corners(pixels)
        characters, colors = self.reader(rectify(pixels, corners, rows > 0))
        return corners, characters.log_softmax(-1), colors.softmax(-1)


def normalise(crops: Tensor) -> Tensor:
    """Bring uint8 (N, H, W, 3) to float (N, 3, H, W), about -1 to 1."""
    return crops.permute(0, 3, 1, 2).float() / 127.5 - 1


class CornerNet(nn.Module):
    """Four heat maps, each read out as its centre of mass, and whether the plate has two rows."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            _conv(3, 16, stride=2),
            _conv(16, 32, stride=2),
            _conv(32, 64, stride=2),
            _Residual(64),
            _conv(64, 64, dilation=2),
            _conv(64, 64, dilation=3),
        )
        self.maps = nn.Conv2d(64, 4, 1)
        self.rows = nn.Linear(64, 1)

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """Return corners (N, 4, 2) as fractions, and (N,) logits of having two rows."""
        small = functional.interpolate(pixels, scale_factor=2 / 3, mode="bilinear")
        features = self.features(small)
        maps = self.maps(features)
        height, width = maps.shape[-2:]
        share = maps.flatten(2).softmax(-1)
        # Cells reach a little over the picture, so that a corner at its edge can be named.
        x = torch.linspace(-0.1, 1.1, width, device=maps.device).repeat(height)
        y = torch.linspace(-0.1, 1.1, height, device=maps.device).repeat_interleave(width)
        corners = torch.stack([(share * x).sum(-1), (share * y).sum(-1)], dim=-1)
        return corners, self.rows(features.mean((2, 3)))[:, 0]


class StripReader(nn.Module):
    """Convolutions that keep the strip's length at a quarter, read out by CTC."""

    def __init__(self, characters: int, colors: int) -> None:
        super().__init__()
        self.features = nn.Sequential(
            _conv(3, 24, stride=2),
            _conv(24, 48, stride=2),
            _Residual(48),
            _conv(48, 96, stride=(2, 1)),
            _Residual(96),
            _conv(96, 160, stride=(2, 1)),
        )
        self.columns = nn.Sequential(
            nn.Conv2d(160, 160, (3, 1), bias=False),
            nn.BatchNorm2d(160),
            nn.ReLU(inplace=True),
            nn.Conv2d(160, 160, (1, 5), padding=(0, 2), bias=False),
            nn.BatchNorm2d(160),
            nn.ReLU(inplace=True),
            nn.Dropout2d(0.1),
        )
        self.characters = nn.Conv2d(160, characters + 1, 1)
        self.colors = nn.Linear(160, colors)

    def forward(self, strips: Tensor) -> tuple[Tensor, Tensor]:
        """Read (N, 3, 48, 128): logits (N, 32, characters + 1), and of colours (N, colors)."""
        columns = self.columns(self.features(strips))
        return self.characters(columns)[:, :, 0].transpose(1, 2), self.colors(columns.mean((2, 3)))


def rectify(pixels: Tensor, corners: Tensor, two_rows: Tensor) -> Tensor:
    """Straighten plates to strips; the two rows of a plate are laid side by side.

    Args:
        pixels: (N, 3, H, W).
        corners: (N, 4, 2), x, y as fractions, clockwise from the top left.
        two_rows: (N,) bool.

    Returns:
        (N, 3, 48, 128).
    """
    single, double = (grid.to(pixels.device) for grid in _grids())
    grid = torch.where(two_rows[:, None, None], double, single)
    homography = square_to_quad(corners)
    places = torch.cat([grid, torch.ones_like(grid[..., :1])], dim=-1) @ homography.transpose(1, 2)
    seen = places[..., :2] / places[..., 2:].clamp(min=1e-3)
    sampled = seen.reshape(-1, *STRIP, 2) * 2 - 1
    return functional.grid_sample(
        pixels, sampled, mode="bilinear", padding_mode="border", align_corners=False
    )


def square_to_quad(corners: Tensor) -> Tensor:
    """Homographies that take the unit square to quadrilaterals.

    P. Heckbert, "Fundamentals of Texture Mapping and Image Warping", 1989, section 2.2.3.

    Args:
        corners: (N, 4, 2), where (0, 0), (1, 0), (1, 1) and (0, 1) go.

    Returns:
        (N, 3, 3), to be multiplied from the left to columns x, y, 1.
    """
    p0, p1, p2, p3 = corners.unbind(1)
    d1, d2, skew = p1 - p2, p3 - p2, p0 - p1 + p2 - p3
    area = d1[:, 0] * d2[:, 1] - d2[:, 0] * d1[:, 1]
    area = torch.where(area.abs() < 1e-6, torch.full_like(area, 1e-6), area)
    g = (skew[:, 0] * d2[:, 1] - d2[:, 0] * skew[:, 1]) / area
    h = (d1[:, 0] * skew[:, 1] - skew[:, 0] * d1[:, 1]) / area
    along, down = p1 - p0 + g[:, None] * p1, p3 - p0 + h[:, None] * p3
    upper = torch.stack([along, down, p0], dim=2)
    lower = torch.stack([g, h, torch.ones_like(g)], dim=1)[:, None]
    return torch.cat([upper, lower], dim=1)


def _grids() -> tuple[Tensor, Tensor]:
    """Where each pixel of the strip lies on the plate, for one row and two: (48 * 128, 2) each."""
    height, width = STRIP
    mx, my = MARGIN
    single = _patch((-mx, -my, 1 + mx, 1 + my), height, width)
    upper = round(width * UPPER_SHARE)
    double = torch.cat([_patch(UPPER, height, upper), _patch(LOWER, height, width - upper)], 1)
    return single.reshape(-1, 2), double.reshape(-1, 2)


def _patch(box: Sequence[float], height: int, width: int) -> Tensor:
    x1, y1, x2, y2 = box
    x = x1 + (torch.arange(width) + 0.5) / width * (x2 - x1)
    y = y1 + (torch.arange(height) + 0.5) / height * (y2 - y1)
    return torch.stack([x.expand(height, -1), y[:, None].expand(-1, width)], dim=-1)


class _Residual(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = _conv(channels, channels)
        self.second = nn.Sequential(
            nn.Conv2d(channels, channels, 3, 1, 1, bias=False), nn.BatchNorm2d(channels)
        )

    def forward(self, features: Tensor) -> Tensor:
        return functional.relu(features + self.second(self.first(features)))


def _conv(
    inputs: int, outputs: int, *, stride: int | tuple[int, int] = 1, dilation: int = 1
) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride, dilation, dilation, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )
