"""Boxes, roofs and cut-outs made of patches; x and z level, y up, metres."""

from dataclasses import replace

import numpy as np

from datasets.synthesis.sites.material import Material
from datasets.synthesis.sites.raster import Patch
from datasets.synthesis.types import Array


def rectangle(
    origin: Array | tuple[float, float, float],
    across: Array | tuple[float, float, float],
    down: Array | tuple[float, float, float],
    material: Material,
    *,
    stretched: bool = False,
) -> Patch:
    """A parallelogram with right angles.

    Args:
        origin: (3,) upper left corner.
        across: (3,) its upper edge.
        down: (3,) its left edge.
        material: What it is made of.
        stretched: Whether the texture is stretched over it once.
    """
    across, down = np.asarray(across, float), np.asarray(down, float)
    wide, tall = float(np.linalg.norm(across)), float(np.linalg.norm(down))
    stretch = (1.0, 1.0)
    if stretched:
        stretch = (wide / material.size_m[0], tall / material.size_m[1])
    outline = np.array([[0, 0], [wide, 0], [wide, tall], [0, tall]])
    return Patch(
        np.asarray(origin, float),
        across / max(wide, 1e-9),
        down / max(tall, 1e-9),
        outline,
        material,
        stretch=stretch,
    )


def box(
    low: tuple[float, float, float],
    size: tuple[float, float, float],
    walls: Material,
    roof: Material | None = None,
    *,
    stretched: bool = False,
) -> list[Patch]:
    """Four walls, and a roof where there is one.

    Args:
        low: Its least x, y, z.
        size: Its extent along x, y, z.
        walls: What the walls are made of.
        roof: What the top is made of; open without.
        stretched: Whether each wall shows its texture once.
    """
    (x, y, z), (w, h, d) = low, size
    down = (0.0, -h, 0.0)
    found = [
        rectangle((x, y + h, z), (w, 0, 0), down, walls, stretched=stretched),
        rectangle((x + w, y + h, z), (0, 0, d), down, walls, stretched=stretched),
        rectangle((x + w, y + h, z + d), (-w, 0, 0), down, walls, stretched=stretched),
        rectangle((x, y + h, z + d), (0, 0, -d), down, walls, stretched=stretched),
    ]
    if roof is not None:
        found.append(rectangle((x, y + h, z + d), (w, 0, 0), (0, 0, -d), roof))
    return found


def gable(
    low: tuple[float, float, float],
    size: tuple[float, float, float],
    rise: float,
    roof: Material,
    ends: Material,
    eaves: float = 0.3,
) -> list[Patch]:
    """A pitched roof whose ridge runs along x, and the triangles under it.

    Args:
        low: Least x and z and the height of the eaves.
        size: Extent along x, unused, and along z.
        rise: Height of the ridge above the eaves.
        roof: What the slopes are made of.
        ends: What the triangles are made of.
        eaves: How far the roof stands over.
    """
    (x, y, z), (w, _, d) = low, size
    slope = rise / (d / 2)
    fall = eaves * slope
    near = rectangle(
        (x - eaves, y + rise, z + d / 2),
        (w + 2 * eaves, 0, 0),
        (0, -rise - fall, -d / 2 - eaves),
        roof,
    )
    far = rectangle(
        (x + w + eaves, y + rise, z + d / 2),
        (-w - 2 * eaves, 0, 0),
        (0, -rise - fall, d / 2 + eaves),
        roof,
    )
    triangle = np.array([[d / 2, 0], [d, rise], [0, rise]])
    left = Patch(
        np.array([x, y + rise, z]), np.array([0, 0, 1.0]), np.array([0, -1.0, 0]), triangle, ends
    )
    return [near, far, left, replace(left, origin=np.array([x + w, y + rise, z]))]


def slope(
    low: tuple[float, float, float],
    size: tuple[float, float, float],
    fall: float,
    roof: Material,
    eaves: float = 0.25,
) -> Patch:
    """A roof that falls towards -z.

    Args:
        low: Least x and z, and the height of its lower edge.
        size: Extent along x, unused, and along z.
        fall: How much higher it is at the back.
        roof: What it is made of.
        eaves: How far it stands over.
    """
    (x, y, z), (w, _, d) = low, size
    over = eaves * fall / d
    return rectangle(
        (x - eaves, y + fall + over, z + d + eaves),
        (w + 2 * eaves, 0, 0),
        (0, -fall - 2 * over, -d - 2 * eaves),
        roof,
    )


def placed(patches: list[Patch], at: Array, turn: float) -> list[Patch]:
    """Turn patches about the y axis, from +z towards +x, and move them.

    Args:
        patches: In their own axes.
        at: (3,) where their origin comes to lie.
        turn: Radians.
    """
    cos, sin = np.cos(turn), np.sin(turn)
    matrix = np.array([[cos, 0, sin], [0, 1, 0], [-sin, 0, cos]])
    return [
        replace(
            patch,
            origin=matrix @ patch.origin + at,
            across=matrix @ patch.across,
            down=matrix @ patch.down,
        )
        for patch in patches
    ]


def cutout(
    at: Array, wide: float, tall: float, material: Material, towards: float, lean: float = 0.0
) -> Patch:
    """A flat picture that stands up and faces the camera.

    Args:
        at: (3,) middle of its lower edge.
        wide: Width.
        tall: Height.
        material: What it shows, once.
        towards: Direction in which the camera lies behind it: its yaw, radians.
        lean: Angle by which its top leans away, radians.
    """
    across = np.array([np.cos(towards), 0.0, -np.sin(towards)])
    back = np.array([np.sin(towards), 0.0, np.cos(towards)])
    up = np.array([0.0, np.cos(lean), 0.0]) + back * np.sin(lean)
    return rectangle(
        at - across * wide / 2 + up * tall, across * wide, -up * tall, material, stretched=True
    )


def triangle(one: Array, two: Array, three: Array, stuff: Material) -> Patch:
    """A triangle in space."""
    across = two - one
    across = across / np.linalg.norm(across)
    normal = np.cross(across, three - one)
    down = np.cross(normal / np.linalg.norm(normal), across)
    corners = np.stack([one, two, three]) - one
    outline = np.stack([corners @ across, corners @ down], 1)
    return Patch(one, across, down, outline, stuff, offset=(float(one[0]) % 3, float(one[2]) % 3))
