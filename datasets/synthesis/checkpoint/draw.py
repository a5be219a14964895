"""Takes the picture of a solid: which cell each pixel sees, and the light that comes from it.

Cells are drawn as numbers, and light is worked out per visible pixel afterwards (deferred
shading; T. Saito, T. Takahashi, "Comprehensible Rendering of 3-D Shapes", SIGGRAPH 1990).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import cos, sin, sqrt

import cv2
import numpy as np

from datasets.synthesis.camera import Camera
from datasets.synthesis.checkpoint.coats import Coat, Painter
from datasets.synthesis.checkpoint.shapes import Mesh
from datasets.synthesis.light import Light
from datasets.synthesis.types import Array, Image, Whole

_MOST_PIXELS = 100_000  # of one solid, drawn larger than needed and shrunk to smooth its edges
_NEAREST_M = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A convex piece of a vehicle.

    Attributes:
        mesh: Its surface.
        paint: Its look.
        layer: Higher layers hide lower ones; within a layer the nearer hides the farther.
    """

    mesh: Mesh
    paint: Painter
    layer: int = 1


@dataclass(frozen=True, slots=True)
class Place:
    """Where a vehicle stands, seen from the camera's foot.

    Attributes:
        forward_m: Its middle ahead of the camera, metres.
        left_m: Its middle to the left of the camera, metres.
        yaw: Its direction of travel against the camera's view, radians to the left.
    """

    forward_m: float
    left_m: float
    yaw: float

    @property
    def turn(self) -> Array:
        """(3, 3) from vehicle axes to the camera's forward, left, up."""
        return np.array(
            [
                [cos(self.yaw), -sin(self.yaw), 0.0],
                [sin(self.yaw), cos(self.yaw), 0.0],
                [0.0, 0.0, 1.0],
            ]
        )

    def to_camera(self, points: Array) -> Array:
        """Turn (N, 3) vehicle axes into (N, 3) forward, left, up of the camera's foot."""
        return np.asarray(points @ self.turn.T + [self.forward_m, self.left_m, 0.0])


@dataclass(frozen=True)
class Lighting:
    """What a passage is seen by.

    Attributes:
        light: Sun, sky and haze of the day.
        towards_sun: (3,) unit vector, forward, left, up of the camera.
        daylight: (3,) share of blue, green and red daylight that is left; ones by day.
        flash: Light of the camera's own lamp at 10 m, as a share of full daylight.
        ground: (3,) BGR of the road.
    """

    light: Light
    towards_sun: tuple[float, float, float]
    daylight: tuple[float, float, float]
    flash: float
    ground: tuple[float, float, float]

    @property
    def lamps(self) -> bool:
        """Whether it is so dark that vehicles have their lamps on."""
        return sum(self.daylight) < 1.8

    def level(self, distance_m: float) -> Array:
        """(3,) light at a distance from the camera, as a share of full daylight."""
        return np.array(self.daylight) + self.flash / max(distance_m / 10, 0.5) ** 2

    @cached_property
    def sky(self) -> Array:
        """(3,) BGR of the sky overhead."""
        clear, grey = np.array([0.86, 0.66, 0.46]), np.full(3, 0.72)
        return np.asarray(clear + (grey - clear) * self.light.overcast, np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Canvas:
    """A picture in the making.

    Attributes:
        image: (H, W, 3) BGR.
        glow: (H, W, 3) BGR of lamps, that dazzles the camera afterwards.
        owner: (H, W) which solid each pixel sees; -1 for none.
    """

    image: Image
    glow: Image
    owner: Whole


def draw_solid(
    canvas: Canvas,
    number: int,
    parts: Sequence[Part],
    place: Place,
    camera: Camera,
    lighting: Lighting,
) -> int:
    """Draw a solid over what is there; draw far ones first.

    Args:
        canvas: Drawn on.
        number: What it is called in the canvas' ``owner``, >= 0.
        parts: Its pieces.
        place: Where it stands.
        camera: The camera.
        lighting: The light.

    Returns:
        How many pixels of the picture it covers; 0 when it is out of view.
    """
    ordered = _back_to_front(parts, place, camera)
    points = np.concatenate([part.mesh.points for part in ordered])
    pixels = camera.project(place.to_camera(points.reshape(-1, 3)))
    nearest = place.to_camera(points.reshape(-1, 3))[:, 0].min()
    if nearest < _NEAREST_M or not np.isfinite(pixels).all():
        return 0
    limits = np.array([camera.width, camera.height])
    x0, y0 = np.clip(np.floor(pixels.min(axis=0)) - 1, 0, limits).astype(int).tolist()
    x1, y1 = np.clip(np.ceil(pixels.max(axis=0)) + 2, 0, limits).astype(int).tolist()
    if x1 - x0 < 2 or y1 - y0 < 2:
        return 0
    scale = float(np.clip(sqrt(_MOST_PIXELS / ((x1 - x0) * (y1 - y0))), 1, 2))
    size = (round((x1 - x0) * scale), round((y1 - y0) * scale))
    stretch = np.array([size[0] / (x1 - x0), size[1] / (y1 - y0)])
    eye = (np.array([0, 0, camera.height_m]) - [place.forward_m, place.left_m, 0]) @ place.turn
    cells = _cells(((pixels - [x0, y0] + 0.5) * stretch - 0.5).reshape(-1, 4, 2), points, eye, size)
    rows, columns = np.nonzero(cells >= 0)
    if not len(rows):
        return 0
    # Part after part, so that each one's pixels lie side by side.
    part_of = _part_of(ordered)[cells[rows, columns]]
    order = np.argsort(part_of, kind="stable")
    rows, columns, part_of = rows[order], columns[order], part_of[order]
    seen = np.stack([columns, rows], axis=1)
    rays = camera.rays((seen + 0.5) / stretch - 0.5 + [x0, y0]) @ place.turn
    ends = np.searchsorted(part_of, np.arange(len(ordered)), side="right")
    sight = _Sight(cells[rows, columns], ends, eye, rays, camera.focal_px * scale)
    colour, glow = _shade(ordered, sight, place, lighting)
    planes = [(canvas.image, colour)] + ([(canvas.glow, glow)] if lighting.lamps else [])
    for plane, values in planes:
        layer = np.zeros((size[1], size[0], 4), np.float32)
        layer[rows, columns, :3], layer[rows, columns, 3] = values, 1
        part = cv2.resize(layer, (x1 - x0, y1 - y0), interpolation=cv2.INTER_AREA)
        view, cover = plane[y0:y1, x0:x1], part[..., 3:]
        view[:] = np.clip(view * (1 - cover) + part[..., :3] * 255, 0, 255).astype(np.uint8)
    mine = cover[..., 0] > 0.5
    canvas.owner[y0:y1, x0:x1][mine] = number
    return int(np.count_nonzero(mine))


def _back_to_front(parts: Sequence[Part], place: Place, camera: Camera) -> list[Part]:
    eye = np.array([0.0, 0.0, camera.height_m])

    def order(part: Part) -> tuple[int, float]:
        middle = place.to_camera(part.mesh.points.reshape(-1, 3)).mean(axis=0)
        return part.layer, -float(np.linalg.norm(middle - eye))

    return sorted(parts, key=order)


def _cells(pixels: Array, points: Array, eye: Array, size: tuple[int, int]) -> Whole:
    """(H, W) int32 number of the cell that each pixel sees, -1 for none.

    Args:
        pixels: (Q, 4, 2) corners in the drawing.
        points: (Q, 4, 3) corners on the vehicle.
        eye: (3,) the camera in vehicle axes.
        size: Width, height of the drawing.
    """
    across = np.cross(points[:, 2] - points[:, 0], points[:, 3] - points[:, 1])
    facing = np.einsum("qk,qk->q", across, eye - points.mean(axis=1)) > 0
    cells = np.full((size[1], size[0]), -1, np.int32)
    corners = np.clip(np.round(pixels * 16), -(1 << 20), 1 << 20).astype(np.int32)
    for index in np.flatnonzero(facing).tolist():
        cv2.fillConvexPoly(cells, corners[index], index, cv2.LINE_8, 4)
    return cells


@dataclass(frozen=True, slots=True, eq=False)
class _Sight:
    """What the pixels see, part after part.

    Attributes:
        cells: (N,) number of the cell.
        ends: Where the pixels of each part end.
        eye: (3,) the camera in vehicle axes.
        rays: (N, 3) direction of each pixel in vehicle axes, 1 long along the optical axis.
        focal_px: Focal length in pixels of the drawing.
    """

    cells: Whole
    ends: Whole
    eye: Array
    rays: Array
    focal_px: float


def _part_of(parts: Sequence[Part]) -> Whole:
    """(Q,) number of the part that each cell belongs to."""
    sizes = [len(part.mesh.points) for part in parts]
    return np.repeat(np.arange(len(parts), dtype=np.uint8), sizes)


def _shade(
    parts: Sequence[Part], sight: _Sight, place: Place, lighting: Lighting
) -> tuple[Array, Array]:
    """(N, 3) BGR and (N, 3) glow of the pixels that see the cells."""
    rays = sight.rays.astype(np.float32)
    point, normal, reach = _meet(parts, sight.cells, sight.eye.astype(np.float32), rays)
    pixel_m = reach / np.float32(sight.focal_px)
    coats = []
    for part, first, last in zip(parts, [0, *sight.ends[:-1]], sight.ends, strict=True):
        coat = Coat(point[first:last], normal[first:last], pixel_m[first:last])
        if last > first:
            part.paint(coat)
        coats.append(coat)
    colour, mirror, glow = (
        np.concatenate([getattr(coat, name) for coat in coats])
        for name in ("colour", "mirror", "glow")
    )
    turn = place.turn.T.astype(np.float32)
    rays /= np.linalg.norm(rays, axis=1, keepdims=True)
    sent = _lit(colour, mirror[:, None], point, normal @ turn, rays @ turn, lighting)
    distance = float(np.linalg.norm(sight.eye))
    haze = np.float32(1 - np.exp(-distance / lighting.light.visibility_m))
    sent += (lighting.light.sky_colour.astype(np.float32) - sent) * haze
    sent *= lighting.level(distance).astype(np.float32)
    if lighting.lamps:
        sent = np.clip(sent, 0, 1) * (1 - glow) + glow
    return np.clip(sent, 0, 1), glow


def _meet(
    parts: Sequence[Part], cells: Whole, eye: Array, rays: Array
) -> tuple[Array, Array, Array]:
    """Where the pixels' rays meet their cells: (N, 3) point, (N, 3) normal, (N,) reach."""
    points = np.concatenate([part.mesh.points for part in parts]).astype(np.float32)
    normals = np.concatenate([part.mesh.normals for part in parts]).astype(np.float32)
    flat = np.cross(points[:, 2] - points[:, 0], points[:, 3] - points[:, 1])
    flat /= np.linalg.norm(flat, axis=1, keepdims=True) + np.float32(1e-12)
    middle = points.mean(axis=1)
    distance = ((middle - eye) * flat).sum(axis=1, keepdims=True)
    # The position in a cell along its two middle lines, which need not be at right angles.
    side = (points[:, 1] + points[:, 2] - points[:, 0] - points[:, 3]) / 2
    up = (points[:, 2] + points[:, 3] - points[:, 0] - points[:, 1]) / 2
    ss, uu, su = ((a * b).sum(1, keepdims=True) for a, b in ((side, side), (up, up), (side, up)))
    area = ss * uu - su**2 + np.float32(1e-12)
    across, along = (side * uu - up * su) / area, (up * ss - side * su) / area
    n0, n1, n2, n3 = (normals[:, corner] for corner in range(4))
    table = np.hstack(
        [flat, distance, middle, across, along, n0, n1 - n0, n3 - n0, n0 - n1 + n2 - n3]
    )
    row = table[cells]
    slope = np.minimum((row[:, :3] * rays).sum(axis=1), np.float32(-1e-4))
    reach = row[:, 3] / slope
    point = rays * reach[:, None] + eye
    offset = point - row[:, 4:7]
    u = np.clip((offset * row[:, 7:10]).sum(1, keepdims=True) + np.float32(0.5), 0, 1)
    v = np.clip((offset * row[:, 10:13]).sum(1, keepdims=True) + np.float32(0.5), 0, 1)
    normal = row[:, 13:16] + u * row[:, 16:19] + v * row[:, 19:22] + (u * v) * row[:, 22:25]
    normal /= np.linalg.norm(normal, axis=1, keepdims=True) + np.float32(1e-6)
    return point, normal, reach


def _lit(
    colour: Array, mirror: Array, point: Array, normal: Array, view: Array, lighting: Lighting
) -> Array:
    """(N, 3) BGR by full daylight: scattered sun and sky, and what the surface mirrors."""
    share = np.float32(lighting.light.sun_share)
    sun = np.array(lighting.towards_sun, np.float32)
    ground = np.array(lighting.ground, np.float32)
    # Near the road less sky is seen, and what comes up from it is the road's own grey.
    open_ = np.clip(np.float32(0.35) + point[:, 2:] * np.float32(0.9), 0.35, 1)
    sky = np.float32(0.5) + np.float32(0.5) * normal[:, 2:]
    ambient = ground * np.float32(0.9) + sky * (np.float32(1.05) - ground * np.float32(0.9))
    ambient *= open_ * (1 - np.float32(0.55) * share)
    ambient += np.clip(normal @ sun, 0, 1)[:, None] * (np.float32(1.5) * share)
    sent = np.asarray(colour * ambient)
    shiny = np.flatnonzero(mirror[:, 0] > 0.01)
    mirror, normal, view = mirror[shiny], normal[shiny], view[shiny]
    facing = np.clip(-np.einsum("nk,nk->n", normal, view), 0, 1)[:, None]
    bounced = view + 2 * facing * normal
    # Schlick 1994, "An Inexpensive BRDF Model for Physically-based Rendering".
    reflected = mirror + (1 - mirror) * np.float32(0.7) * (1 - facing) ** 5
    glare = np.clip(bounced @ sun, 0, 1)[:, None] ** 220 * (6 * share)
    around = _surroundings(bounced, lighting, ground) * open_[shiny]
    sent[shiny] = sent[shiny] * (1 - reflected) + reflected * around + glare
    return sent


def _surroundings(direction: Array, lighting: Lighting, ground: Array) -> Array:
    """(N, 3) BGR that comes from a direction: sky, a wavy line of woods, or the road."""
    up = direction[:, 2:]
    azimuth = np.arctan2(direction[:, 1], direction[:, 0])[:, None]
    horizon = lighting.light.sky_colour.astype(np.float32)
    sky = horizon + (lighting.sky - horizon) * np.sqrt(np.clip(up, 0, 1))
    ragged = np.float32(0.05) * np.sin(azimuth * 9) + np.float32(0.04) * np.sin(azimuth * 23 + 1)
    woods = np.array([0.20, 0.26, 0.22], np.float32)
    seen = woods + (sky - woods) * np.clip((up - np.float32(0.14) - ragged) * 14 + 0.5, 0, 1)
    return np.asarray(seen + (ground * np.float32(0.8) - seen) * np.clip(0.5 - up * 25, 0, 1))


def cast_shadow(
    image: Image, parts: Sequence[Part], place: Place, camera: Camera, lighting: Lighting
) -> None:
    """Darken the road under and beside a solid; do so for all before any is drawn.

    Args:
        image: (H, W, 3) BGR, drawn on.
        parts: The solid's pieces.
        place: Where it stands.
        camera: The camera.
        lighting: The light.
    """
    points = place.to_camera(np.concatenate([part.mesh.points.reshape(-1, 3) for part in parts]))
    if points[:, 0].min() < _NEAREST_M:
        return
    low = points[points[:, 2] < 1.2, :2]
    middle = low.mean(axis=0)
    pixel_m = float(np.linalg.norm([*middle, camera.height_m])) / camera.focal_px
    for grown, soft_m, strength in ((1.02, 0.12, 0.7), (1.1, 0.5, 0.35)):
        _darken(image, middle + (low - middle) * grown, camera, soft_m / pixel_m, strength)
    sun = np.array(lighting.towards_sun)
    reach = points[:, :2] - sun[:2] / max(float(sun[2]), 0.15) * points[:, 2:]
    strength = lighting.light.sun_share * 0.95
    if strength > 0.05 and not lighting.lamps:
        _darken(image, reach, camera, 0.05 / pixel_m, strength)


def _darken(image: Image, ground: Array, camera: Camera, soft_px: float, strength: float) -> None:
    """Darken what lies within the hull of (N, 2) points on the road."""
    ground = np.column_stack([np.maximum(ground[:, 0], 0.5), ground[:, 1]])
    hull = cv2.convexHull(camera.project(ground).astype(np.float32))[:, 0]
    margin = 3 * soft_px + 2
    limits = np.array([camera.width, camera.height])
    x0, y0 = np.clip(hull.min(axis=0) - margin, 0, limits).astype(int).tolist()
    x1, y1 = np.clip(hull.max(axis=0) + margin, 0, limits).astype(int).tolist()
    if x0 >= x1 or y0 >= y1:
        return
    # A soft edge needs no more than a few samples across.
    shrink = max(1.0, soft_px / 4)
    mask = np.zeros((int((y1 - y0) / shrink) + 1, int((x1 - x0) / shrink) + 1), np.uint8)
    corners = np.round((hull - [x0, y0]) / shrink * 8).astype(np.int32)
    cv2.fillConvexPoly(mask, corners, 255, cv2.LINE_AA, 3)
    soft = cv2.GaussianBlur(mask, (0, 0), max(soft_px / shrink, 0.6))
    cover = cv2.resize(soft, (x1 - x0, y1 - y0)).astype(np.float32) * np.float32(strength / 255)
    view = image[y0:y1, x0:x1]
    view[:] = cv2.multiply(view, cv2.merge([1 - cover] * 3), dtype=cv2.CV_8U)
