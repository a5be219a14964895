"""Draws flat patches into buffers of colour, depth, facing and belonging.

The buffers are lit later (deferred shading: M. Deering et al., "The Triangle Processor and Normal
Vector Shader", SIGGRAPH 1988), so that one drawing serves many hours of the day. Inverse depth is
linear over the picture of a plane, which makes the depth test two outer sums.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from math import ceil, floor, sqrt

import cv2
import numpy as np

from datasets.synthesis.sites.material import Material
from datasets.synthesis.sites.view import View
from datasets.synthesis.types import Array, Image, Mask, Whole

_NEAREST_M = 0.3
_LAYER = 65535
_SHARPNESS = 0.8
"""Below 1 the blur is a little less than the distance asks for, as cameras sharpen."""


@dataclass(frozen=True, eq=False)
class Patch:
    """A flat, one-sided or thin piece of surface.

    Attributes:
        origin: (3,) its texture's upper left corner, metres.
        across: (3,) unit vector along the texture's rows.
        down: (3,) unit vector along its columns.
        outline: (N, 2) its convex outline, metres along `across` and `down`.
        material: What it is made of.
        offset: Where the texture begins, metres.
        stretch: Metres on the surface for a metre of texture, along and down.
    """

    origin: Array
    across: Array
    down: Array
    outline: Array
    material: Material
    offset: tuple[float, float] = (0.0, 0.0)
    stretch: tuple[float, float] = (1.0, 1.0)

    @cached_property
    def normal(self) -> Array:
        """Unit vector that stands on it."""
        (a, b, c), (d, e, f) = self.across.tolist(), self.down.tolist()
        return np.array([b * f - c * e, c * d - a * f, a * e - b * d])

    @cached_property
    def corners(self) -> Array:
        """(N, 3) its outline in the world."""
        return np.asarray(self.origin + self.outline @ np.stack([self.across, self.down]))

    @cached_property
    def quad(self) -> Array:
        """(4, 3) four of its corners; a triangle's last one twice."""
        return self.corners[[0, 1, 2, min(3, len(self.outline) - 1)]]

    def texels(self, plane: Array) -> Array:
        """3x3 from texels to pixels, given 3x3 from metres on the patch to pixels."""
        per_m = self.material.per_m
        scale = np.diag([self.stretch[0] / per_m, self.stretch[1] / per_m, 1.0])
        scale[:2, 2] = -np.array(self.offset)
        return np.asarray(plane @ scale)


@dataclass
class Canvas:
    """What a camera sees, not yet lit.

    Attributes:
        albedo: uint8 (H, W, 3) BGR reflectance.
        nearness: float32 (H, W), 1 / depth in metres; 0 for the sky.
        facing: uint16 (H, W), index into `normals`.
        thing: uint16 (H, W), number of the thing that is seen.
        normals: Unit vectors towards the camera; the first is of the sky.
    """

    albedo: Image
    nearness: Array
    facing: Whole
    thing: Whole
    normals: list[Array] = field(default_factory=list)

    @classmethod
    def empty(cls, view: View) -> "Canvas":
        """A canvas on which nothing is drawn."""
        shape = (view.height, view.width)
        return cls(
            np.zeros((*shape, 3), np.uint8),
            np.zeros(shape, np.float32),
            np.zeros(shape, np.uint16),
            np.zeros(shape, np.uint16),
            [np.array([0.0, 0.0, 0.0])],
        )

    def copy(self) -> "Canvas":
        """A canvas that can be drawn on without changing this one."""
        return Canvas(
            self.albedo.copy(),
            self.nearness.copy(),
            self.facing.copy(),
            self.thing.copy(),
            list(self.normals),
        )

    def draw(self, view: View, patches: Iterable[Patch], thing: int) -> None:
        """Draw patches where nothing nearer is.

        Args:
            view: The camera.
            patches: What to draw.
            thing: Number to write where it is seen.
        """
        for patch in in_sight(view, list(patches)):
            self._draw(view, patch, thing)

    def layer(self, view: View, patches: list[Patch]) -> "Layer | None":
        """Draw patches on a copy, to be put on it or its likes later; None if none is seen."""
        drawn = self.copy()
        drawn.draw(view, patches, _LAYER)
        mine = np.asarray(drawn.thing == _LAYER, np.uint8)
        left, top, wide, tall = cv2.boundingRect(mine)
        if wide == 0:
            return None
        window = (slice(top, top + tall), slice(left, left + wide))
        first = len(self.normals)
        nearness = np.where(mine[window] > 0, drawn.nearness[window], np.float32(0))
        facing = np.where(mine[window] > 0, drawn.facing[window] - first, 0).astype(np.uint16)
        albedo = drawn.albedo[window].copy()
        return Layer(window, albedo, nearness, facing, tuple(drawn.normals[first:]))

    def put(self, layer: "Layer", thing: int) -> None:
        """Put a layer where nothing nearer is.

        Args:
            layer: Made from this canvas or one that differs from it by layers only.
            thing: Number to write where it is seen.
        """
        window = layer.window
        mask = mask_of(layer.nearness > self.nearness[window])
        cv2.copyTo(layer.albedo, mask, self.albedo[window])
        cv2.copyTo(layer.nearness, mask, self.nearness[window])
        seen = mask > 0
        self.facing[window][seen] = layer.facing[seen] + len(self.normals)
        self.thing[window][seen] = thing
        self.normals.extend(layer.normals)

    def _draw(self, view: View, patch: Patch, thing: int) -> None:
        polygon = _clipped(patch.corners @ view.matrix[:, :3].T + view.matrix[:, 3])
        box = None if polygon is None else _box(polygon, view.width, view.height)
        if polygon is None or box is None:
            return
        left, top, right, bottom = box
        mask = np.zeros((bottom - top, right - left), np.uint8)
        points = np.clip(np.round((polygon - [left, top]) * 16), -(1 << 24), 1 << 24)
        cv2.fillConvexPoly(mask, points.astype(np.int32), 255, cv2.LINE_8, 4)
        normal = patch.normal
        reach = float(normal @ (patch.origin - np.array(view.position)))
        if abs(reach) < 1e-6:
            return
        a, b, c = (normal @ view.rays) / reach
        near = np.add.outer(
            (b * np.arange(top, bottom) + c).astype(np.float32),
            (a * np.arange(left, right)).astype(np.float32),
        )
        window = (slice(top, bottom), slice(left, right))
        mask &= mask_of(near > self.nearness[window])
        if not cv2.hasNonZero(mask):
            return
        plane = view.matrix @ np.array([[*patch.across, 0], [*patch.down, 0], [*patch.origin, 1]]).T
        shift = np.array([[1, 0, -left], [0, 1, -top], [0, 0, 1.0]])
        colour = _sampled(patch, shift @ plane, (right - left, bottom - top), mask)
        if colour is None:
            return
        if colour.shape[2] == 4:
            opacity = colour[..., 3]
            covered = mask & mask_of(opacity > 24)
            old = self.albedo[window]
            part = opacity.astype(np.float32) * np.float32(1 / 255)
            plain = cv2.cvtColor(colour, cv2.COLOR_BGRA2BGR)
            mixed = cv2.blendLinear(plain, np.ascontiguousarray(old), part, 1 - part)
            cv2.copyTo(mixed, covered, old)
            mask &= mask_of(opacity > 90)
        else:
            cv2.copyTo(colour, mask, self.albedo[window])
        cv2.copyTo(near, mask, self.nearness[window])
        self.normals.append(normal if reach < 0 else -normal)
        seen = mask > 0
        self.facing[window][seen] = len(self.normals) - 1
        self.thing[window][seen] = thing


@dataclass(frozen=True)
class Layer:
    """Something drawn once.

    Attributes:
        window: Rows and columns that it covers.
        albedo: uint8 (h, w, 3) BGR.
        nearness: float32 (h, w), 0 where it is not.
        facing: uint16 (h, w), index into `normals`.
        normals: Unit vectors.
    """

    window: tuple[slice, slice]
    albedo: Image
    nearness: Array
    facing: Whole
    normals: tuple[Array, ...]


def mask_of(condition: Mask) -> Image:
    """uint8 of the same shape: 255 where a condition holds, 0 elsewhere."""
    return np.asarray(condition.view(np.uint8) * np.uint8(255))


def in_sight(view: View, patches: list[Patch]) -> list[Patch]:
    """The patches that a camera may see, the nearest first."""
    if not patches:
        return []
    corners = np.stack([patch.quad for patch in patches])
    middle = corners.mean(1)
    radius = np.linalg.norm(corners - middle[:, None], axis=2).max(1)
    x, y, depth = view.project(middle).T
    reach = radius * view.focal_px * 1.5 / np.maximum(depth, 1e-3)
    seen = (x + reach > 0) & (y + reach > 0) & (x - reach < view.width)
    seen &= (y - reach < view.height) & (reach > 0.7)
    seen |= depth < 2 * radius
    seen &= depth + radius > _NEAREST_M
    order = np.argsort(depth, kind="stable")
    return [patches[index] for index in order[seen[order]]]


def _clipped(mapped: Array) -> Array | None:
    """(M, 2) pixels of the part before the camera, from (N, 3) homogeneous pixels."""
    if (mapped[:, 2] > _NEAREST_M).all():
        return np.asarray(mapped[:, :2] / mapped[:, 2:])
    kept: list[Array] = []
    for one, other in zip(mapped, np.roll(mapped, -1, axis=0), strict=True):
        if one[2] > _NEAREST_M:
            kept.append(one)
        if (one[2] > _NEAREST_M) != (other[2] > _NEAREST_M):
            part = (_NEAREST_M - one[2]) / (other[2] - one[2])
            kept.append(one + part * (other - one))
    if len(kept) < 3:
        return None
    points = np.array(kept)
    return np.asarray(points[:, :2] / points[:, 2:])


def _box(polygon: Array, width: int, height: int) -> tuple[int, int, int, int] | None:
    (x0, y0), (x1, y1) = polygon.min(0).tolist(), polygon.max(0).tolist()
    if x1 < 0 or y1 < 0 or x0 >= width or y0 >= height:
        return None
    left, top = max(0, floor(x0)), max(0, floor(y0))
    right, bottom = min(width, ceil(x1) + 1), min(height, ceil(y1) + 1)
    return (left, top, right, bottom) if left < right and top < bottom else None


def _sampled(patch: Patch, plane: Array, size: tuple[int, int], mask: Image) -> Image | None:
    """The patch's texture as the camera sees it, blurred to fit the distance."""
    matrix = patch.texels(plane)
    box = cv2.boundingRect(mask)
    if box[2] == 0:
        return None
    middle = np.array([box[0] + box[2] / 2, box[1] + box[3] / 2])
    if abs(np.linalg.det(matrix)) < 1e-12:
        return None
    back = np.linalg.inv(matrix)
    texels = _texels_per_pixel(back, middle)
    level = int(np.clip(np.round(np.log2(max(texels * _SHARPNESS, 1.0))), 0, 12))
    levels = patch.material.levels
    level = min(level, len(levels) - 1)
    picture = levels[level]
    scale = [picture.shape[1] / levels[0].shape[1], picture.shape[0] / levels[0].shape[0], 1.0]
    border = cv2.BORDER_WRAP if patch.material.repeat else cv2.BORDER_REPLICATE
    return np.asarray(
        cv2.warpPerspective(
            picture,
            np.diag(scale) @ back,
            size,
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=border,
        ),
        np.uint8,
    )


def _texels_per_pixel(back: Array, at: Array) -> float:
    """Square root of the area in texels of a pixel."""
    x, y, w = (back @ np.array([at[0], at[1], 1.0])).tolist()
    (a, b, _), (c, d, _), (e, f, _) = back.tolist()
    area: float = (a * w - x * e) * (d * w - y * f) - (b * w - x * f) * (c * w - y * e)
    return sqrt(abs(area)) / float(max(w * w, 1e-12))
