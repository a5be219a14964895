"""Light on a drawn scene: sun and sky, cast shadows, haze, lamps, infrared, wet ground, snow."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import cv2
import numpy as np

from datasets.synthesis.sites.raster import Canvas, Patch, mask_of
from datasets.synthesis.sites.view import View
from datasets.synthesis.types import Array, Image

_GAMMA = 2.2
_MAP, _REACH_M = 768, 90.0
"""Texels of a side of the map of shadows, and how many metres it spans."""
_BIAS_M, _NOTHING = 0.12, -1e6


@dataclass(frozen=True)
class Lamp:
    """A street lamp or a headlamp.

    Attributes:
        position: x, y, z in metres.
        power: Light that falls on what is 1 m away.
    """

    position: tuple[float, float, float]
    power: float


@dataclass(frozen=True)
class Sky:
    """What a site is seen by.

    Attributes:
        sunshine: Light straight from the sun, 0 when overcast and at night.
        ambient: Light from the sky.
        warmth: -1 for bluish pictures, 1 for reddish.
        haze_m: Distance at which haze hides 63 % of the contrast.
        wet: 0 for dry ground, 1 after rain.
        snow: Share of level surfaces that is white.
        lamps: Lamps that burn.
        infrared: Light of the camera's own lamp on what is 1 m away; the picture is grey if > 0.
    """

    sunshine: float = 0.9
    ambient: float = 0.35
    warmth: float = 0.0
    haze_m: float = 900.0
    wet: float = 0.0
    snow: float = 0.0
    lamps: tuple[Lamp, ...] = field(default_factory=tuple)
    infrared: float = 0.0

    @property
    def dark(self) -> bool:
        """Whether it is night."""
        return self.ambient < 0.15


class ShadowMap:
    """How near to the sun the surfaces are, seen from the sun.

    L. Williams, "Casting Curved Shadows on Curved Surfaces", SIGGRAPH 1978.
    """

    def __init__(self, sun: tuple[float, float, float], middle: Array) -> None:
        """Make an empty map around a place of the ground.

        Args:
            sun: Unit vector towards the sun.
            middle: (3,) metres.
        """
        towards = np.array(sun)
        right = np.cross([0.0, 1.0, 0.0], towards)
        right /= np.linalg.norm(right) + 1e-9
        up = np.cross(towards, right)
        per_m = _MAP / _REACH_M
        self.axes = np.stack([right * per_m, up * per_m, towards])
        self.origin = np.array([_MAP / 2, _MAP / 2, 0.0]) - self.axes @ middle
        self.height = np.full((_MAP, _MAP), _NOTHING, np.float32)

    def copy(self) -> "ShadowMap":
        """A map that can be drawn on without changing this one."""
        other = object.__new__(ShadowMap)
        other.axes, other.origin, other.height = self.axes, self.origin, self.height.copy()
        return other

    def draw(self, patches: Iterable[Patch]) -> None:
        """Let patches cast shadows."""
        for patch in patches:
            self._draw(patch)

    def _draw(self, patch: Patch) -> None:
        seen = patch.corners @ self.axes.T + self.origin
        low, high = np.floor(seen[:, :2].min(0)), np.ceil(seen[:, :2].max(0)) + 1
        left, top = max(0, int(low[0])), max(0, int(low[1]))
        tall, wide = self.height.shape
        right, bottom = int(min(wide, high[0])), int(min(tall, high[1]))
        if left >= right or top >= bottom:
            return
        normal = self.axes @ patch.normal
        per_m = _MAP / _REACH_M
        normal[:2] /= per_m * per_m
        if abs(normal[2]) < 1e-3:
            return
        mask = np.zeros((bottom - top, right - left), np.uint8)
        points = np.round((seen[:, :2] - [left, top]) * 16).astype(np.int32)
        cv2.fillConvexPoly(mask, points, 255, cv2.LINE_8, 4)
        if patch.material.pixels.shape[2] == 4:
            mask &= self._opacity(patch, (left, top, right, bottom))
        a, b = -normal[0] / normal[2], -normal[1] / normal[2]
        c = seen[0, 2] - a * seen[0, 0] - b * seen[0, 1]
        height = np.add.outer(
            (b * np.arange(top, bottom) + c).astype(np.float32),
            (a * np.arange(left, right)).astype(np.float32),
        )
        old = self.height[top:bottom, left:right]
        cv2.copyTo(cv2.max(height, old), mask, old)

    def _opacity(self, patch: Patch, box: tuple[int, int, int, int]) -> Image:
        left, top, right, bottom = box
        plane = np.stack([*(self.axes @ np.stack([patch.across, patch.down], 1)).T, [0, 0, 0]], 1)
        plane[:, 2] = self.axes @ patch.origin + self.origin
        plane[2] = [0, 0, 1]
        plane[:2, 2] -= [left, top]
        sheet = patch.material.levels[min(2, len(patch.material.levels) - 1)]
        shrunk = patch.material.pixels.shape[0] / sheet.shape[0]
        matrix = patch.texels(plane) @ np.diag([shrunk, shrunk, 1.0])
        border = cv2.BORDER_WRAP if patch.material.repeat else cv2.BORDER_REPLICATE
        opacity = cv2.warpPerspective(
            np.ascontiguousarray(sheet[..., 3]), matrix, (right - left, bottom - top),
            flags=cv2.INTER_LINEAR, borderMode=border,
        )  # fmt: skip
        return mask_of(opacity > 70)

    def stamp(self, patches: list[Patch]) -> "Stamp | None":
        """Draw patches apart, to be pressed into this map later; None if none lies in it."""
        if not patches:
            return None
        seen = np.concatenate([patch.quad for patch in patches]) @ self.axes[:2].T
        (x0, y0), (x1, y1) = (seen + self.origin[:2]).min(0), (seen + self.origin[:2]).max(0)
        left, top = max(0, int(x0)), max(0, int(y0))
        right, bottom = min(_MAP, int(x1) + 2), min(_MAP, int(y1) + 2)
        if left >= right or top >= bottom:
            return None
        apart = object.__new__(ShadowMap)
        apart.axes, apart.origin = self.axes, self.origin - [left, top, 0]
        apart.height = np.full((bottom - top, right - left), _NOTHING, np.float32)
        apart.draw(patches)
        return Stamp((slice(top, bottom), slice(left, right)), apart.height)

    def press(self, stamp: "Stamp") -> None:
        """Let what was drawn apart cast its shadow."""
        part = self.height[stamp.window]
        cv2.max(part, stamp.height, part)

    def lit(self, canvas: Canvas, view: View) -> Image:
        """uint8 (H, W): 255 where the sun shines, softened; sky and far places too."""
        depth = depth_of(canvas)
        base = self.axes @ np.array(view.position) + self.origin
        slope = self.axes @ view.rays
        x, y, height = (
            _affine(slope[row], depth.shape) * depth + np.float32(base[row]) for row in range(3)
        )
        found = cv2.remap(
            self.height,
            x,
            y,
            cv2.INTER_NEAREST,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=_NOTHING,
        )
        shone = mask_of(found <= height + np.float32(_BIAS_M))
        return np.asarray(cv2.blur(shone, (3, 3)), np.uint8)


@dataclass(frozen=True)
class Stamp:
    """What a thing adds to a map of shadows.

    Attributes:
        window: Rows and columns of the map.
        height: float32 (h, w) nearness to the sun.
    """

    window: tuple[slice, slice]
    height: Array


def depth_of(canvas: Canvas) -> Array:
    """float32 (H, W) depth in metres, 1000 for the sky."""
    return np.asarray(1 / np.maximum(canvas.nearness, np.float32(1e-3)))


def _affine(row: Array, shape: tuple[int, ...]) -> Array:
    return np.asarray(
        np.add.outer(
            (row[1] * np.arange(shape[0]) + row[2]).astype(np.float32),
            (row[0] * np.arange(shape[1])).astype(np.float32),
        )
    )


@dataclass(frozen=True)
class Lighting:
    """Lights a canvas.

    Attributes:
        canvas: What is seen.
        view: By whom.
        sky: In which light.
    """

    canvas: Canvas
    view: View
    sky: Sky

    @cached_property
    def depth(self) -> Array:
        """float32 (H, W), metres."""
        return depth_of(self.canvas)

    def picture(self, shadows: Sequence[ShadowMap], backdrop: Image | None = None) -> Image:
        """The lit picture.

        Args:
            shadows: Who casts shadows under each sun; with several their mean, which is about what
                the median of a day shows.
            backdrop: (H, W, 3) picture of the sky; a plain one without.

        Returns:
            uint8 (H, W, 3) BGR.
        """
        sky = self.sky
        strength = self._strength(shadows)
        warm = np.array([1 - 0.14 * sky.warmth, 1.0, 1 + 0.14 * sky.warmth])
        steps = np.linspace(0, 1, 256)
        if sky.dark:
            tint = np.array([0.8, 0.95, 1.12]) if not sky.infrared else np.ones(3)
            level = (steps * 2)[:, None] * tint
        else:
            cool = np.array([1.08, 1.0, 0.95]) * sky.ambient
            sunny = np.array([0.9, 1.0, 1.06]) * sky.sunshine
            level = (cool * (0.35 + 0.65 * np.minimum(1, 2 * steps))[:, None]
                     + sunny * np.maximum(0, 2 * steps - 1)[:, None]) * warm  # fmt: skip
        table = np.clip(level ** (1 / _GAMMA) * 128, 0, 255).astype(np.uint8)
        gain = cv2.LUT(cv2.merge([strength] * 3), table.reshape(1, 256, 3))
        albedo = self._weathered()
        if sky.infrared:
            grey = cv2.cvtColor(albedo, cv2.COLOR_BGR2GRAY)
            albedo = np.asarray(cv2.merge([grey] * 3), np.uint8)
        picture = cv2.multiply(albedo, gain, scale=1 / 128)
        return self._hazed(np.asarray(picture, np.uint8), backdrop)

    def _strength(self, shadows: Sequence[ShadowMap]) -> Image:
        """uint8 (H, W): to 127 the share of the sky's light, above it the sun's; lamps at night."""
        sky, canvas = self.sky, self.canvas
        normals = np.array(canvas.normals)
        if sky.dark:
            return self._lamplight(normals)
        open_sky = 0.55 + 0.45 * normals[:, 1].clip(0) + 0.2 * normals[:, 1].clip(-1, 0)
        strength = np.take((open_sky * 127).astype(np.uint8), canvas.facing)
        for shadow in shadows if sky.sunshine > 0 else ():
            facing = (normals @ shadow.axes[2]).clip(0) * (127 / len(shadows))
            sun = np.take(facing.astype(np.uint8), canvas.facing)
            shone = cv2.multiply(sun, shadow.lit(canvas, self.view), scale=1 / 255)
            strength = np.asarray(cv2.add(strength, shone), np.uint8)
        return strength

    def _lamplight(self, normals: Array) -> Image:
        depth, shape = self.depth, self.canvas.nearness.shape
        light = np.full(shape, self.sky.ambient, np.float32)
        if self.sky.infrared:
            towards = -normals @ (self.view.turn[2])
            facing = np.take((0.35 + 0.65 * towards.clip(0)).astype(np.float32), self.canvas.facing)
            light += np.float32(self.sky.infrared) * facing / (depth * depth + 9)
        rays = [_affine(row, shape) for row in self.view.rays] if self.sky.lamps else []
        for lamp in self.sky.lamps:
            offset = np.array(self.view.position) - np.array(lamp.position)
            parts = [ray * depth + np.float32(at) for ray, at in zip(rays, offset, strict=True)]
            away = parts[0] ** 2 + parts[1] ** 2 + parts[2] ** 2
            light += np.float32(lamp.power) / (away + 4)
        return np.asarray(np.clip(light * 127.5, 0, 255), np.uint8)

    def _weathered(self) -> Image:
        """Albedo under rain or snow."""
        sky, canvas = self.sky, self.canvas
        if not sky.wet and not sky.snow:
            return canvas.albedo
        level = mask_of(np.take(np.array(canvas.normals)[:, 1] > 0.6, canvas.facing))
        albedo = canvas.albedo.copy()
        if sky.wet:
            cv2.copyTo(cv2.convertScaleAbs(albedo, alpha=1 - 0.4 * sky.wet), level, albedo)
        if sky.snow:
            brightness = cv2.cvtColor(albedo, cv2.COLOR_BGR2GRAY)
            rough = cv2.subtract(brightness, cv2.blur(brightness, (31, 31)))
            lying = mask_of(rough <= 40 * sky.snow) & level
            white = np.full_like(albedo, 225)
            cv2.copyTo(cv2.addWeighted(albedo, 1 - 0.9 * sky.snow, white, 0.9 * sky.snow, 0), lying,
                       albedo)  # fmt: skip
        return albedo

    def _hazed(self, picture: Image, backdrop: Image | None) -> Image:
        sky = self.sky
        level = np.clip((sky.ambient + 0.45 * sky.sunshine) ** (1 / _GAMMA), 0.08, 1)
        air = np.array([0.93, 0.89, 0.86]) * level * 255
        if sky.dark:
            air = air * 0.35
        behind = np.empty_like(picture)
        behind[:] = np.clip(air, 0, 255)
        seen = mask_of(self.canvas.nearness > 0)
        if backdrop is not None:
            clear = cv2.convertScaleAbs(backdrop, alpha=float(level) * (0.25 if sky.dark else 1.0))
            if sky.infrared:
                clear = cv2.merge([cv2.cvtColor(clear, cv2.COLOR_BGR2GRAY)] * 3)
            part = float(np.exp(-400 / sky.haze_m))
            cv2.copyTo(cv2.addWeighted(clear, part, behind, 1 - part, 0), ~seen, picture)
        else:
            cv2.copyTo(behind, ~seen, picture)
        through = cv2.exp(self.depth * np.float32(-1 / sky.haze_m))
        through[seen == 0] = 1
        return np.asarray(cv2.blendLinear(picture, behind, through, 1 - through), np.uint8)
