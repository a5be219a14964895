"""What moves in a clip: each actor draws itself into a frame and says where it was seen."""

from dataclasses import dataclass
from typing import Literal, Protocol

import cv2
import numpy as np

from datasets.synthesis.falls.camera import Camera
from datasets.synthesis.falls.motion import Course
from datasets.synthesis.falls.sprites import SIDE, Shape
from datasets.synthesis.texture import noise
from datasets.synthesis.types import Array, Image

_MOST_SAMPLES = 32
_LARGEST_PX = 500.0
_LUMA = np.array([0.114, 0.587, 0.299], np.float32)
"""Weights of B, G and R in brightness (ITU-R BT.601)."""
_SEEN_SHARE = 0.4
"""Part of a thing that must show for it to count as seen."""


@dataclass(frozen=True)
class Shutter:
    """When a frame is exposed.

    Attributes:
        time_s: Start of the exposure of the first row.
        exposure_s: How long each row is exposed.
        readout_s: How much later the last row begins (rolling shutter).
    """

    time_s: float
    exposure_s: float
    readout_s: float


@dataclass(frozen=True)
class Sighting:
    """Where an actor is in one frame.

    Attributes:
        x: Centre in pixels.
        y: Centre in pixels.
        size_px: Its longest extent, without the blur of motion.
        contrast: Mean change of brightness where it is, 0 to 255.
        change: (h, w) change of brightness that it makes, grey levels; None where not one thing
            but a region changes.
        corner: Column and row of the top left of `change`.
    """

    x: float
    y: float
    size_px: float
    contrast: float
    change: Array | None = None
    corner: tuple[int, int] = (0, 0)


class Actor(Protocol):
    """Something that moves or changes."""

    @property
    def kind(self) -> str:
        """What it is, one of `datasets.synthesis.falls.negatives.DISTRACTIONS`, or the weather."""

    def draw(self, frame: Image, shutter: Shutter) -> Sighting | None:
        """Draw into uint8 (H, W, 3) BGR; return where it is if it is seen as one thing."""


@dataclass(frozen=True)
class Billboard:
    """A thing of a size that follows a path before the camera, smeared by the exposure.

    Attributes:
        kind: What it is.
        camera: The camera.
        path: Where it is.
        shape: What it looks like.
        size_m: Its longest extent.
        light: Factor on its colours.
        mask: (H, W) uint8 that scales its opacity: where it is hidden (0), or where a mirror shows
            it; None for none.
    """

    kind: str
    camera: Camera
    path: Course
    shape: Shape
    size_m: float
    light: float
    mask: Image | None = None

    def draw(self, frame: Image, shutter: Shutter) -> Sighting | None:
        """Draw the mean of what it covers while each row is exposed."""
        middle = self._row_time(shutter)
        if middle is None:
            return None
        spread = np.linspace(-0.5, 0.5, 9) * shutter.exposure_s
        points, scales = self.camera.project(self.path.at(middle + spread))
        shown = np.isfinite(points[:, 0])
        if not shown[4]:
            return None
        size = float(self.size_m * scales[4])
        (x, y), run = points[4], float(np.ptp(points[shown], axis=0).max())
        margin = size + run + 3
        height, width = frame.shape[:2]
        if not (-margin < x < width + margin and -margin < y < height + margin):
            return None
        if not 0.5 < size < _LARGEST_PX:
            return None
        count = int(np.clip(run / max(0.7, size / 6), 1, _MOST_SAMPLES))
        spread = (np.arange(count) + 0.5) / count * shutter.exposure_s - shutter.exposure_s / 2
        points, _ = self.camera.project(self.path.at(middle + spread))
        return self._paint(frame, points[np.isfinite(points).all(axis=1)], size, middle, (x, y))

    def _row_time(self, shutter: Shutter) -> float | None:
        """Middle of the exposure of the row where it is."""
        start = shutter.time_s + shutter.exposure_s / 2
        middle = start + shutter.readout_s / 2
        for _ in range(2):
            point, _ = self.camera.project(self.path.at(np.array([middle])))
            if not np.isfinite(point).all():
                return None
            row = np.clip(point[0, 1] / self.camera.height, 0, 1)
            middle = start + float(row) * shutter.readout_s
        return middle

    def _paint(
        self, frame: Image, points: Array, size: float, time_s: float, at: tuple[float, float]
    ) -> Sighting | None:
        sprite = self.shape(time_s)
        sprite = np.dstack([sprite[..., :3] * sprite[..., 3:], sprite[..., 3]])
        side = int(min(SIDE, max(4, 2 * size)))
        small = cv2.resize(sprite, (side, side), interpolation=cv2.INTER_AREA)
        reach = size / 2 + 2
        low = np.floor(points.min(axis=0) - reach).astype(int)
        high = np.ceil(points.max(axis=0) + reach).astype(int)
        scale = size / side / 0.92
        layer = np.zeros((high[1] - low[1], high[0] - low[0], 4), np.float32)
        for point in points - low:
            move = point - scale * (side - 1) / 2
            matrix = np.array([[scale, 0, move[0]], [0, scale, move[1]]])
            layer += cv2.warpAffine(small, matrix, layer.shape[1::-1], flags=cv2.INTER_LINEAR)
        layer /= len(points)
        return self._blend(frame, layer, low, size, at)

    def _blend(
        self, frame: Image, layer: Array, low: Array, size: float, at: tuple[float, float]
    ) -> Sighting | None:
        height, width = frame.shape[:2]
        left, top = max(0, int(low[0])), max(0, int(low[1]))
        right, bottom = min(width, low[0] + layer.shape[1]), min(height, low[1] + layer.shape[0])
        whole = float(layer[..., 3].sum())
        if right <= left or bottom <= top or whole <= 0:
            return None
        layer = layer[top - low[1] : bottom - low[1], left - low[0] : right - low[0]]
        if self.mask is not None:
            layer = layer * (self.mask[top:bottom, left:right, None] / np.float32(255))
        region = frame[top:bottom, left:right]
        alpha = layer[..., 3:]
        painted = region * (1 - alpha) + layer[..., :3] * (255 * self.light)
        change = (painted - region) @ _LUMA
        region[:] = np.clip(painted + 0.5, 0, 255)
        covered = alpha[..., 0] > 0.3 * alpha.max()
        inside = 0 <= at[0] < width and 0 <= at[1] < height
        if not inside or float(alpha.sum()) < _SEEN_SHARE * whole or not covered.any():
            return None
        contrast = float(np.abs(change[covered]).mean())
        return Sighting(at[0], at[1], size, contrast, change, (left, top))


class Swaying:
    """A patch that sways in the wind: foliage, laundry, a curtain.

    Args:
        kind: What it is.
        texture: (h, w, 4) BGRA uint8.
        at: x, y of its top left corner in pixels.
        reach_px: How far it sways.
        hertz: How often.
        held: Which edge of it is held, if any.
        rng: Where the randomness comes from.
    """

    def __init__(
        self,
        kind: str,
        texture: Image,
        at: tuple[int, int],
        reach_px: float,
        hertz: float,
        *,
        held: Literal["top", "left"] | None,
        rng: np.random.Generator,
    ) -> None:
        self.kind = kind
        self._texture = texture
        self._at = at
        self._hertz = hertz
        height, width = texture.shape[:2]
        self._grid = np.meshgrid(
            np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)
        )
        free: Array = np.ones((height, width), np.float32)
        if held == "top":
            free *= np.linspace(0, 1, height, dtype=np.float32)[:, None]
        elif held == "left":
            free *= np.linspace(0, 1, width, dtype=np.float32)
        self._reach = free * np.float32(reach_px)
        self._phases = [3 * noise(rng, (height, width), (40, 40)) for _ in range(2)]

    def draw(self, frame: Image, shutter: Shutter) -> Sighting | None:
        """Bend the patch and lay it over the frame."""
        angle = np.float32(2 * np.pi * self._hertz * shutter.time_s)
        gust = np.float32(0.7 + 0.3 * np.sin(0.31 * angle))
        columns = self._grid[0] + self._reach * gust * np.sin(angle + self._phases[0])
        rows = self._grid[1] + 0.6 * self._reach * gust * np.sin(0.83 * angle + self._phases[1])
        bent = cv2.remap(self._texture, columns, rows, cv2.INTER_LINEAR)
        height, width = frame.shape[:2]
        x, y = self._at
        left, top = max(0, x), max(0, y)
        right, bottom = min(width, x + bent.shape[1]), min(height, y + bent.shape[0])
        if right <= left or bottom <= top:
            return None
        bent = bent[top - y : bottom - y, left - x : right - x]
        region = frame[top:bottom, left:right]
        alpha = bent[..., 3:].astype(np.float32) / 255
        region[:] = (region * (1 - alpha) + bent[..., :3] * alpha).astype(np.uint8)
        size = float(max(right - left, bottom - top))
        return Sighting((left + right) / 2, (top + bottom) / 2, size, 20.0)


@dataclass(frozen=True)
class Glow:
    """Light that comes, goes or wanders: a lamp in a window, headlights, a reflection.

    Attributes:
        kind: What it is.
        times: (N,) seconds.
        track: (N, 4): x, y, radius in pixels and gain (1 brightens by 100 grey levels).
        boxed: Whether it fills a box, as a window does, rather than fading from its centre.
    """

    kind: str
    times: Array
    track: Array
    boxed: bool

    def draw(self, frame: Image, shutter: Shutter) -> Sighting | None:
        """Brighten the frame."""
        x, y, radius, gain = (np.interp(shutter.time_s, self.times, c) for c in self.track.T)
        height, width = frame.shape[:2]
        reach = radius if self.boxed else 2.5 * radius
        left, right = int(np.clip(x - reach, 0, width)), int(np.clip(x + reach, 0, width))
        top, bottom = int(np.clip(y - reach, 0, height)), int(np.clip(y + reach, 0, height))
        if abs(gain) < 0.02 or right <= left or bottom <= top:
            return None
        spot: Array = np.ones((bottom - top, right - left), np.float32)
        if not self.boxed:
            across = np.exp(-(((np.arange(left, right) - x) / radius) ** 2))
            spot = np.exp(-(((np.arange(top, bottom) - y) / radius) ** 2))[:, None] * across
        region = frame[top:bottom, left:right]
        region[:] = np.clip(region + 100 * gain * spot[..., None], 0, 255).astype(np.uint8)
        return Sighting(float(x), float(y), 2 * float(radius), 100 * abs(float(gain)))


class Precipitation:
    """Rain or snow between the camera and the building.

    Rain falls at 4 to 9 m/s (Gunn and Kinzer, J. Meteor. 6, 1949), snow at 0.8 to 1.6.

    Args:
        kind: `rain` or `snow`.
        camera: The camera.
        count: How many drops or flakes are followed.
        light: Their brightness, 0 to 255.
        rng: Where the randomness comes from.
    """

    def __init__(
        self, kind: str, camera: Camera, count: int, light: float, rng: np.random.Generator
    ) -> None:
        self.kind = kind
        self._camera = camera
        self._light = light
        self._depth = 1.5 * (camera.distance_m / 1.5) ** rng.random(count) ** 0.7
        self._place = rng.random((count, 2))
        fastest = (4.0, 9.0) if kind == "rain" else (0.8, 1.6)
        self._fall = rng.uniform(*fastest, count)
        self._drift = rng.normal(0, 1.0) + rng.normal(0, 0.3, count)
        self._size_m = rng.uniform(0.001, 0.003, count) * (1.0 if kind == "rain" else 4.0)

    def draw(self, frame: Image, shutter: Shutter) -> Sighting | None:
        """Draw every drop as the streak that it leaves while the shutter is open."""
        height, width = frame.shape[:2]
        per_m = self._camera.focal_px / self._depth
        step = np.stack([self._drift, self._fall], axis=1) * per_m[:, None]
        span = np.array([width, height]) * 1.2
        start = (self._place * span + step * shutter.time_s) % span - 0.1 * span / 1.2
        end = start + step * shutter.exposure_s
        thick = np.clip(self._size_m * per_m, 0.3, 6)
        layer = np.zeros((height, width), np.uint8)
        # What is thinner than a pixel is as much fainter; a streak is fainter as it is longer.
        long = np.maximum(np.hypot(*(end - start).T) / np.maximum(thick, 1), 1)
        opacity = np.clip(thick, 0, 1) / long**0.5 * 230
        for a, b, strength, wide in zip(start, end, opacity, thick, strict=True):
            head, tail = (np.round(point * 8).astype(int).tolist() for point in (a, b))
            width_px = max(1, round(float(wide)))
            cv2.line(layer, head, tail, float(strength), width_px, cv2.LINE_AA, 3)
        alpha = layer[..., None].astype(np.float32) / 255
        frame[:] = (frame * (1 - alpha) + self._light * alpha).astype(np.uint8)
        return None
