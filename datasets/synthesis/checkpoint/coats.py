"""What covers a vehicle: paint, glass, lamps, gaps; drawn as flat shapes on its sides."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np

from datasets.synthesis.types import Array, Whole

Shape: TypeAlias = Callable[[Array, Array], Array]
"""Signed distance, metres, below 0 inside, of points (N,), (N,) on a side."""

Colour: TypeAlias = tuple[float, float, float]
"""BGR, 0 to 1."""

Side: TypeAlias = Literal["front", "rear", "sides", "top"]


def rectangle(u: float, v: float, width: float, height: float, radius: float = 0.0) -> Shape:
    """A rounded rectangle about (u, v)."""

    def distance(us: Array, vs: Array) -> Array:
        du = np.abs(us - u) - (width / 2 - radius)
        dv = np.abs(vs - v) - (height / 2 - radius)
        outside = np.hypot(np.maximum(du, 0), np.maximum(dv, 0))
        return np.asarray(outside + np.minimum(np.maximum(du, dv), 0) - radius)

    return distance


def disc(u: float, v: float, radius: float) -> Shape:
    """A disc about (u, v)."""
    return lambda us, vs: np.hypot(us - u, vs - v) - radius


def polygon(*corners: tuple[float, float], radius: float = 0.0) -> Shape:
    """A convex polygon with counter-clockwise corners, grown by a radius."""
    points = np.array(corners, np.float32)
    along = np.roll(points, -1, axis=0) - points
    out = np.stack([along[:, 1], -along[:, 0]], axis=1)
    out /= np.linalg.norm(out, axis=1, keepdims=True)

    def distance(us: Array, vs: Array) -> Array:
        far = [n[0] * (us - p[0]) + n[1] * (vs - p[1]) for p, n in zip(points, out, strict=True)]
        return np.asarray(np.maximum.reduce(far) - radius)

    return distance


def both(shape: Shape) -> Shape:
    """The shape at the left (u > 0) and its mirror image at the right."""
    return lambda us, vs: shape(np.abs(us), vs)


def rim(shape: Shape, width: float) -> Shape:
    """The line along a shape's edge."""
    return lambda us, vs: np.abs(shape(us, vs)) - width / 2


def within(shape: Shape, other: Shape) -> Shape:
    """The part of a shape that lies in another one."""
    return lambda us, vs: np.maximum(shape(us, vs), other(us, vs))


def slats(spacing: float, thickness: float) -> Shape:
    """Endless horizontal bars."""
    return lambda _us, vs: np.abs((vs / spacing) % 1.0 - 0.5) * spacing - thickness / 2


@dataclass(slots=True)
class Coat:
    """The look of every visible pixel of a part, built up layer by layer.

    Attributes:
        point: (N, 3) x, y, z on the vehicle, metres.
        normal: (N, 3) unit normal there.
        pixel_m: (N,) size of the pixel there, metres.
        colour: (N, 3) BGR that it scatters, 0 to 1.
        mirror: (N,) what it reflects seen straight on, 0 to 1.
        glow: (N, 3) BGR that it sends out itself when the lamps are lit.
    """

    point: Array
    normal: Array
    pixel_m: Array
    colour: Array = field(init=False)
    mirror: Array = field(init=False)
    glow: Array = field(init=False)

    def __post_init__(self) -> None:
        n = len(self.point)
        self.colour = np.zeros((n, 3), np.float32)
        self.mirror = np.zeros(n, np.float32)
        self.glow = np.zeros((n, 3), np.float32)

    def fill(self, colour: Colour, mirror: float = 0.0) -> None:
        """Cover the whole part."""
        self.colour[:] = colour
        self.mirror[:] = mirror

    def side(self, side: Side) -> "CoatSide":
        """The pixels that face one way."""
        axis, sign = {"front": (0, 1), "rear": (0, -1), "sides": (1, 0), "top": (2, 1)}[side]
        facing = self.normal[:, axis] * sign if sign else np.abs(self.normal[:, axis])
        chosen = np.flatnonzero(facing > 0.45)
        u, v = {"front": (1, 2), "rear": (1, 2), "sides": (0, 2), "top": (0, 1)}[side]
        return CoatSide(
            self, chosen, self.point[chosen, u], self.point[chosen, v], self.pixel_m[chosen]
        )


@dataclass(slots=True)
class CoatSide:
    """One side of a coat, seen flat.

    Attributes:
        coat: The coat that is changed.
        chosen: (M,) its pixels on this side.
        u: (M,) position across the side: y at front and rear, x on the sides and on top; metres.
        v: (M,) position up the side: z, or y on top; metres.
        pixel_m: (M,) size of the pixel there, metres.
    """

    coat: Coat
    chosen: Whole
    u: Array
    v: Array
    pixel_m: Array

    def lay(
        self,
        shape: Shape,
        colour: Colour,
        mirror: float = 0.0,
        *,
        glow: Colour | None = None,
        cover: float = 1.0,
    ) -> None:
        """Lay a shape over what is there.

        Args:
            shape: Where.
            colour: What it scatters.
            mirror: What it reflects seen straight on, 0 to 1.
            glow: What it sends out.
            cover: How much of what lies below it hides, 0 to 1.
        """
        if not len(self.chosen):
            return
        inside = 0.5 - shape(self.u, self.v) / self.pixel_m
        hit = np.flatnonzero(inside > 0)
        index, share = self.chosen[hit], np.minimum(inside[hit], 1) * np.float32(cover)
        coat = self.coat
        coat.colour[index] += (np.array(colour, np.float32) - coat.colour[index]) * share[:, None]
        coat.mirror[index] += (mirror - coat.mirror[index]) * share
        lit = np.zeros(3, np.float32) if glow is None else np.array(glow, np.float32)
        coat.glow[index] += (lit - coat.glow[index]) * share[:, None]


Painter: TypeAlias = Callable[[Coat], None]
"""Gives a part its look."""
