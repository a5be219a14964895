"""A fixed camera before a building.

World: x to the right, y up, z away from the camera, metres; the origin lies on the ground below the
camera. The facade is the plane z = `distance_m`.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from datasets.synthesis.types import Array


@dataclass(frozen=True)
class Camera:
    """A pinhole camera without distortion.

    Attributes:
        width: Picture width in pixels.
        height: Picture height in pixels.
        focal_px: Focal length in pixels.
        height_m: Height above the ground.
        distance_m: Distance of the facade.
        pitch: Angle by which it looks up, radians.
        yaw: Angle by which it looks to the right, radians.
        roll: Angle by which the picture is turned clockwise, radians.
    """

    width: int
    height: int
    focal_px: float
    height_m: float
    distance_m: float
    pitch: float
    yaw: float
    roll: float

    @cached_property
    def matrix(self) -> Array:
        """3x4 projection from world to homogeneous pixels, x right and y down."""
        cos, sin = np.cos, np.sin
        turn = np.array(
            [[cos(self.yaw), 0, -sin(self.yaw)], [0, 1, 0], [sin(self.yaw), 0, cos(self.yaw)]]
        )
        tilt = np.array(
            [
                [1, 0, 0],
                [0, cos(self.pitch), -sin(self.pitch)],
                [0, sin(self.pitch), cos(self.pitch)],
            ]
        )
        lean = np.array(
            [[cos(self.roll), -sin(self.roll), 0], [sin(self.roll), cos(self.roll), 0], [0, 0, 1]]
        )
        lens = np.array(
            [
                [self.focal_px, 0, self.width / 2],
                [0, -self.focal_px, self.height / 2],
                [0, 0, 1],
            ]
        )
        rotation = lens @ lean @ tilt @ turn
        return np.column_stack([rotation, rotation @ [0, -self.height_m, 0]])

    def project(self, points: Array) -> tuple[Array, Array]:
        """Project world points.

        Args:
            points: (N, 3) metres.

        Returns:
            (N, 2) x, y in pixels, and (N,) pixels per metre there, 0 or less behind the camera.
        """
        mapped = points @ self.matrix[:, :3].T + self.matrix[:, 3]
        depth = mapped[:, 2]
        safe = np.where(depth > 0.05, depth, np.nan)
        return mapped[:, :2] / safe[:, None], self.focal_px / safe

    def plane(self, z_m: float) -> Array:
        """3x3 homography from x, y in metres on the plane z = `z_m` to homogeneous pixels."""
        m = self.matrix
        return np.column_stack([m[:, 0], m[:, 1], m[:, 2] * z_m + m[:, 3]])

    def unproject(self, x: float, y: float, z_m: float) -> tuple[float, float]:
        """Find x, y in metres on the plane z = `z_m` that is seen at a pixel."""
        point = np.linalg.solve(self.plane(z_m), [x, y, 1.0])
        return float(point[0] / point[2]), float(point[1] / point[2])
