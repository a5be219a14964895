"""What stands beside the road: trees, poles, houses and cars, drawn as simple solids."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from datasets.synthesis.camera import Camera
from datasets.synthesis.light import Light
from datasets.synthesis.surface import AHEAD_M, BEHIND_M, Style
from datasets.synthesis.texture import noise
from datasets.synthesis.types import Array, Image

SHADOW_TEXEL_M = 0.08
"""Size of a texel of the shadow map, metres."""

SHADOW_HALF_M = 16.0
"""The shadow map reaches this far to both sides of the centreline, metres."""

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
        for _ in range(int((end - start) / 20)):
            size = (1.6, float(rng.uniform(1, 3)), float(rng.uniform(0.6, 1.6)))
            add(
                "bush",
                side * (edge + float(rng.exponential(4))),
                size,
                float(rng.uniform(start, end)),
            )
        for along in np.arange(start, end, 9.0):  # a far hedge closes the view
            height = float(rng.uniform(5, 11))
            size = (1.5 * height, 1.5 * height, height)
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
            _draw_box(image, hidden, thing, corners, pixels, light, haze)


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
                _draw_windows(image, quad, round(thing.size_m[2] / 3.2), light, haze)
        _fill(hidden, quad, (255.0,))


def _fill(image: Image, quad: Array, colour: tuple[float, ...]) -> None:
    points = np.clip(np.round(quad * 8), -(1 << 20), 1 << 20).astype(np.int32)
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

    def cells(points: Array) -> npt.NDArray[np.int32]:
        origin = np.array([-BEHIND_M, -SHADOW_HALF_M])
        place = (np.atleast_2d(points) - origin) / SHADOW_TEXEL_M
        return np.asarray(np.clip(place[:, ::-1], -(1 << 14), 1 << 14), np.int32)

    for thing in things:
        foot = np.array([thing.along_m, thing.across_m])
        length, width, height = thing.size_m
        if thing.kind in ("tree", "bush"):
            rng = np.random.default_rng(thing.look)
            if thing.kind == "tree":
                stem = cells(np.array([foot, foot + reach * height * 0.5]))
                cv2.polylines(sun, [stem], False, 40, 3)
            off = rng.normal(0, 0.2, (60, 3)) * [length, width, height * 0.8]
            centres = cells(foot + off[:, :2] + reach * (height * 0.62 + off[:, 2:]))
            radii = (rng.uniform(0.04, 0.14, 60) * width / SHADOW_TEXEL_M).astype(int) + 1
            for centre, radius in zip(centres.tolist(), radii.tolist(), strict=True):
                cv2.circle(sun, centre, radius, 30, -1)
        elif thing.kind == "pole":
            cv2.polylines(sun, [cells(np.array([foot, foot + reach * height]))], False, 60, 2)
        else:
            base = foot + np.array([[-1, -1], [-1, 1], [1, 1], [1, -1]]) * [length / 2, width / 2]
            hull = cv2.convexHull(cells(np.vstack([base, base + reach * height])))
            cv2.fillConvexPoly(sun, hull, 0)
    return np.asarray(cv2.GaussianBlur(sun, (0, 0), 1.2), np.uint8)
