"""The pinhole camera of a vehicle over a flat road.

Vehicle axes: forward, left, up, in metres, with the origin on the road below the
camera. Pixels: x to the right, y down, (0, 0) the centre of the top-left pixel.

The model is the finite projective camera without skew or lens distortion
(R. Hartley, A. Zisserman, *Multiple View Geometry in Computer Vision*, 2nd ed.,
chapter 6): square pixels, principal point at the centre of the picture, rotated by
``pitch_deg`` about the left axis.
"""

from dataclasses import dataclass
from math import cos, radians, sin, tan

import numpy as np

from datasets.synthesis.types import Array


@dataclass(frozen=True, slots=True)
class Camera:
    """A forward-looking camera, level in roll, over a flat road.

    Attributes:
        height_m: Height of the optical centre above the road, metres, > 0.
        pitch_deg: Angle of the optical axis below the horizontal, degrees, in (-45, 90).
        hfov_deg: Horizontal field of view, degrees, in (0, 180).
        width: Picture width, pixels.
        height: Picture height, pixels.

    Raises:
        ValueError: A value is outside its range.
    """

    height_m: float = 2.5
    pitch_deg: float = 12.0
    hfov_deg: float = 60.0
    width: int = 1280
    height: int = 720

    def __post_init__(self) -> None:
        if not self.height_m > 0:
            raise ValueError(f"height_m must be above 0, not {self.height_m}")
        if not -45 < self.pitch_deg < 90:
            raise ValueError(f"pitch_deg must be in (-45, 90), not {self.pitch_deg}")
        if not 0 < self.hfov_deg < 180:
            raise ValueError(f"hfov_deg must be in (0, 180), not {self.hfov_deg}")
        if self.width < 1 or self.height < 1:
            raise ValueError(f"the picture must have pixels, not {self.width}x{self.height}")

    @property
    def focal_px(self) -> float:
        """Focal length in pixels."""
        return self.width / 2 / tan(radians(self.hfov_deg) / 2)

    @property
    def horizon_y(self) -> float:
        """Row of the horizon, pixels; may lie outside the picture."""
        return (self.height - 1) / 2 - self.focal_px * tan(radians(self.pitch_deg))

    def project(self, points: Array) -> Array:
        """Project points in vehicle axes to pixels.

        Args:
            points: (N, 2) forward, left of points on the road, or (N, 3) forward, left, up;
                metres.

        Returns:
            (N, 2) x, y in pixels; NaN for points not in front of the camera.
        """
        points = np.asarray(points, float)
        forward, left = points[:, 0], points[:, 1]
        below = self.height_m - (points[:, 2] if points.shape[1] == 3 else 0.0)
        pitch = radians(self.pitch_deg)
        depth = forward * cos(pitch) + below * sin(pitch)
        down = below * cos(pitch) - forward * sin(pitch)
        scale = self.focal_px / np.where(depth > 1e-6, depth, np.nan)
        x = (self.width - 1) / 2 - left * scale
        y = (self.height - 1) / 2 + down * scale
        return np.stack([x, y], axis=1)

    def unproject(self, pixels: Array) -> Array:
        """Find the road point that a pixel sees.

        Args:
            pixels: (N, 2) x, y in pixels.

        Returns:
            (N, 2) forward, left in metres; NaN at and above the horizon.
        """
        pixels = np.asarray(pixels, float)
        right = (pixels[:, 0] - (self.width - 1) / 2) / self.focal_px
        down = (pixels[:, 1] - (self.height - 1) / 2) / self.focal_px
        pitch = radians(self.pitch_deg)
        fall = sin(pitch) + down * cos(pitch)
        reach = self.height_m / np.where(fall > 1e-9, fall, np.nan)
        return np.stack([reach * (cos(pitch) - down * sin(pitch)), -reach * right], axis=1)

    def rays(self, pixels: Array) -> Array:
        """Give the directions that pixels look in.

        Args:
            pixels: (N, 2) x, y in pixels.

        Returns:
            (N, 3) forward, left, up; 1 long along the optical axis.
        """
        pixels = np.asarray(pixels, float)
        right = (pixels[:, 0] - (self.width - 1) / 2) / self.focal_px
        down = (pixels[:, 1] - (self.height - 1) / 2) / self.focal_px
        pitch = radians(self.pitch_deg)
        forward = cos(pitch) - down * sin(pitch)
        return np.stack([forward, -right, -sin(pitch) - down * cos(pitch)], axis=1)
