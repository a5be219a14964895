"""What stands beside the road, and the shadows it casts."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from datasets.synthesis.light import Light
from datasets.synthesis.surface import AHEAD_M, BEHIND_M, Style
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

    def add(kind: Kind, along: float, across: float, size: tuple[float, float, float]) -> None:
        things.append(Thing(kind, along, across, size, int(rng.integers(1 << 16))))

    for side in (-1, 1):
        edge = style.paved_m + (3.0 if style.kerb else 2.0)
        for _ in range(int((end - start) / 100 * style.trees_per_100m)):
            height = float(rng.uniform(4, 9))
            across = side * (edge + 1.5 + float(rng.exponential(5)))
            size = (height * 0.7, height * 0.7, height)
            add("tree", float(rng.uniform(start, end)), across, size)
        for _ in range(int((end - start) / 20)):
            size = (1.6, float(rng.uniform(1, 3)), float(rng.uniform(0.6, 1.6)))
            across = side * (edge + float(rng.exponential(4)))
            add("bush", float(rng.uniform(start, end)), across, size)
        for along in np.arange(start, end, 9.0):  # a far hedge closes the view
            height = float(rng.uniform(5, 11))
            size = (1.5 * height, 1.5 * height, height)
            add("tree", along + float(rng.uniform(-4, 4)), side * float(rng.uniform(22, 40)), size)
        if style.houses:
            for along in np.arange(start + 20, end, 26.0):
                size = (float(rng.uniform(9, 16)), 8.0, float(rng.uniform(3.5, 11)))
                if rng.random() < 0.75:
                    add("house", along, side * (edge + 8 + float(rng.uniform(0, 5))), size)
        if style.kerb:  # on the shoulder where it is wide enough, else on the pavement
            parking = side * (style.paved_m + (-1.0 if style.paved_m > 4.9 else 1.6))
            for along in np.arange(start + 5, end, 23.0):
                if rng.random() < 0.3:
                    add("car", along, parking, (4.4, 1.8, 1.5))
    pole_side = float(rng.choice([-1, 1]))
    for along in np.arange(start, end, 36.0):
        add("pole", along, pole_side * (style.paved_m + 1.0), (0.25, 0.25, 8.5))
    return tuple(things)


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
