"""What stands still: the building, its balconies, the ground and the sky."""

from dataclasses import dataclass

import cv2
import numpy as np

from datasets.synthesis.falls.camera import Camera
from datasets.synthesis.falls.facade import Facade
from datasets.synthesis.texture import noise
from datasets.synthesis.types import Image


@dataclass(frozen=True)
class Backdrop:
    """A still scene.

    Attributes:
        picture: uint8 (H, W, 3) BGR.
        glass: uint8 (H, W), 255 where glass mirrors.
        behind: uint8 (H, W), 0 where balconies hide what is close to the wall, 255 elsewhere.
        left_m: Where the facade begins, metres.
    """

    picture: Image
    glass: Image
    behind: Image
    left_m: float


def build_backdrop(
    camera: Camera, facade: Facade, *, light: float, infrared: bool, rng: np.random.Generator
) -> Backdrop:
    """Show a facade to a camera.

    Args:
        camera: The camera.
        facade: The building's front; it is centred roughly before the camera.
        light: Factor on all brightness, 1 for day.
        infrared: Whether the picture is grey and lit from the camera.
        rng: Where the randomness comes from.
    """
    size = (camera.width, camera.height)
    left_m = -facade.width_m / 2 + float(rng.uniform(-0.25, 0.25)) * facade.width_m
    texels = facade.to_plane(left_m)
    to_wall = camera.plane(camera.distance_m) @ texels
    to_ledge = camera.plane(camera.distance_m - facade.ledge_m) @ texels
    # Rendered at twice the size and halved, so that far windows do not flicker into steps.
    double = np.diag([2.0, 2.0, 1.0])
    large = (2 * size[0], 2 * size[1])
    canvas = cv2.resize(_surroundings(camera, rng), large, interpolation=cv2.INTER_LINEAR)
    wall = cv2.warpPerspective(facade.wall, double @ to_wall, large, flags=cv2.INTER_LINEAR)
    there = cv2.warpPerspective(
        np.full(facade.wall.shape[:2], 255, np.uint8), double @ to_wall, large
    )
    canvas = np.where(there[..., None] > 127, wall, canvas)
    ledges = cv2.warpPerspective(facade.ledges, double @ to_ledge, large, flags=cv2.INTER_LINEAR)
    shown = ledges[..., 3:] > 127
    canvas = np.where(shown, ledges[..., :3], canvas)
    picture = cv2.resize(canvas, size, interpolation=cv2.INTER_AREA)
    hidden = cv2.resize(shown.astype(np.uint8) * 255, size, interpolation=cv2.INTER_AREA)
    glass = cv2.warpPerspective(facade.glass, to_wall, size, flags=cv2.INTER_LINEAR)
    glass[hidden > 0] = 0
    return Backdrop(
        _lit(np.asarray(picture, np.uint8), light, infrared=infrared, rng=rng),
        np.asarray(glass, np.uint8),
        np.asarray(255 - hidden, np.uint8),
        left_m,
    )


def _surroundings(camera: Camera, rng: np.random.Generator) -> Image:
    """Sky above the horizon, ground below it."""
    height, width = camera.height, camera.width
    sky = np.clip(rng.choice([0.5, 0.75, 0.9]) * np.array([1.05, 0.98, 0.92]), 0, 1) * 255
    canvas = np.empty((height, width, 3), np.float32)
    canvas[:] = sky * (1 + 0.05 * noise(rng, (height, width), (height / 3, width / 3)))[..., None]
    horizon, _ = camera.project(np.array([[0.0, 0.0, camera.distance_m]]))
    row = int(np.clip(horizon[0, 1], 0, height)) if np.isfinite(horizon).all() else height
    ground = rng.uniform(70, 150) * (1 + 0.06 * noise(rng, (height, width), (9, 30)))
    canvas[row:] = ground[row:, :, None]
    return np.asarray(np.clip(canvas, 0, 255), np.uint8)


def _lit(picture: Image, light: float, *, infrared: bool, rng: np.random.Generator) -> Image:
    """Scale the light; at night lamps and the infrared lamp light parts of the picture."""
    height, width = picture.shape[:2]
    values = picture.astype(np.float32) * light
    if light < 0.5:
        for _ in range(int(rng.integers(1, 4))):
            x, y = rng.uniform(0, width), rng.uniform(0.3, 1.1) * height
            radius = rng.uniform(0.15, 0.5) * width
            away = np.hypot(
                np.arange(width, dtype=np.float32) - x,
                np.arange(height, dtype=np.float32)[:, None] - y,
            )
            lamp = np.exp(-((away / radius) ** 2)) * rng.uniform(0.2, 0.7)
            values += picture * lamp[..., None]
    if infrared:
        values[:] = values.mean(axis=2, keepdims=True)
    return np.asarray(np.clip(values, 0, 255), np.uint8)
