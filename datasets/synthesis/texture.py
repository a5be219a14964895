"""Textures that lie on the road: seeded noise, and sampling without aliasing."""

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import cv2
import numpy as np

from datasets.synthesis.types import Array, Image

Border: TypeAlias = Literal["zero", "edge", "repeat"]

_SHARPNESS = 0.7
"""Below 1 the blur is a little less than the distance asks for, as cameras sharpen."""


def noise(rng: np.random.Generator, shape: tuple[int, int], cell: tuple[float, float]) -> Array:
    """Make smooth random values.

    Args:
        rng: Where the randomness comes from.
        shape: Rows, columns of the result.
        cell: Rows, columns over which a value changes.

    Returns:
        (rows, columns) float32, mean about 0 and standard deviation about 0.7.
    """
    rows, columns = int(shape[0] / cell[0]) + 3, int(shape[1] / cell[1]) + 3
    coarse = rng.standard_normal((rows, columns), dtype=np.float32)
    smooth = cv2.resize(coarse, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC)
    return np.asarray(smooth, np.float32)


@dataclass
class Texture:
    """A picture laid on the road, sampled with a blur that fits the distance.

    A road seen at a grazing angle is squeezed far more along than across, so the levels of
    detail are kept for both directions apart (anisotropic mip maps; L. Williams, "Pyramidal
    Parametrics", SIGGRAPH 1983).

    Attributes:
        pixels: (rows, columns) or (rows, columns, channels) uint8; rows go along the road,
            columns to the left.
        along_m: Where row 0 lies along the road, metres.
        across_m: Where column 0 lies across the road, metres.
        texel_m: Size of a texel along and across, metres.
        border: What lies outside: zeros, the nearest edge, or the texture again.
    """

    pixels: Image
    along_m: float
    across_m: float
    texel_m: tuple[float, float]
    border: Border = "zero"
    _levels: dict[tuple[int, int], Image] = field(default_factory=dict, init=False, repr=False)

    def sample(self, along: Array, across: Array, footprint: Array) -> Image:
        """Read the texture where the pixels of a picture see the road.

        Args:
            along: (H, W) float32 position along the road of each pixel, metres.
            across: (H, W) float32 position across the road, metres.
            footprint: (H, 2) size of a pixel of each row on the road, along and across, metres.

        Returns:
            (H, W) or (H, W, channels) uint8.
        """
        texels = np.maximum(footprint / np.array(self.texel_m), 1.0)
        wanted = np.log2(texels * _SHARPNESS).round().astype(int).clip(min=0)
        most = np.log2(np.array(self.pixels.shape[:2]) / 2).astype(int)
        wanted = np.minimum(wanted, np.maximum(most, 0))
        result = np.empty(along.shape + self.pixels.shape[2:], np.uint8)
        edges = np.flatnonzero(np.any(np.diff(wanted, axis=0), axis=1)) + 1
        for rows in np.split(np.arange(len(wanted)), edges):
            band = slice(rows[0], rows[-1] + 1)
            level = self._level(int(wanted[rows[0], 0]), int(wanted[rows[0], 1]))
            scale = np.array(level.shape[:2]) / np.array(self.pixels.shape[:2])
            per_metre = (scale / np.array(self.texel_m)).astype(np.float32)
            x = across[band] * per_metre[1] - np.float32(self.across_m * per_metre[1] + 0.5)
            y = along[band] * per_metre[0] - np.float32(self.along_m * per_metre[0] + 0.5)
            if self.border == "repeat":
                for plane, size in ((x, level.shape[1]), (y, level.shape[0])):
                    plane -= np.floor(plane / np.float32(size)) * np.float32(size)
            border = cv2.BORDER_CONSTANT if self.border == "zero" else cv2.BORDER_REPLICATE
            result[band] = cv2.remap(level, x, y, cv2.INTER_LINEAR, borderMode=border)
        return result

    def _level(self, along: int, across: int) -> Image:
        """The texture shrunk 2**along and 2**across times."""
        if (along, across) == (0, 0):
            return self.pixels
        if (along, across) not in self._levels:
            rows, columns = self.pixels.shape[:2]
            size = (max(1, columns >> across), max(1, rows >> along))
            level = cv2.resize(self.pixels, size, interpolation=cv2.INTER_AREA)
            self._levels[along, across] = np.asarray(level, np.uint8)
        return self._levels[along, across]


def grain(rng: np.random.Generator) -> Texture:
    """Make the stone-sized grain of a surface: a repeating 4.096 m square around grey 128."""
    size, texel = 1024, 0.004

    def blotches(sigma: float) -> Array:
        white = rng.standard_normal((size, size), dtype=np.float32)
        return np.asarray(cv2.GaussianBlur(white, (0, 0), sigma), np.float32) * np.float32(sigma)

    light = 9 * rng.standard_normal((size, size), dtype=np.float32)
    light += 62 * blotches(1.6) + 26 * blotches(5)
    light -= np.where(blotches(2.2) > 0.6, 50, 0)  # pits
    light += np.where(blotches(1.2) > 0.75, 60, 0)  # pale stones
    light -= light.mean()
    return Texture(
        np.clip(128 + light, 0, 255).astype(np.uint8), 0.0, 0.0, (texel, texel), "repeat"
    )
