"""The fixed camera of a site.

World: x and z level, y up, metres, the ground at y = 0. Pixels: x right, y down.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from datasets.synthesis.types import Array


@dataclass(frozen=True)
class View:
    """A pinhole camera without distortion, or a window cut from its picture.

    Attributes:
        width: Picture width in pixels.
        height: Picture height in pixels.
        focal_px: Focal length in pixels.
        centre: x, y of the optical axis in the picture; it may lie outside of it.
        position: x, y, z of the camera in metres.
        yaw: Angle by which it looks from +z towards +x, radians.
        pitch: Angle by which it looks down, radians.
        roll: Angle by which the picture is turned, radians.
    """

    width: int
    height: int
    focal_px: float
    centre: tuple[float, float]
    position: tuple[float, float, float]
    yaw: float
    pitch: float
    roll: float = 0.0

    @cached_property
    def turn(self) -> Array:
        """3x3 rotation from world to camera axes: right, down, ahead."""
        cos, sin = np.cos, np.sin
        ahead = np.array(
            [sin(self.yaw) * cos(self.pitch), -sin(self.pitch), cos(self.yaw) * cos(self.pitch)]
        )
        right = np.array([cos(self.yaw), 0.0, -sin(self.yaw)])
        down = np.array(
            [-sin(self.yaw) * sin(self.pitch), -cos(self.pitch), -cos(self.yaw) * sin(self.pitch)]
        )
        lean = np.array(
            [[cos(self.roll), -sin(self.roll), 0], [sin(self.roll), cos(self.roll), 0], [0, 0, 1]]
        )
        return np.asarray(lean @ np.stack([right, down, ahead]))

    @cached_property
    def matrix(self) -> Array:
        """3x4 projection from world to homogeneous pixels; the third row gives the depth."""
        lens = np.array(
            [
                [self.focal_px, 0, self.centre[0]],
                [0, self.focal_px, self.centre[1]],
                [0, 0, 1],
            ]
        )
        rotation = lens @ self.turn
        return np.column_stack([rotation, -rotation @ np.array(self.position)])

    @cached_property
    def rays(self) -> Array:
        """3x3: what a homogeneous pixel (x, y, 1) sees, as a world direction 1 m deep."""
        lens = np.linalg.inv(
            np.array(
                [
                    [self.focal_px, 0, self.centre[0]],
                    [0, self.focal_px, self.centre[1]],
                    [0, 0, 1],
                ]
            )
        )
        return np.asarray(self.turn.T @ lens)

    def project(self, points: Array) -> Array:
        """Project world points.

        Args:
            points: (N, 3) metres.

        Returns:
            (N, 3) x, y in pixels and depth in metres; x, y mean nothing where depth <= 0.
        """
        mapped = points @ self.matrix[:, :3].T + self.matrix[:, 3]
        depth = mapped[:, 2:]
        return np.hstack([mapped[:, :2] / np.where(np.abs(depth) > 1e-6, depth, 1e-6), depth])

    def ground(self, x: float, y: float, level_m: float = 0.0) -> Array | None:
        """The point (3,) of a level plane that a pixel sees, or None above the horizon."""
        ray = self.rays @ np.array([x, y, 1.0])
        if ray[1] > -1e-6:
            return None
        far = (level_m - self.position[1]) / ray[1]
        return np.asarray(np.array(self.position) + far * ray) if far > 0 else None


def draw_view(rng: np.random.Generator, size: tuple[int, int]) -> View:
    """Put a camera on a post beside the road or high on a building.

    Args:
        rng: Where the randomness comes from.
        size: Width, height in pixels.
    """
    width, height = size
    lens = float(np.radians(rng.uniform(38, 85)))
    focal = max(width, height) / 2 / np.tan(lens / 2)
    high = rng.random() < 0.4
    side = float(rng.choice([-1, 1]))
    if high:
        position = (side * rng.uniform(0, 14), rng.uniform(10, 32), rng.uniform(-14, -2))
        pitch = rng.uniform(0.25, 0.65)
    else:
        position = (side * rng.uniform(0.5, 4), rng.uniform(3.2, 7.5), rng.uniform(-3, 4))
        pitch = rng.uniform(0.05, 0.38)
    yaw = float(rng.uniform(-0.75, 0.75))
    place = (float(position[0]), float(position[1]), float(position[2]))
    return View(width, height, float(focal), (width / 2, height / 2), place, yaw, float(pitch),
                float(rng.normal(0, 0.01)))  # fmt: skip
