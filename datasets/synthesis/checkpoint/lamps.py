"""Headlights at dusk: what they light, and how they dazzle the camera."""

from collections.abc import Sequence

import cv2
import numpy as np

from datasets.synthesis.camera import Camera
from datasets.synthesis.checkpoint.draw import Place
from datasets.synthesis.types import Image

_HALOES = ((0.004, 0.9), (0.016, 0.8), (0.05, 0.7))  # share of the picture's width, strength
_POOL = ((1.0, 4.0, 1.0), (1.0, 8.0, 1.7))  # metres ahead from, to, half-width


def light_road(image: Image, places: Sequence[tuple[Place, float]], camera: Camera) -> None:
    """Light the road ahead of vehicles.

    Args:
        image: (H, W, 3) BGR, drawn on before the vehicles are.
        places: Where each vehicle stands, and where its lamps are ahead of its middle, metres.
        camera: The camera.
    """
    mask = np.zeros(image.shape[:2], np.uint8)
    for place, nose in places:
        for first, last, half in _POOL:
            patch = np.array(
                [
                    [nose + first, -0.8, 0],
                    [nose + first, 0.8, 0],
                    [nose + last, half, 0],
                    [nose + last, -half, 0],
                ]
            )
            ground = place.to_camera(patch)
            ground[:, 0] = np.maximum(ground[:, 0], 3.0)
            corners = np.round(camera.project(ground)).astype(np.int32)
            layer = np.zeros_like(mask)
            cv2.fillConvexPoly(layer, corners, 90)
            cv2.add(mask, layer, dst=mask)
    small = cv2.resize(mask, None, fx=0.125, fy=0.125, interpolation=cv2.INTER_AREA)
    soft = cv2.resize(cv2.GaussianBlur(small, (0, 0), 2.5), image.shape[1::-1])
    gain = 1 + soft.astype(np.float32) * np.float32(1 / 220)
    image[:] = cv2.multiply(image, cv2.merge([gain] * 3), dtype=cv2.CV_8U)


def dazzle(image: Image, glow: Image) -> None:
    """Add the haloes that bright lamps leave in a lens.

    Args:
        image: (H, W, 3) BGR, drawn on.
        glow: (H, W, 3) BGR of the lamps.
    """
    width = image.shape[1]
    small = cv2.resize(glow, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    total = np.zeros(small.shape, np.float32)
    for size, strength in _HALOES:
        sigma = size * width / 4
        blurred = cv2.GaussianBlur(small.astype(np.float32), (0, 0), max(sigma, 0.8))
        total += blurred * np.float32(strength * max(sigma / 3, 1.0))
    halo = cv2.resize(total, (width, image.shape[0]))
    image[:] = cv2.add(image, np.clip(halo, 0, 255).astype(np.uint8))
