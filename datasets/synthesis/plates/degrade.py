"""What happens to a plate between the press and the recogniser: wear, place, light, camera."""

from dataclasses import dataclass

import cv2
import numpy as np

from datasets.synthesis.texture import noise
from datasets.synthesis.types import Array, Image

SIZE = (192, 96)
"""Width and height of the pictures that `degrade` gives, pixels."""


@dataclass(frozen=True, slots=True, eq=False)
class PlatePicture:
    """A photographed plate.

    Attributes:
        image: uint8 (H, W, 3), BGR.
        corners: float32 (4, 2), x, y in pixels of `image`, clockwise from the plate's top left.
    """

    image: Image
    corners: Array


def degrade(
    plate: Image,
    rng: np.random.Generator,
    *,
    background: Image | None = None,
    size: tuple[int, int] = SIZE,
) -> PlatePicture:
    """Wear a plate, screw it on a car, and photograph it.

    Dirt, fading, bolts and a frame; tilt, perspective and shadow; then the camera: light from night
    to glare, a colour cast, blur of motion and focus, few pixels, noise and JPEG.

    Args:
        plate: uint8 (H, W, 3), BGR, as `render_plate` gives it.
        rng: Where the randomness comes from.
        background: uint8 (H, W, 3), what stands behind; by default smooth random paint.
        size: Width and height of the picture; the plate fills up to 90 % of its width.

    Returns:
        The picture and where the plate stands in it.
    """
    worn = _wear(plate, rng)
    corners = _pose(plate.shape[1] / plate.shape[0], size, rng)
    if background is None:
        background = _paint(size, rng)
    scene = cv2.resize(background, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    scene = _stand(worn, scene, corners, rng)
    return PlatePicture(photograph(scene, rng), corners)


def photograph(scene: Array, rng: np.random.Generator) -> Image:
    """Take a picture of a scene with a camera of unknown merit.

    Args:
        scene: float32 (H, W, 3), BGR, 0 to 255.
        rng: Where the randomness comes from.

    Returns:
        uint8 (H, W, 3), BGR.
    """
    scene = _light(scene, rng)
    scene = _blur(scene, rng)
    height, width = scene.shape[:2]
    if rng.random() < 0.5:  # few pixels on the plate
        share = rng.uniform(0.25, 0.8)
        few = (max(8, round(width * share)), max(8, round(height * share)))
        small = cv2.resize(scene, few, interpolation=cv2.INTER_AREA)
        up = cv2.INTER_CUBIC if rng.random() < 0.5 else cv2.INTER_LINEAR
        scene = np.asarray(cv2.resize(small, (width, height), interpolation=up), np.float32)
    if rng.random() < 0.25:  # a camera that sharpens
        scene = scene + rng.uniform(0.3, 1.5) * (scene - cv2.GaussianBlur(scene, (0, 0), 1.5))
    if rng.random() < 0.5:
        spread = rng.uniform(1, 14)
        scene = scene + spread * rng.standard_normal(scene.shape, dtype=np.float32)
    if rng.random() < 0.05:  # at night in infrared, or an old archive
        scene = np.repeat(scene.mean(axis=2, keepdims=True), 3, axis=2)
    picture = np.clip(scene, 0, 255).astype(np.uint8)
    if rng.random() < 0.6:
        quality = int(rng.integers(15, 90))
        _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
        picture = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
    return picture


def _wear(plate: Image, rng: np.random.Generator) -> Array:
    worn = plate.astype(np.float32)
    height, width = plate.shape[:2]
    if rng.random() < 0.4:  # faded by the sun
        grey = worn.mean(axis=(0, 1))
        worn += np.float32(rng.uniform(0.05, 0.45)) * (grey - worn)
    if rng.random() < 0.4:  # splashed with mud
        coarse = noise(rng, (height, width), (height * rng.uniform(0.1, 0.6), width * 0.15))
        cover = np.clip(coarse - rng.uniform(0.2, 1.2), 0, 1)[:, :, None] * rng.uniform(0.3, 0.9)
        mud = np.array([60, 80, 95], np.float32) * np.float32(rng.uniform(0.5, 1.8))
        worn += cover * (mud - worn)
    if rng.random() < 0.15:  # scratched
        for _ in range(int(rng.integers(1, 5))):
            start, end = (rng.uniform(0, (width, height)).astype(int).tolist() for _ in range(2))
            grey = float(rng.uniform(40, 220))
            cv2.line(worn, start, end, (grey, grey, grey), 1, cv2.LINE_AA)
    if rng.random() < 0.8:
        _screw_on(worn, rng)
    return worn


def _screw_on(plate: Array, rng: np.random.Generator) -> None:
    """Two bolts above and perhaps two below, where GA 36-2018 has holes."""
    height, width = plate.shape[:2]
    unit = width / 440
    radius = max(1, round(rng.uniform(4, 9) * unit))
    grey = float(rng.uniform(90, 240))
    tones = [(grey, grey, grey), (grey * 0.4, grey * 0.4, grey * 0.4)]
    for row in (12 * unit, height - 12 * unit)[: int(rng.integers(1, 3))]:
        for column in (width / 2 - 105 * unit, width / 2 + 105 * unit):
            center = (round(column), round(row))
            cv2.circle(plate, center, radius, tones[0], -1, cv2.LINE_AA)
            cv2.circle(plate, center, max(1, radius // 2), tones[1], -1, cv2.LINE_AA)


def _pose(aspect: float, size: tuple[int, int], rng: np.random.Generator) -> Array:
    """Corners of a plate turned in space and seen by a camera; float32 (4, 2)."""
    spread = np.array([7.0, 14.0, 4.0]) * (1 if rng.random() < 0.6 else 2.2)
    pitch, yaw, roll = np.deg2rad(np.clip(rng.normal(0, spread), -1.8 * spread, 1.8 * spread))
    half = np.array([[-aspect, -1, 0], [aspect, -1, 0], [aspect, 1, 0], [-aspect, 1, 0]]) / 2
    turn_x = np.array(
        [[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]]
    )
    turn_y = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
    turn_z = np.array(
        [[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]]
    )
    space = half @ (turn_z @ turn_y @ turn_x).T
    distance = rng.uniform(8, 40)
    flat = space[:, :2] / (1 + space[:, 2:] / distance)
    low, high = flat.min(axis=0), flat.max(axis=0)
    flat = (flat - (low + high) / 2) / (high - low).max()
    extent = (high - low) / (high - low).max()
    room = np.array(size, np.float64)
    scale = min(rng.uniform(0.55, 0.9) * room[0] / extent[0], 0.92 * room[1] / extent[1])
    slack = (room - extent * scale) / 2
    center = room / 2 + rng.uniform(-0.6, 0.6, 2) * slack
    return np.asarray(flat * scale + center, np.float32)


def _stand(plate: Array, scene: Array, corners: Array, rng: np.random.Generator) -> Array:
    size = (scene.shape[1], scene.shape[0])
    height, width = plate.shape[:2]
    rim = 0
    if rng.random() < 0.35:  # a frame of plastic or metal round it
        rim = max(1, round(height * rng.uniform(0.03, 0.14)))
        tone = float(rng.choice([rng.uniform(5, 60), rng.uniform(150, 230)]))
        framed = np.full((height + 2 * rim, width + 2 * rim, 3), tone, np.float32)
        framed[rim:-rim, rim:-rim] = plate
        plate = framed
    source = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32) + rim
    # Shrink by area first, or the warp would leave out rows and columns.
    shrink = float(np.ptp(corners[:, 0])) / width * 1.2
    if shrink < 0.8:
        small = cv2.resize(plate, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
        source *= np.array(small.shape[1::-1], np.float32) / plate.shape[1::-1]
        plate = np.asarray(small, np.float32)
    homography = cv2.getPerspectiveTransform(source, corners.astype(np.float32))
    image = cv2.warpPerspective(plate, homography, size)
    solid = cv2.warpPerspective(np.ones(plate.shape[:2], np.float32), homography, size)
    return np.asarray(image + (1 - solid[:, :, None]) * scene, np.float32)


def _light(scene: Array, rng: np.random.Generator) -> Array:
    height, width = scene.shape[:2]
    if rng.random() < 0.3:  # the edge of a shadow runs over it
        angle, offset = rng.uniform(0, np.pi), rng.uniform(-0.4, 0.4)
        y, x = np.mgrid[0:height, 0:width].astype(np.float32)
        side = (x / width - 0.5) * np.cos(angle) + (y / height - 0.5) * np.sin(angle) - offset
        soft = np.clip(side * rng.uniform(5, 60), 0, 1)[:, :, None]
        scene = scene * (1 - np.float32(rng.uniform(0.25, 0.7)) * soft)
    if rng.random() < 0.3:  # uneven light, glare
        field = noise(rng, (height, width), (height / 2, width / 2))[:, :, None]
        scene = scene * (1 + np.float32(0.2) * field) + np.clip(
            field - np.float32(rng.uniform(0.6, 2)), 0, 1
        ) * np.float32(rng.uniform(30, 160))
    cast = rng.normal(1, 0.1, 3) if rng.random() < 0.7 else rng.normal(1, 0.22, 3)
    scene = scene * np.clip(cast, 0.4, 1.7).astype(np.float32)
    kind = rng.random()
    if kind < 0.22:  # night
        gain, haze = rng.uniform(0.1, 0.5), rng.uniform(0, 25)
    elif kind < 0.37:  # overexposed
        gain, haze = rng.uniform(1.3, 2.1), rng.uniform(0, 40)
    elif kind < 0.52:  # haze, or a headlight beside it: little contrast
        gain, haze = rng.uniform(0.15, 0.5), rng.uniform(50, 130)
    else:
        gain, haze = rng.uniform(0.55, 1.3), rng.uniform(-15, 20)
    return np.asarray(np.clip(scene * gain + haze, 0, 255), np.float32)


def _blur(scene: Array, rng: np.random.Generator) -> Array:
    kind = rng.random()
    if kind < 0.35:
        return np.asarray(cv2.GaussianBlur(scene, (0, 0), rng.uniform(0.4, 2.6)), np.float32)
    if kind < 0.55:
        length = int(rng.integers(2, 9))
        kernel = np.zeros((length, length), np.float32)
        angle = rng.normal(0, 0.5) if rng.random() < 0.7 else rng.uniform(0, np.pi)
        reach = np.array([np.cos(angle), np.sin(angle)]) * length / 2
        middle = np.array([length / 2, length / 2])
        start, end = (np.round(middle + sign * reach).astype(int).tolist() for sign in (-1, 1))
        cv2.line(kernel, start, end, 1.0)
        return np.asarray(cv2.filter2D(scene, -1, kernel / kernel.sum()), np.float32)
    return scene


def _paint(size: tuple[int, int], rng: np.random.Generator) -> Image:
    """A stretch of bodywork: a colour that changes smoothly, crossed by a few edges."""
    width, height = size
    tone = rng.uniform(15, 230, 3).astype(np.float32)
    field = noise(rng, (height, width), (height / 3, width / 3))[:, :, None]
    image = tone + field * np.float32(rng.uniform(3, 40))
    for _ in range(int(rng.integers(0, 7))):
        corners = rng.uniform(0, size, (2, 2)).astype(int)
        shade = rng.uniform(0, 255, 3).tolist()
        cv2.rectangle(image, corners[0].tolist(), corners[1].tolist(), shade, -1)
    return np.clip(image, 0, 255).astype(np.uint8)
