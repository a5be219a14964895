"""From a box in a picture to a place on the ground, with how sure that is.

The camera is the finite projective camera without skew or distortion, level in roll, over a flat
road (R. Hartley, A. Zisserman, *Multiple View Geometry in Computer Vision*, 2nd ed., chapter 6).
Uncertainty is propagated to first order (ibid., chapter 5.2). `docs/findings.md` writes it out.

Vehicle axes are forward and left, metres; map axes are east and north, metres.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import atan, atan2, cos, degrees, hypot, radians, sin, sqrt, tan
from typing import Any, Self

import numpy as np

from api.cameras.models import CameraKind
from api.findings.geodesy import RADIUS_68, Floats

MAX_OWN_SD_M = 8.0
"""A place less sure than this, GPS apart, says nothing: the detection is kept without one."""

DEFAULT_GPS_ACCURACY_M = 8.0
"""Radius (68 %) assumed of a receiver that does not tell its accuracy."""

_HEADING_SD_DEG = 3.0
_VELOCITY_SD_MPS = 0.3  # the course of a slow vehicle is noise: atan(this / speed)
_MAX_HEADING_SD_DEG = 45.0
_BOX_SD_PX = 2.0  # of a picture 1,000 pixels wide; grows with the width


@dataclass(frozen=True, slots=True)
class _Mounting:
    height_m: float
    pitch_deg: float
    hfov_deg: float
    height_sd_m: float
    pitch_sd_deg: float
    hfov_sd_deg: float


_ASSUMED = {
    CameraKind.BUS: _Mounting(2.5, 12.0, 60.0, 0.3, 2.0, 5.0),
    CameraKind.COMMUNITY: _Mounting(6.0, 25.0, 70.0, 1.5, 4.0, 10.0),
    CameraKind.CHECKPOINT: _Mounting(6.0, 20.0, 40.0, 1.0, 4.0, 10.0),
    CameraKind.FIELD_POLE: _Mounting(4.0, 30.0, 60.0, 1.0, 4.0, 10.0),
}
_MEASURED_SD = (
    ("height_m", "height_sd_m", 0.1),
    ("pitch_deg", "pitch_sd_deg", 0.7),
    ("hfov_deg", "hfov_sd_deg", 1.0),
)


@dataclass(frozen=True, slots=True)
class GroundPoint:
    """A point of the road as the camera sees it.

    Attributes:
        forward_m: metres ahead of the camera.
        left_m: metres to its left.
        size_m: width of the box at that place, metres.
        covariance: (2, 2) of forward, left; square metres.
    """

    forward_m: float
    left_m: float
    size_m: float
    covariance: Floats


@dataclass(frozen=True, slots=True)
class GroundCamera:
    """A camera over the road and how well its mounting is known.

    Attributes:
        height_m: of the optical centre above the road, metres.
        pitch_deg: of the optical axis below the horizontal, degrees.
        hfov_deg: horizontal field of view, degrees.
        height_sd_m: standard deviation, metres.
        pitch_sd_deg: standard deviation, degrees, of the mounting and the vehicle's pitching.
        hfov_sd_deg: standard deviation, degrees.
        width: of the picture, pixels.
        height: of the picture, pixels.
    """

    height_m: float
    pitch_deg: float
    hfov_deg: float
    height_sd_m: float
    pitch_sd_deg: float
    hfov_sd_deg: float
    width: int
    height: int

    @classmethod
    def mounted(
        cls, kind: CameraKind, calibration: Mapping[str, Any], *, width: int, height: int
    ) -> Self:
        """Return the camera as calibrated; what was not measured is assumed, and less sure.

        Args:
            kind: gives what is assumed.
            calibration: any of height_m, pitch_deg, hfov_deg and height_sd_m, pitch_sd_deg,
                hfov_sd_deg.
            width: of the picture, pixels.
            height: of the picture, pixels.
        """
        assumed = _ASSUMED[kind]
        values: dict[str, float] = {}
        for name, sd_name, measured_sd in _MEASURED_SD:
            value, sd = calibration.get(name), calibration.get(sd_name)
            values[name] = getattr(assumed, name) if value is None else value
            if sd is None:
                sd = getattr(assumed, sd_name) if value is None else measured_sd
            values[sd_name] = sd
        return cls(**values, width=width, height=height)

    @property
    def focal_px(self) -> float:
        """Focal length, pixels; the pixels are square."""
        return self.width / 2 / tan(radians(self.hfov_deg) / 2)

    def ground(
        self, x: float, y: float, *, width_px: float = 0.0, box_height_px: float = 0.0
    ) -> GroundPoint | None:
        """Return the point of the road that a pixel sees, or None at and above the horizon.

        Args:
            x: of the pixel, to the right.
            y: of the pixel, down.
            width_px: of the box whose centre the pixel is.
            box_height_px: of that box.
        """
        focal = self.focal_px
        right = (x - (self.width - 1) / 2) / focal
        down = (y - (self.height - 1) / 2) / focal
        pitch = radians(self.pitch_deg)
        sine, cosine = sin(pitch), cos(pitch)
        fall, depth = sine + down * cosine, cosine - down * sine
        if fall <= 1e-3 or depth <= 0:
            return None
        reach = self.height_m / fall
        forward, left = reach * depth, -reach * right

        # Derivatives of (forward, left) by right, down, pitch, height; all angles in radians.
        by_right = (0.0, -reach)
        by_down = (-reach * cosine / fall * depth - reach * sine, reach * cosine / fall * right)
        by_pitch = (-reach * depth * depth / fall - self.height_m, reach * depth / fall * right)
        by_height = (forward / self.height_m, left / self.height_m)
        half = radians(self.hfov_deg) / 2
        pixel = _BOX_SD_PX * max(self.width, 1000) / 1000 / focal
        # Which part of something long the box shows changes from frame to frame.
        spread = box_height_px / 4 / focal
        fov = radians(self.hfov_sd_deg) / sin(2 * half)  # relative error of 1 / focal
        columns = np.array(
            [
                (by_right[0] * pixel, by_right[1] * pixel),
                (by_down[0] * hypot(pixel, spread), by_down[1] * hypot(pixel, spread)),
                (
                    by_pitch[0] * radians(self.pitch_sd_deg),
                    by_pitch[1] * radians(self.pitch_sd_deg),
                ),
                (by_height[0] * self.height_sd_m, by_height[1] * self.height_sd_m),
                (
                    (by_right[0] * right + by_down[0] * down) * fov,
                    (by_right[1] * right + by_down[1] * down) * fov,
                ),
            ]
        )
        return GroundPoint(
            forward_m=forward,
            left_m=left,
            size_m=reach * width_px / focal,
            covariance=columns.T @ columns,
        )


@dataclass(frozen=True, slots=True)
class Pose:
    """Where a camera was and looked when it took a frame.

    Attributes:
        latitude: WGS-84, degrees.
        longitude: WGS-84, degrees.
        gps_sd_m: standard deviation of the position on each axis, metres.
        heading_deg: degrees clockwise from true north; None where nothing tells it.
        heading_sd_deg: standard deviation, degrees.
    """

    latitude: float
    longitude: float
    gps_sd_m: float
    heading_deg: float | None
    heading_sd_deg: float


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a detection lies.

    Attributes:
        east_m: from the camera, metres.
        north_m: from the camera, metres.
        covariance: (2, 2) of east, north without the error of the camera's own position; m².
        size_m: width on the ground, metres.
        accuracy_m: radius that holds the true place with 68 %, the camera's position included.
    """

    east_m: float
    north_m: float
    covariance: Floats
    size_m: float
    accuracy_m: float


def heading_sd_deg(speed_mps: float | None) -> float:
    """Return how sure a measured course is, degrees: the slower, the less."""
    if speed_mps is None:
        return _HEADING_SD_DEG
    of_course = degrees(atan2(_VELOCITY_SD_MPS, speed_mps))
    return min(max(_HEADING_SD_DEG, of_course), _MAX_HEADING_SD_DEG)


def heading_from(east_m: float, north_m: float, relative_sd_m: float) -> tuple[float, float] | None:
    """Return the heading of a displacement and its standard deviation, degrees.

    None where the vehicle moved too little to tell.

    Args:
        east_m: displacement, metres.
        north_m: displacement, metres.
        relative_sd_m: standard deviation of one position against the other on each axis.
    """
    moved = hypot(east_m, north_m)
    sd = degrees(atan(sqrt(2) * relative_sd_m / moved)) if moved else 90.0
    if sd > _MAX_HEADING_SD_DEG:
        return None
    return degrees(atan2(east_m, north_m)) % 360, max(sd, _HEADING_SD_DEG)


def place(
    camera: GroundCamera, pose: Pose, box: tuple[float, float, float, float]
) -> Placed | None:
    """Return where the thing in a box lies on the ground.

    Road damage lies flat, so the middle of the box is the middle of the thing (for something
    that stands, it would be the middle of the lower edge), and its width is that of the box.

    Args:
        camera: as mounted.
        pose: where the camera was.
        box: x1, y1, x2, y2 in pixels.

    Returns:
        None where the box lies at or above the horizon, or too far to be sure of its place.
    """
    x1, y1, x2, y2 = box
    point = camera.ground((x1 + x2) / 2, (y1 + y2) / 2, width_px=x2 - x1, box_height_px=y2 - y1)
    if point is None or np.linalg.eigvalsh(point.covariance)[1] > MAX_OWN_SD_M**2:
        return None
    if pose.heading_deg is None:
        # Somewhere on a circle around the vehicle: each axis has half the squared distance.
        around = (point.forward_m**2 + point.left_m**2) / 2
        east = north = 0.0
        covariance = np.eye(2) * (around + point.covariance.trace() / 2)
    else:
        heading = radians(pose.heading_deg)
        to_map = np.array([[sin(heading), -cos(heading)], [cos(heading), sin(heading)]])
        turning = np.array([point.left_m, -point.forward_m]) * radians(pose.heading_sd_deg)
        covariance = to_map @ (point.covariance + np.outer(turning, turning)) @ to_map.T
        east, north = (to_map @ np.array([point.forward_m, point.left_m])).tolist()
    per_axis = sqrt(covariance.trace() / 2 + pose.gps_sd_m**2)
    return Placed(east, north, covariance, point.size_m, RADIUS_68 * per_axis)
