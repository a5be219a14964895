"""Solids that vehicles are made of: rounded boxes, bent at will, and cylinders.

Vehicle axes: x forward, y left, z up, metres, with the origin on the road below the
vehicle's middle.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from datasets.synthesis.types import Array

Warp: TypeAlias = Callable[[Array], Array]
"""Bends (N, 3) points into (N, 3) points."""


@dataclass(frozen=True, slots=True, eq=False)
class Mesh:
    """A convex closed surface of four-cornered cells.

    Attributes:
        points: (Q, 4, 3) corners of each cell, counter-clockwise seen from outside, metres.
        normals: (Q, 4, 3) unit normals at the corners, outwards.
    """

    points: Array
    normals: Array


def box(
    lower: tuple[float, float, float],
    upper: tuple[float, float, float],
    radii: tuple[float, float, float],
    *,
    bend: Warp | None = None,
    cells: tuple[int, int, int] = (1, 1, 1),
    arc: int = 3,
) -> Mesh:
    """Make a box with rounded edges.

    Args:
        lower: Its lowest x, y, z.
        upper: Its highest x, y, z.
        radii: How far its edges are rounded along x, y, z.
        bend: Bends it afterwards; it should stay nearly convex.
        cells: Cells between the rounded edges along x, y, z; a bent box needs several.
        arc: Cells across one half of a rounded edge.
    """
    middle = (np.array(lower) + upper) / 2
    half = (np.array(upper) - lower) / 2
    round_ = np.minimum(np.array(radii), half * 0.999)
    # Steps of equal angle round the edge: a cube's point is pulled back on the ellipsoid there.
    turn = np.tan(np.linspace(0, np.pi / 4, arc + 1))[1:]
    steps = []
    for axis in range(3):
        flat = half[axis] - round_[axis]
        edge = flat + round_[axis] * turn
        inner = np.linspace(-flat, flat, cells[axis] + 1)
        steps.append(np.concatenate([-edge[::-1], inner, edge]))
    points: list[Array] = []
    normals: list[Array] = []
    for axis in range(3):
        first, second = (axis + 1) % 3, (axis + 2) % 3
        for side in (-1.0, 1.0):
            u, v = np.meshgrid(steps[first], steps[second], indexing="ij")
            cube = np.empty((*u.shape, 3))
            cube[..., axis], cube[..., first], cube[..., second] = side * half[axis], u, v
            core = np.clip(cube, -(half - round_), half - round_)
            out = (cube - core) / round_
            out /= np.linalg.norm(out, axis=2, keepdims=True)
            grid, normal = middle + core + out * round_, out / round_
            normal /= np.linalg.norm(normal, axis=2, keepdims=True)
            if bend is not None:
                grid, normal = _bent(grid, normal, bend)
            order = ((0, 0), (1, 0), (1, 1), (0, 1))
            order = order if side > 0 else order[::-1]
            for result, source in ((points, grid), (normals, normal)):
                corners = [
                    source[i : i + source.shape[0] - 1, j : j + source.shape[1] - 1]
                    for i, j in order
                ]
                result.append(np.stack(corners, axis=2).reshape(-1, 4, 3))
    return Mesh(np.concatenate(points), np.concatenate(normals))


def _bent(grid: Array, normal: Array, bend: Warp) -> tuple[Array, Array]:
    """Bend a grid of points, and its normals by the cofactors of the bend's derivative."""
    points, flat = grid.reshape(-1, 3), normal.reshape(-1, 3)
    step = 1e-4
    columns = [
        (bend(points + step * axis) - bend(points - step * axis)) / (2 * step) for axis in np.eye(3)
    ]
    cofactors = [np.cross(columns[(i + 1) % 3], columns[(i + 2) % 3]) for i in range(3)]
    turned = sum(cofactors[i] * flat[:, i : i + 1] for i in range(3))
    turned = np.asarray(turned / np.linalg.norm(turned, axis=1, keepdims=True))
    return bend(points).reshape(grid.shape), turned.reshape(normal.shape)


def tread(x: float, y: float, radius: float, width: float) -> Mesh:
    """Make the tread of a wheel that stands on the road, its axle across the vehicle.

    Args:
        x: Its middle along the vehicle, metres.
        y: Its middle across the vehicle, metres.
        radius: Its radius, metres.
        width: The width of its tyre, metres.
    """
    rim = _circle()
    across = np.array([0.0, width / 2, 0.0])
    centre = np.array([x, y, radius])
    left, right = centre + rim * radius + across, centre + rim * radius - across
    return Mesh(
        np.stack([right[1:], right[:-1], left[:-1], left[1:]], axis=1),
        np.stack([rim[1:], rim[:-1], rim[:-1], rim[1:]], axis=1),
    )


def disc(x: float, y: float, radius: float) -> Mesh:
    """Make the outer face of a wheel that stands on the road, at y to its vehicle's left.

    Args:
        x: Its middle along the vehicle, metres.
        y: Where it lies across the vehicle, metres; it faces away from the vehicle.
        radius: Its radius, metres.
    """
    hub = np.array([x, y, radius])
    edge = hub + _circle() * radius
    first, second = (edge[1:], edge[:-1]) if y > 0 else (edge[:-1], edge[1:])
    middle = np.broadcast_to(hub, first.shape)
    points = np.stack([middle, first, (first + second) / 2, second], axis=1)
    return Mesh(points, np.broadcast_to([0.0, np.sign(y), 0.0], points.shape))


def _circle() -> Array:
    turn = np.linspace(0, 2 * np.pi, 25)
    return np.stack([np.cos(turn), np.zeros_like(turn), np.sin(turn)], axis=1)
