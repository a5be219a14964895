"""Draws what stands beside the road: trees as cut-outs, all else as boxes."""

from collections.abc import Iterator
from functools import lru_cache

import cv2
import numpy as np

from datasets.synthesis.camera import Camera
from datasets.synthesis.light import Light
from datasets.synthesis.scenery import Thing
from datasets.synthesis.texture import noise
from datasets.synthesis.types import Array, Image


def draw(
    image: Image,
    hidden: Image,
    things: list[tuple[Thing, Array]],
    camera: Camera,
    light: Light,
) -> None:
    """Draw things over the ground, far ones first.

    Args:
        image: (H, W, 3) BGR, drawn on.
        hidden: (H, W), raised to how far a thing hides the ground, 255 for wholly.
        things: Each thing with (8, 3) corners of its box in vehicle axes: the four on the
            ground counter-clockwise seen from above, then the four on top.
        camera: The camera.
        light: The daylight.
    """
    for thing, corners in sorted(
        things, key=lambda each: -float(np.hypot(*each[1][:4, :2].mean(0)))
    ):
        middle = corners[:4].mean(axis=0)
        if corners[:, 0].min() < 2.0 or (thing.kind == "bush" and middle[0] > 45):
            continue
        pixels = camera.project(corners)
        if pixels[:, 0].max() < 0 or pixels[:, 0].min() > camera.width:
            continue
        haze = 1 - float(np.exp(-middle[0] / light.visibility_m))
        if thing.kind in ("tree", "bush"):
            _draw_sprite(image, hidden, thing, middle, camera, light, haze)
        else:
            _draw_solid(image, hidden, thing, corners, camera, light, haze)


def _hazed(colour: Array, light: Light, haze: float) -> tuple[float, ...]:
    mixed = colour + (light.sky_colour - colour) * haze
    return tuple((np.clip(mixed, 0, 1) * 255).tolist())


@lru_cache(maxsize=64)
def _crown(look: int, bush: bool, size: int) -> Image:
    """(size, size, 4) BGRA of a tree or bush, lit from above; colour multiplied by alpha."""
    if size < _SPRITE:
        return np.asarray(
            cv2.resize(_crown(look, bush, _SPRITE), (size, size), interpolation=cv2.INTER_AREA)
        )
    rng = np.random.default_rng(look)
    shape = (size, size)
    rows, columns = np.mgrid[0:size, 0:size].astype(np.float32) / np.float32(size)
    crown, shade = np.full(shape, -1, np.float32), np.zeros(shape, np.float32)
    for _ in range(18):
        x, y = rng.uniform(0.22, 0.78), rng.uniform(0.2, 0.8) if bush else rng.uniform(0.16, 0.6)
        r = rng.uniform(0.08, 0.2)
        blob = 1 - np.hypot(columns - x, rows - y) / np.float32(r)
        shade = np.where(blob > crown, (y - rows) / np.float32(r), shade)
        crown = np.maximum(crown, blob)
    leaves = noise(rng, shape, (3, 3)) + 0.7 * noise(rng, shape, (9, 9))
    alpha = np.clip((crown + 0.10 * leaves) * 12, 0, 1)
    green = np.array([0.13, 0.27, 0.22], np.float32) * rng.uniform(0.75, 1.2, 3)
    tone = 0.85 + 0.35 * np.clip(shade, -1, 1) + 0.28 * leaves - 0.25 * rows
    colour = np.clip(green * tone[..., None], 0, 1)
    if not bush:
        trunk = np.abs(columns - 0.5 - 0.015 * noise(rng, shape, (70, 900))) < 0.018
        trunk &= (rows > 0.45) & (alpha < 0.5)
        colour = np.where(trunk[..., None], np.array([0.16, 0.2, 0.24]), colour)
        alpha = np.maximum(alpha, trunk)
    return np.asarray(np.dstack([colour * alpha[..., None], alpha]) * 255, np.uint8)


_SPRITE = 256


def _draw_sprite(
    image: Image,
    hidden: Image,
    thing: Thing,
    middle: Array,
    camera: Camera,
    light: Light,
    haze: float,
) -> None:
    half, top = thing.size_m[1] * 0.62, thing.size_m[2]
    frame = camera.project(
        np.array([[middle[0], middle[1] + half, top], [middle[0], middle[1] - half, 0.0]])
    )
    (left, upper), (right, lower) = np.round(frame).astype(int).tolist()
    width, height = right - left, lower - upper
    x0, x1 = max(left, 0), min(right, camera.width)
    y0, y1 = max(upper, 0), min(lower, camera.height)
    if width < 2 or height < 2 or x0 >= x1 or y0 >= y1:
        return
    size = int(np.clip(2 ** np.ceil(np.log2(max(width, height))), 16, _SPRITE))
    crown = _crown(thing.look % 12, thing.kind == "bush", size)
    scale = np.array(
        [
            [size / width, 0, (x0 - left) * size / width],
            [0, size / height, (y0 - upper) * size / height],
        ]
    )
    sprite = cv2.warpAffine(
        crown, scale, (x1 - x0, y1 - y0), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    )
    alpha = cv2.merge([sprite[..., 3]] * 3)
    sky = np.empty_like(alpha)
    sky[:] = np.clip(light.sky_colour * 255, 0, 255)
    veil = cv2.multiply(alpha, sky, scale=haze / 255)
    bright = (1.0 + 0.2 * (1 - light.overcast)) * (1 - haze)
    colour = cv2.addWeighted(cv2.cvtColor(sprite, cv2.COLOR_BGRA2BGR), bright, veil, 1.0, 0)
    part = image[y0:y1, x0:x1]
    part[:] = cv2.add(cv2.multiply(part, 255 - alpha, scale=1 / 255), colour)
    hidden[y0:y1, x0:x1] = cv2.max(hidden[y0:y1, x0:x1], sprite[..., 3])


_PAINTS = np.array(
    [
        [0.85, 0.85, 0.85],
        [0.22, 0.22, 0.23],
        [0.55, 0.55, 0.56],
        [0.16, 0.16, 0.45],
        [0.45, 0.28, 0.17],
    ]
)
_WALLS = np.array([[0.72, 0.78, 0.82], [0.62, 0.70, 0.78], [0.78, 0.78, 0.78], [0.55, 0.62, 0.74]])
_CONCRETE = np.array([0.55, 0.56, 0.56])
_FACING = (0.72, 0.9, 0.72, 0.95, 1.1)  # light on the right, far, left and near side and the top


def _draw_solid(
    image: Image,
    hidden: Image,
    thing: Thing,
    corners: Array,
    camera: Camera,
    light: Light,
    haze: float,
) -> None:
    """Draw a house, a car or a pole."""
    if thing.kind == "car":
        _draw_car(image, thing, corners, camera, light, haze)
    else:
        paint = _WALLS[thing.look % len(_WALLS)] if thing.kind == "house" else _CONCRETE
        for side, quad in _draw_box(image, corners, camera, paint, light, haze):
            if thing.kind == "house" and side < 4:
                _draw_windows(image, quad, round(thing.size_m[2] / 3.2), light, haze)
    hull = cv2.convexHull(camera.project(corners).astype(np.float32))[:, 0]
    _fill(hidden, np.asarray(hull, float), (255.0,))


def _draw_box(
    image: Image, corners: Array, camera: Camera, paint: Array, light: Light, haze: float
) -> Iterator[tuple[int, Array]]:
    """Draw the sides of a box that the camera sees, and yield each with its pixels.

    Sides: 0 right, 1 far, 2 left, 3 near, 4 top. A side's pixels are (4, 2): its lower left,
    lower right, upper right and upper left as seen along its corners.
    """
    pixels = camera.project(corners)
    sides = []
    for first in range(4):
        second = (first + 1) % 4
        middle = (corners[first] + corners[second])[:2] / 2
        along = corners[second] - corners[first]
        if along[1] * middle[0] - along[0] * middle[1] < 0:
            distance = float(np.hypot(*middle))
            sides.append((distance, first, pixels[[first, second, second + 4, first + 4]]))
    ordered = [(side, quad) for _, side, quad in sorted(sides, key=lambda each: -each[0])]
    if corners[4:, 2].max() < camera.height_m:
        ordered.append((4, pixels[4:]))
    for side, quad in ordered:
        _fill(image, quad, _hazed(paint * _FACING[side], light, haze))
        yield side, quad


def _part(
    corners: Array, along: tuple[float, float], up: tuple[float, float], inset: float, taper: float
) -> Array:
    """(8, 3) corners of a box within a box.

    Args:
        corners: (8, 3) corners of the whole.
        along: Where it begins and ends, as shares of the length.
        up: Where it begins and ends, as shares of the height.
        inset: Share of the width left free on each side.
        taper: How much smaller the top is on every side, as a share of the length.
    """
    length, width, height = corners[[1, 3, 4]] - corners[0]
    result = []
    for level, smaller in ((up[0], 0.0), (up[1], taper)):
        first, last = along[0] + smaller, along[1] - smaller
        right, left = inset + smaller / 2, 1 - inset - smaller / 2
        result += [
            corners[0] + a * length + b * width + level * height
            for a, b in ((first, right), (last, right), (last, left), (first, left))
        ]
    return np.array(result)


def _draw_car(
    image: Image, thing: Thing, corners: Array, camera: Camera, light: Light, haze: float
) -> None:
    """Draw a parked car: wheels and body, then windows, then the roof."""
    paint = _PAINTS[thing.look % len(_PAINTS)]
    black, glass = np.full(3, 0.06), np.array([0.20, 0.19, 0.18])
    lamp, plate = np.array([0.12, 0.12, 0.55]), np.array([0.65, 0.35, 0.1])
    under = _part(corners, (0.04, 0.96), (0.0, 0.2), 0.04, 0.0)
    list(_draw_box(image, under, camera, black, light, haze))
    body = _part(corners, (0.0, 1.0), (0.16, 0.6), 0.0, 0.015)
    for side, quad in _draw_box(image, body, camera, paint, light, haze):
        if side in (0, 2):
            for wheel in (0.1, 0.72):
                shape = _within(quad, wheel, wheel + 0.17, -0.35, 0.3)
                _fill(image, shape, _hazed(black, light, haze))
        elif side == 3:
            for left in (0.03, 0.81):
                shape = _within(quad, left, left + 0.16, 0.55, 0.8)
                _fill(image, shape, _hazed(lamp, light, haze))
            _fill(image, _within(quad, 0.36, 0.64, 0.3, 0.5), _hazed(plate, light, haze))
    windows = _part(corners, (0.1, 0.78), (0.6, 0.95), 0.06, 0.07)
    list(_draw_box(image, windows, camera, glass, light, haze))
    roof = _part(corners, (0.17, 0.71), (0.95, 1.0), 0.1, 0.01)
    list(_draw_box(image, roof, camera, paint, light, haze))


def _fill(image: Image, polygon: Array, colour: tuple[float, ...]) -> None:
    points = np.clip(np.round(polygon * 8), -(1 << 20), 1 << 20).astype(np.int32)
    cv2.fillConvexPoly(image, points, colour, cv2.LINE_AA, 3)


def _within(quad: Array, left: float, right: float, bottom: float, top: float) -> Array:
    """A part of a side, from shares of its width and height."""
    lower, upper = quad[1] - quad[0], quad[2] - quad[3]

    def at(x: float, y: float) -> Array:
        return np.asarray((quad[0] + lower * x) * (1 - y) + (quad[3] + upper * x) * y)

    return np.array([at(left, bottom), at(right, bottom), at(right, top), at(left, top)])


def _draw_windows(image: Image, quad: Array, floors: int, light: Light, haze: float) -> None:
    glass = _hazed(np.array([0.40, 0.36, 0.33]), light, haze)
    for floor in range(floors):
        for column in range(4):
            x, y = (column + 0.3) / 4, (floor + 0.35) / floors
            _fill(image, _within(quad, x, x + 0.11, y, y + 0.42 / floors), glass)
