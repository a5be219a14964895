"""What every kind of vehicle is made of, and the pieces that several kinds share."""

from dataclasses import dataclass

import numpy as np

from datasets.synthesis.checkpoint.coats import (
    Coat,
    CoatSide,
    Colour,
    Painter,
    Shape,
    both,
    disc,
    rectangle,
    rim,
)
from datasets.synthesis.checkpoint.draw import Part
from datasets.synthesis.checkpoint.shapes import box, tread
from datasets.synthesis.checkpoint.shapes import disc as round_face

RUBBER: Colour = (0.045, 0.045, 0.045)
TRIM: Colour = (0.06, 0.06, 0.06)
CHROME: Colour = (0.42, 0.42, 0.41)
GLASS: Colour = (0.055, 0.06, 0.05)
GLASS_MIRROR = 0.17
PAINT_MIRROR = 0.06
HEADLIGHT_GLOW: Colour = (0.86, 0.97, 1.0)
TAIL_GLOW: Colour = (0.08, 0.10, 0.75)


@dataclass(frozen=True, slots=True)
class Mount:
    """Where a plate is fixed.

    Attributes:
        x: Ahead of the vehicle's middle, metres.
        z: Its middle above the road, metres.
        front: Whether it faces forwards.
    """

    x: float
    z: float
    front: bool


@dataclass(frozen=True, slots=True, eq=False)
class Body:
    """A vehicle's shape and look.

    Attributes:
        parts: Its pieces.
        front: Where the front plate is fixed.
        rear: Where the rear plate is fixed.
        length_m: Its length.
        exhaust: (3,) where its smoke comes out, metres.
        exhaust_out: (3,) the way it comes out, metres per second.
    """

    parts: tuple[Part, ...]
    front: Mount
    rear: Mount
    length_m: float
    exhaust: tuple[float, float, float]
    exhaust_out: tuple[float, float, float]


def plain(colour: Colour, mirror: float = 0.0) -> Painter:
    """One colour all over."""
    return lambda coat: coat.fill(colour, mirror)


def wheels(axles: tuple[float, ...], track: float, radius: float, width: float) -> list[Part]:
    """A pair of wheels at each axle: the treads below the body, the outer faces over it.

    Args:
        axles: Each axle's x, metres.
        track: Distance between the outer faces, metres.
        radius: Of the tyres, metres.
        width: Of the tyres, metres.
    """
    parts = []
    for x in axles:
        for side in (-1.0, 1.0):
            middle, face = side * (track - width) / 2, side * track / 2
            parts.append(Part(tread(x, middle, radius, width), plain(RUBBER), 0))
            parts.append(Part(round_face(x, face, radius), _tyre(x, radius), 3))
    return parts


def _tyre(x: float, radius: float) -> Painter:
    def paint(coat: Coat) -> None:
        coat.fill(RUBBER)
        sides = coat.side("sides")
        sides.lay(disc(x, radius, radius * 0.64), (0.40, 0.40, 0.40), 0.1)
        sides.lay(disc(x, radius, radius * 0.5), (0.12, 0.12, 0.12))
        for turn in np.arange(5) * 2 * np.pi / 5 + x:
            at = x + 0.33 * radius * np.cos(turn), radius + 0.33 * radius * np.sin(turn)
            sides.lay(disc(*at, radius * 0.15), (0.38, 0.38, 0.38), 0.08)
        sides.lay(disc(x, radius, radius * 0.16), (0.34, 0.34, 0.34), 0.1)

    return paint


def arches(sides: CoatSide, axles: tuple[float, ...], radius: float) -> None:
    """The dark openings over the wheels."""
    for x in axles:
        sides.lay(disc(x, radius, radius * 1.16), TRIM)


def mirrors(
    x: float, y: float, z: float, size: tuple[float, float, float], layer: int
) -> list[Part]:
    """A mirror at each side, dark, at (x, ±y, z) with a size along x, y and z; metres."""
    half = np.array(size) / 2
    parts = []
    for side in (-1.0, 1.0):
        middle = np.array([x, side * (y + half[1]), z])
        low, high = (middle - half).tolist(), (middle + half).tolist()
        parts.append(
            Part(box(tuple(low), tuple(high), (0.04, 0.04, 0.04)), plain(TRIM, 0.03), layer)
        )
    return parts


def windscreen(
    front: CoatSide,
    shape: Shape,
    low: float,
    high: float,
    driver_y: float,
    *,
    behind: Shape | None = None,
) -> None:
    """Glass with the dashboard, the seats and a driver dimly behind it.

    Args:
        front: The side it is in.
        shape: The pane.
        low: Its lower edge, z, metres.
        high: Its upper edge, z, metres.
        driver_y: Where the driver sits, metres to the left.
        behind: Windows at the back and the sides that are seen through it.
    """
    front.lay(rim(shape, 0.05), TRIM)
    front.lay(shape, GLASS, GLASS_MIRROR)

    def inside(part: Shape, colour: Colour) -> None:
        front.lay(lambda u, v: np.maximum(part(u, v), shape(u, v)), colour, GLASS_MIRROR, cover=0.8)

    height = high - low
    if behind is not None:
        inside(behind, (0.36, 0.37, 0.35))
    inside(
        both(rectangle(driver_y, low + 0.5 * height, 0.5, height * 0.8, 0.1)), (0.10, 0.10, 0.11)
    )
    inside(rectangle(driver_y, low + 0.1 * height, 0.46, height * 0.7, 0.12), (0.13, 0.12, 0.12))
    inside(disc(driver_y, low + 0.58 * height, 0.11), (0.17, 0.19, 0.24))
    inside(rectangle(0, low, 3.0, 0.28 * height), (0.09, 0.09, 0.09))
    # Wipers rest on the lower edge.
    for y in (0.25, -0.35):
        front.lay(rectangle(y, low + 0.015, 0.55, 0.02), RUBBER)


def headlight(front: CoatSide, shape: Shape, y: float, z: float, radius: float) -> None:
    """A pair of lamps behind clear covers, with bright reflectors."""
    front.lay(rim(both(shape), 0.02), TRIM)
    front.lay(both(shape), (0.50, 0.50, 0.50), 0.18)
    front.lay(both(disc(y, z, radius * 1.1)), (0.20, 0.20, 0.20), 0.15)
    front.lay(both(disc(y, z, radius * 0.8)), (0.85, 0.86, 0.86), 0.2, glow=HEADLIGHT_GLOW)
