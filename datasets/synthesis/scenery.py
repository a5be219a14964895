"""What stands beside the road: trees, poles, houses and cars, drawn as simple solids."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeAlias

import cv2
import numpy as np

from datasets.synthesis.camera import Camera
from datasets.synthesis.light import Light
from datasets.synthesis.surface import AHEAD_M, BEHIND_M, Style
from datasets.synthesis.texture import noise
from datasets.synthesis.types import Array, Image

Kind: TypeAlias = Literal["tree", "bush", "pole", "house", "car"]


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that stands on the ground.

    Attributes:
        kind: What it is.
        along_m: Centre along the road, metres.
        across_m: Centre to the left of the centreline, metres.
        size_m: Length along, width across and height, metres.
        look: Chooses among the looks of its kind.
    """

    kind: Kind
    along_m: float
    across_m: float
    size_m: tuple[float, float, float]
    look: int


def furnish(style: Style, length_m: float, rng: np.random.Generator) -> tuple[Thing, ...]:
    """Place things along both sides of a road.

    Args:
        style: What kind of road it is.
        length_m: Length of the route, metres.
        rng: Where the randomness comes from.
    """
    start, end = -BEHIND_M, length_m + AHEAD_M
    things: list[Thing] = []

    def add(kind: Kind, across: float, size: tuple[float, float, float], along: float) -> None:
        things.append(Thing(kind, along, across, size, int(rng.integers(1 << 16))))

    for side in (-1, 1):
        edge = style.paved_m + (3.0 if style.kerb else 2.0)
        for _ in range(int((end - start) / 100 * style.trees_per_100m)):
            height = float(rng.uniform(4, 9))
            across = side * (edge + 1.5 + float(rng.exponential(5)))
            size = (height * 0.7, height * 0.7, height)
            add("tree", across, size, float(rng.uniform(start, end)))
        for _ in range(int((end - start) / 14)):
            size = (1.6, float(rng.uniform(1, 3)), float(rng.uniform(0.6, 1.6)))
            add(
                "bush",
                side * (edge + float(rng.exponential(4))),
                size,
                float(rng.uniform(start, end)),
            )
        for along in np.arange(start, end, 7.0):  # a far hedge closes the view
            height = float(rng.uniform(5, 11))
            size = (height, height, height)
            add("tree", side * float(rng.uniform(22, 40)), size, along + float(rng.uniform(-4, 4)))
        if style.houses:
            for along in np.arange(start + 20, end, 26.0):
                size = (float(rng.uniform(9, 16)), 8.0, float(rng.uniform(3.5, 11)))
                if rng.random() < 0.75:
                    add("house", side * (edge + 8 + float(rng.uniform(0, 5))), size, along)
        if style.kerb:
            for along in np.arange(start + 5, end, 23.0):
                if rng.random() < 0.3:
                    add(
                        "car",
                        side * (style.paved_m - 1.0)
                        if style.paved_m > 4.9
                        else side * (style.paved_m + 1.6),
                        (4.4, 1.8, 1.5),
                        along,
                    )
    pole_side = float(rng.choice([-1, 1]))
    for along in np.arange(start, end, 36.0):
        add("pole", pole_side * (style.paved_m + 1.0), (0.25, 0.25, 8.5), along)
    return tuple(things)


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
        hidden: (H, W), set to 255 wherever a thing hides the ground.
        things: Each thing with (8, 3) corners of its box in vehicle axes: the four on the
            ground counter-clockwise seen from above, then the four on top.
        camera: The camera.
        light: The daylight.
    """
    for thing, corners in sorted(
        things, key=lambda each: -float(np.hypot(*each[1][:4, :2].mean(0)))
    ):
        middle = corners[:4].mean(axis=0)
        if corners[:, 0].min() < 2.0:
            continue
        pixels = camera.project(corners)
        if pixels[:, 0].max() < 0 or pixels[:, 0].min() > camera.width:
            continue
        haze = 1 - float(np.exp(-middle[0] / light.visibility_m))
        if thing.kind in ("tree", "bush"):
            _draw_sprite(image, hidden, thing, middle, camera, light, haze)
        else:
            _draw_box(image, hidden, thing, corners, pixels, light, haze)


def _hazed(colour: Array, light: Light, haze: float) -> tuple[float, ...]:
    mixed = colour + (light.sky_colour - colour) * haze
    return tuple((np.clip(mixed, 0, 1) * 255).tolist())


@lru_cache(maxsize=32)
def _crown(look: int, bush: bool) -> Array:
    """(128, 128, 4) BGRA of a tree or bush, 0 to 1, lit from the upper left."""
    rng = np.random.default_rng(look)
    size = 128
    rows, columns = np.mgrid[0:size, 0:size].astype(np.float32)
    crown = np.zeros((size, size), np.float32)
    shade = np.zeros((size, size), np.float32)
    for _ in range(14):
        x, y = rng.uniform(30, 98), rng.uniform(26, 100) if bush else rng.uniform(24, 76)
        r = rng.uniform(14, 28)
        blob = 1 - np.hypot(columns - x, rows - y) / r
        crown = np.maximum(crown, blob)
        shade = np.where(blob > 0.02, np.clip((y - rows - 0.5 * (columns - x)) / r, -1, 1), shade)
    leaves = noise(rng, (size, size), (2, 2)) * 0.6 + noise(rng, (size, size), (6, 6))
    alpha = np.clip((crown + 0.14 * leaves) * 8, 0, 1)
    green = np.array([0.14, 0.33, 0.26], np.float32) * rng.uniform(0.7, 1.2, 3)
    colour = green * (1 + 0.38 * shade + 0.30 * leaves)[..., None]
    if not bush:
        trunk = (np.abs(columns - 64 - 2 * noise(rng, (size, size), (30, 200))) < 3.2) & (rows > 60)
        trunk &= alpha < 0.5
        colour = np.where(trunk[..., None], np.array([0.16, 0.2, 0.24], np.float32), colour)
        alpha = np.maximum(alpha, trunk)
    return np.dstack([colour, alpha]).astype(np.float32)


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
    if width < 2 or height < 2 or width > 3 * camera.width:
        return
    x0, x1 = max(left, 0), min(right, camera.width)
    y0, y1 = max(upper, 0), min(lower, camera.height)
    if x0 >= x1 or y0 >= y1:
        return
    crown = _crown(thing.look % 12, thing.kind == "bush")
    scale = np.array(
        [
            [128 / width, 0, (x0 - left) * 128 / width],
            [0, 128 / height, (y0 - upper) * 128 / height],
        ]
    )
    sprite = cv2.warpAffine(
        crown, scale, (x1 - x0, y1 - y0), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    )
    alpha = sprite[..., 3:]
    colour = sprite[..., :3] * np.float32(1.0 + 0.25 * (1 - light.overcast))
    colour += (light.sky_colour.astype(np.float32) * alpha - colour) * np.float32(haze)
    part = image[y0:y1, x0:x1]
    part[:] = np.clip(part * (1 - alpha) + colour * alpha * 255, 0, 255)
    hidden[y0:y1, x0:x1] |= np.where(alpha[..., 0] > 0.5, 255, 0).astype(np.uint8)


_PAINTS = np.array(
    [
        [0.85, 0.85, 0.85],
        [0.25, 0.25, 0.26],
        [0.55, 0.55, 0.56],
        [0.16, 0.16, 0.5],
        [0.5, 0.3, 0.18],
    ]
)
_WALLS = np.array([[0.72, 0.78, 0.82], [0.62, 0.70, 0.78], [0.78, 0.78, 0.78], [0.55, 0.62, 0.74]])


def _draw_box(
    image: Image,
    hidden: Image,
    thing: Thing,
    corners: Array,
    pixels: Array,
    light: Light,
    haze: float,
) -> None:
    """Draw the sides of a box that face the camera, and what makes it a house, pole or car."""
    paint = {
        "house": _WALLS[thing.look % len(_WALLS)],
        "car": _PAINTS[thing.look % len(_PAINTS)],
    }.get(thing.kind, np.array([0.55, 0.56, 0.56]))
    sides = []
    for first in range(4):
        second = (first + 1) % 4
        middle = (corners[first] + corners[second]) / 2
        outward = np.array(
            [corners[second][1] - corners[first][1], corners[first][0] - corners[second][0]]
        )
        if outward @ middle[:2] < 0:
            sides.append((float(np.hypot(*middle[:2])), first, second))
    for _, first, second in sorted(sides, reverse=True):
        quad = pixels[[first, second, second + 4, first + 4]]
        facing = 0.78 if (second - first) % 4 == 1 and first % 2 else 0.96
        if thing.kind == "car":
            _draw_car_side(image, quad, paint * facing, first, light, haze)
        else:
            _fill(image, quad, _hazed(paint * facing, light, haze))
            if thing.kind == "house":
                _draw_windows(image, quad, light, haze)
        _fill(hidden, quad, (255.0,))


def _fill(image: Image, quad: Array, colour: tuple[float, ...]) -> None:
    points = np.clip(np.round(quad * 8), -(1 << 20), 1 << 20).astype(np.int32)
    cv2.fillConvexPoly(image, points, colour, cv2.LINE_AA, 3)


def _within(quad: Array, left: float, right: float, bottom: float, top: float) -> Array:
    """A part of a side, from shares of its width and height."""
    lower, upper = quad[1] - quad[0], quad[2] - quad[3]

    def at(x: float, y: float) -> Array:
        return (quad[0] + lower * x) * (1 - y) + (quad[3] + upper * x) * y

    return np.array([at(left, bottom), at(right, bottom), at(right, top), at(left, top)])


def _draw_windows(image: Image, quad: Array, light: Light, haze: float) -> None:
    glass = _hazed(np.array([0.40, 0.36, 0.33]), light, haze)
    floors = 3 if abs(quad[3][1] - quad[0][1]) > abs(quad[1][0] - quad[0][0]) * 0.6 else 2
    for floor in range(floors):
        for column in range(4):
            x, y = (column + 0.3) / 4, (floor + 0.35) / floors
            _fill(image, _within(quad, x, x + 0.11, y, y + 0.42 / floors), glass)


def _draw_car_side(
    image: Image, quad: Array, paint: Array, first: int, light: Light, haze: float
) -> None:
    _fill(image, _within(quad, 0.02, 0.98, 0.0, 0.2), _hazed(np.full(3, 0.07), light, haze))
    _fill(image, _within(quad, 0.0, 1.0, 0.16, 0.62), _hazed(paint, light, haze))
    _fill(image, _within(quad, 0.08, 0.92, 0.60, 1.0), _hazed(paint * 0.9, light, haze))
    _fill(image, _within(quad, 0.14, 0.86, 0.64, 0.92), _hazed(np.full(3, 0.16), light, haze))
    if first % 2:  # front and back
        for left in (0.03, 0.81):
            lamp = np.array([0.12, 0.12, 0.62])
            _fill(image, _within(quad, left, left + 0.16, 0.42, 0.54), _hazed(lamp, light, haze))
        plate = np.array([0.65, 0.35, 0.1])
        _fill(image, _within(quad, 0.36, 0.64, 0.28, 0.37), _hazed(plate, light, haze))


def shadows(things: tuple[Thing, ...], length_m: float, light: Light, direction: float) -> Image:
    """Cast the things' shadows on the road.

    Args:
        things: What stands beside the road.
        length_m: Length of the route, metres.
        light: The daylight.
        direction: Mean direction of the road, radians counter-clockwise from east.

    Returns:
        (rows along, columns across) uint8, 255 in full sun, at ``SHADOW_TEXEL_M`` from
        ``-BEHIND_M`` along and ``-SHADOW_HALF_M`` across.
    """
    rows = int((length_m + AHEAD_M + BEHIND_M) / SHADOW_TEXEL_M)
    sun = np.full((rows, int(2 * SHADOW_HALF_M / SHADOW_TEXEL_M)), 255, np.uint8)
    along, across, up = light.towards_sun(direction)
    reach = np.array([-along, -across]) / up  # on the ground, per metre of height

    def cell(point: Array) -> tuple[int, int]:
        x = (point[1] + SHADOW_HALF_M) / SHADOW_TEXEL_M
        y = (point[0] + BEHIND_M) / SHADOW_TEXEL_M
        return int(np.clip(x, -(1 << 14), 1 << 14)), int(np.clip(y, -(1 << 14), 1 << 14))

    for thing in things:
        foot = np.array([thing.along_m, thing.across_m])
        length, width, height = thing.size_m
        if thing.kind in ("tree", "bush"):
            rng = np.random.default_rng(thing.look)
            trunk = foot + reach * height * 0.5
            if thing.kind == "tree":
                cv2.line(sun, cell(foot), cell(trunk), 40, 3)
            for _ in range(45):
                off = rng.normal(0, 0.2, 3) * [length, width, height * 0.8]
                centre = foot + off[:2] + reach * (height * 0.62 + off[2])
                radius = rng.uniform(0.06, 0.16) * width / SHADOW_TEXEL_M
                cv2.circle(sun, cell(centre), int(radius) + 1, 30, -1)
        elif thing.kind == "pole":
            cv2.line(sun, cell(foot), cell(foot + reach * height), 60, 2)
        else:
            base = foot + np.array([[-1, -1], [-1, 1], [1, 1], [1, -1]]) * [length / 2, width / 2]
            hull = cv2.convexHull(
                np.array([cell(point) for point in [*base, *(base + reach * height)]], np.int32)
            )
            cv2.fillConvexPoly(sun, hull, 0)
    return np.asarray(cv2.GaussianBlur(sun, (0, 0), 1.2), np.uint8)


SHADOW_TEXEL_M = 0.08
SHADOW_HALF_M = 16.0
