"""Fixes a plate to a vehicle, in the light that falls on it."""

import cv2
import numpy as np

from datasets.synthesis.camera import Camera
from datasets.synthesis.checkpoint.draw import Canvas, Lighting, Place
from datasets.synthesis.checkpoint.vehicles import PLATE_PX_PER_MM, Vehicle
from datasets.synthesis.types import Array, Image

_SHEEN = 1.35  # plates throw light back to where it comes from, so that a lamp shows them bright


def draw_plate(
    canvas: Canvas, vehicle: Vehicle, place: Place, camera: Camera, lighting: Lighting
) -> Array | None:
    """Draw the plate that faces the camera.

    Args:
        canvas: Drawn on, where the vehicle has been drawn already.
        vehicle: Whose plate.
        place: Where the vehicle stands.
        camera: The camera.
        lighting: The light.

    Returns:
        (4, 2) its corners, clockwise from its top left, x, y in pixels; None when out of view.
    """
    front = np.cos(place.yaw) < 0
    mount = vehicle.body.front if front else vehicle.body.rear
    plate = vehicle.plates[0 if front else 1]
    height, width = (side / PLATE_PX_PER_MM / 1000 for side in plate.shape[:2])
    out = 1.0 if front else -1.0
    # Seen from before it, the plate's left is at the vehicle's right.
    corners = np.array(
        [
            [mount.x, -out * width / 2, mount.z + height / 2],
            [mount.x, out * width / 2, mount.z + height / 2],
            [mount.x, out * width / 2, mount.z - height / 2],
            [mount.x, -out * width / 2, mount.z - height / 2],
        ]
    )
    seen = place.to_camera(corners)
    pixels = camera.project(seen)
    if not np.isfinite(pixels).all():
        return None
    low, high = np.floor(pixels.min(axis=0)).astype(int), np.ceil(pixels.max(axis=0)).astype(int)
    limits = np.array([camera.width, camera.height])
    (x0, y0), (x1, y1) = np.clip(low - 1, 0, limits).tolist(), np.clip(high + 2, 0, limits).tolist()
    if x1 - x0 < 3 or y1 - y0 < 3:
        return None
    light = _light(place, lighting, out, float(np.linalg.norm(seen.mean(axis=0))))
    picture, cover = _photograph(plate, pixels - [x0, y0], (x1 - x0, y1 - y0))
    view = canvas.image[y0:y1, x0:x1]
    view[:] = np.clip(view * (1 - cover) + picture * cover * light, 0, 255).astype(np.uint8)
    canvas.glow[y0:y1, x0:x1] = (canvas.glow[y0:y1, x0:x1] * (1 - cover)).astype(np.uint8)
    return pixels


def _light(place: Place, lighting: Lighting, out: float, distance_m: float) -> Array:
    normal = place.turn @ np.array([out, 0.0, 0.0])
    share = lighting.light.sun_share
    direct = max(float(normal @ np.array(lighting.towards_sun)), 0.0)
    daylight = np.array(lighting.daylight) * (0.78 * (1 - 0.55 * share) + 1.3 * share * direct)
    flash = (lighting.level(distance_m) - lighting.daylight) * _SHEEN
    return np.asarray((daylight + flash).clip(0.1, 1.15))


def _photograph(plate: Image, corners: Array, size: tuple[int, int]) -> tuple[Array, Array]:
    """(H, W, 3) the plate with these corners, and (H, W, 1) how much of each pixel it fills."""
    fine = 3
    wide = max(float(np.linalg.norm(corners[1] - corners[0])) * fine, 8.0)
    shrink = min(wide / plate.shape[1], 1.0)
    small = cv2.resize(plate, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
    height, width = small.shape[:2]
    source = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32) - 0.5
    target = ((corners + 0.5) * fine - 0.5).astype(np.float32)
    matrix = cv2.getPerspectiveTransform(source, target)
    drawn = cv2.warpPerspective(
        small, matrix, (size[0] * fine, size[1] * fine), borderMode=cv2.BORDER_REPLICATE
    )
    mask = np.zeros((size[1] * fine, size[0] * fine), np.uint8)
    cv2.fillConvexPoly(mask, np.round(target * 8).astype(np.int32), 255, cv2.LINE_AA, 3)
    picture = cv2.resize(drawn, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    cover = cv2.resize(mask, size, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    return picture, cover[..., None]
