"""What defects look like from above: textures laid over the road's surface."""

from dataclasses import dataclass
from itertools import pairwise
from zlib import crc32

import cv2
import numpy as np

from datasets.synthesis.defects import Defect
from datasets.synthesis.light import Light
from datasets.synthesis.texture import Texture, noise
from datasets.synthesis.types import Array, Image

TEXEL_M = 0.005


@dataclass(frozen=True)
class Patch:
    """A defect (or its repair) as the road shows it.

    Attributes:
        colour: BGRA texture; alpha is how far it hides the road.
        depth: Depth below the road as a texture, 255 for ``depth_m``; None if it is flat.
        depth_m: Greatest depth, metres.
        outline: (N, 2) along, across of its rim on the road, metres.
    """

    colour: Texture
    depth: Texture | None
    depth_m: float
    outline: Array


@dataclass(frozen=True)
class Relief:
    """A pothole before light falls on it; arrays are (rows along, columns across) float32.

    Attributes:
        along_m: Where row 0 lies along the road, metres.
        across_m: Where column 0 lies across the road, metres.
        depth: Depth below the road, metres.
        albedo: (rows, columns, 3) BGR, 0 to 1.
        cover: How far it hides the road, 0 to 1.
        water: Where water stands, 0 to 1.
        outline: (N, 2) along, across of the rim, metres.
    """

    along_m: float
    across_m: float
    depth: Array
    albedo: Array
    cover: Array
    water: Array
    outline: Array


def _rng(defect: Defect, seed: int) -> np.random.Generator:
    return np.random.default_rng([seed, crc32(defect.id.encode())])


def _grid(defect: Defect, margin: float) -> tuple[Array, Array]:
    """Offsets along (rows, 1) and across (1, columns) from the defect's centre, metres."""
    half = np.array([defect.length_m, defect.width_m]) / 2 + margin
    rows, columns = (np.arange(-h, h, TEXEL_M, dtype=np.float32) for h in half)
    return rows[:, None], columns[None, :]


def _outline(mask: Array, along: Array, across: Array, defect: Defect) -> Array:
    """The hull of a mask, along and across on the road."""
    rows, columns = np.nonzero(mask > 0.5)
    hull = cv2.convexHull(np.stack([columns, rows], axis=1).astype(np.int32))[:, 0]
    return np.stack(
        [
            along[hull[:, 1], 0] + np.float32(defect.along_m),
            across[0, hull[:, 0]] + np.float32(defect.across_m),
        ],
        axis=1,
    ).astype(float)


def _texture(bgra: Array, along: Array, across: Array, defect: Defect) -> Texture:
    return Texture(
        np.asarray(np.clip(bgra * 255, 0, 255), np.uint8),
        float(along[0, 0]) + defect.along_m,
        float(across[0, 0]) + defect.across_m,
        (TEXEL_M, TEXEL_M),
    )


def pothole_relief(defect: Defect, seed: int, asphalt: Array) -> Relief:
    """Form a pothole: an irregular rim, a steep broken edge, a rough floor, loose gravel.

    Args:
        defect: The pothole.
        seed: The scene's seed.
        asphalt: (3,) BGR of the road's surface, 0 to 1.
    """
    rng = _rng(defect, seed)
    along, across = _grid(defect, 0.45)
    shape = (along.size, across.size)

    angles = np.linspace(-np.pi, np.pi, 721)
    radius = np.ones_like(angles)
    for waves in range(2, 12):
        size = 0.26 / waves**1.1 * rng.normal()
        radius += size * np.cos(waves * angles + rng.uniform(0, 2 * np.pi))
    radius = np.clip(radius, 0.6, 1.5)
    u, v = radius * np.cos(angles), radius * np.sin(angles)
    u_mid, v_mid = (u.max() + u.min()) / 2, (v.max() + v.min()) / 2
    rows = along / (defect.length_m / 2) * np.float32(np.ptp(u) / 2) + np.float32(u_mid)
    columns = across / (defect.width_m / 2) * np.float32(np.ptp(v) / 2) + np.float32(v_mid)
    reach = np.interp(np.arctan2(columns, rows), angles, radius).astype(np.float32)
    size_m = np.float32(min(defect.length_m, defect.width_m) / 2)
    inside = (1 - np.hypot(rows, columns) / reach) * size_m
    inside += 0.010 * noise(rng, shape, (12, 12)) + 0.003 * noise(rng, shape, (4, 4))
    hole = np.clip(inside / 0.006 + 0.5, 0, 1)

    # Broken layers make the edge a step or two rather than a bowl.
    wall = float(rng.uniform(0.03, 0.09))
    bowl = np.clip(inside / wall, 0, 1) * 0.75 + np.clip(inside / (size_m * 0.8), 0, 1) * 0.25
    rough = 0.10 * noise(rng, shape, (24, 24)) + 0.05 * noise(rng, shape, (6, 6))
    depth = defect.depth_m * np.clip(bowl + bowl * rough, 0, 1) * hole

    tone = float(rng.choice([0.6, 0.75, 1.35], p=[0.35, 0.3, 0.35]))
    soil = np.array([0.30, 0.40, 0.52], np.float32) * float(rng.uniform(0.85, 1.2))
    share = float(rng.choice([0.0, 0.25, 0.6], p=[0.5, 0.3, 0.2]))
    floor = (asphalt * tone * (1 - share) + soil * share).astype(np.float32)
    stones = 1 + 0.13 * noise(rng, shape, (3, 3)) + 0.12 * noise(rng, shape, (8, 8))
    stones += 0.10 * noise(rng, shape, (40, 40))
    albedo = floor * stones[..., None]
    broken = np.clip(1 - np.abs(inside - 0.4 * wall) / (0.7 * wall), 0, 1)
    albedo *= 1 - 0.6 * broken[..., None]

    # The rim is paler where the top layer has frayed; loose stones lie around it.
    ring = np.clip(1 + inside / 0.05, 0, 1) * (inside < 0)
    frayed = np.clip(0.6 + 0.7 * noise(rng, shape, (14, 14)), 0, 1)
    cover = np.maximum(hole, 0.55 * ring * frayed)
    pale = asphalt.astype(np.float32) * float(rng.uniform(1.1, 1.4))
    albedo = np.where(hole[..., None] > 0.5, albedo, pale * stones[..., None])
    near = np.clip(1 + inside / 0.40, 0, 1) ** 2
    gravel = noise(rng, shape, (2.5, 2.5)) + 0.5 * noise(rng, shape, (30, 30))
    loose = (gravel > 2.35 - 0.9 * near) & (inside < 0) & (near > 0.02)
    cover = np.maximum(cover, 0.8 * loose)
    albedo = np.where(loose[..., None], pale * 1.15, albedo)
    shade = np.roll(loose, 2, axis=0) & ~loose & (inside < 0)
    cover = np.maximum(cover, 0.5 * shade)
    albedo = np.where(shade[..., None], asphalt.astype(np.float32) * 0.45, albedo)

    level = defect.depth_m * (1 - defect.water)
    water = np.clip((depth - level) / 0.004, 0, 1) * (defect.water > 0)
    depth = np.minimum(depth, level) if defect.water > 0 else depth
    return Relief(
        float(along[0, 0]) + defect.along_m,
        float(across[0, 0]) + defect.across_m,
        cv2.GaussianBlur(depth.astype(np.float32), (0, 0), 0.8),
        albedo.astype(np.float32),
        cover.astype(np.float32),
        water.astype(np.float32),
        _outline(hole, along, across, defect),
    )


def light_relief(relief: Relief, light: Light, road_direction: float) -> Patch:
    """Let daylight fall on a pothole.

    Lambert's law on the slopes, shadows by walking towards the sun, and ambient light that
    reaches less into the corners.

    Args:
        relief: The pothole.
        light: The daylight.
        road_direction: Direction of the road there, radians counter-clockwise from east.
    """
    depth = relief.depth
    towards = light.towards_sun(road_direction)
    slope_along = np.gradient(depth, TEXEL_M, axis=0)
    slope_across = np.gradient(depth, TEXEL_M, axis=1)
    steep = np.sqrt(1 + slope_along**2 + slope_across**2)
    lambert = (slope_along * towards[0] + slope_across * towards[1] + towards[2]) / steep

    flat = np.hypot(towards[0], towards[1])
    rise = towards[2] / max(flat, 1e-6)
    lit = np.ones_like(depth)
    step = 2.0
    for count in range(1, 1 + int(float(depth.max()) / max(rise, 0.05) / (step * TEXEL_M)) + 1):
        move = count * step / max(flat, 1e-6)
        shift = np.array([[1, 0, towards[1] * move], [0, 1, towards[0] * move]])
        ahead = cv2.warpAffine(
            depth,
            shift,
            depth.shape[::-1],
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_CONSTANT,
        )
        clear = depth - ahead - count * step * TEXEL_M * rise
        lit = np.minimum(lit, np.clip(1 - clear / 0.004, 0, 1))
    around = cv2.GaussianBlur(depth, (0, 0), 0.05 / TEXEL_M)
    open_sky = np.exp(-np.clip(depth - 0.45 * around, 0, None) / 0.045) * np.minimum(
        1.0, 0.35 + 0.65 / steep
    )
    share = light.sun_share
    shade = (1 - share) * open_sky + share * lit * np.clip(lambert, 0, None) / towards[2]
    colour = relief.albedo * np.clip(shade, 0.03, 1.6)[..., None]
    mirror = (0.30 * light.sky_colour + np.array([0.10, 0.13, 0.15])).astype(np.float32)
    colour += (mirror - colour) * (0.85 * relief.water)[..., None]
    bgra = np.dstack([colour, relief.cover])
    deepest = max(float(depth.max()), 1e-3)
    place = (relief.along_m, relief.across_m, (TEXEL_M, TEXEL_M))
    return Patch(
        Texture(np.asarray(np.clip(bgra * 255, 0, 255), np.uint8), *place),
        Texture(np.asarray(depth / deepest * 255, np.uint8), *place),
        deepest,
        relief.outline,
    )


def crack_patch(defect: Defect, seed: int, asphalt: Array) -> Patch:
    """Draw a crack area: a net of polygons, or a wandering line with branches.

    Args:
        defect: The crack area.
        seed: The scene's seed.
        asphalt: (3,) BGR of the road's surface, 0 to 1.
    """
    rng = _rng(defect, seed)
    along, across = _grid(defect, 0.1)
    shape = (along.size, across.size)
    draw = _alligator if defect.pattern == "alligator" else _wandering
    lines = draw(shape, rng).astype(np.float32) / 255
    columns, rows = np.meshgrid(*(np.arange(size, dtype=np.float32) for size in shape[::-1]))
    for plane in (columns, rows):
        plane += 2 * noise(rng, shape, (7, 7)) + 5 * noise(rng, shape, (30, 30))
    lines = np.asarray(cv2.remap(lines, columns, rows, cv2.INTER_LINEAR), np.float32)
    lines *= np.clip(0.9 + 0.45 * noise(rng, shape, (25, 25)), 0.2, 1)
    lines[np.abs(along[:, 0]) > defect.length_m / 2] = 0
    lines[:, np.abs(across[0]) > defect.width_m / 2] = 0
    worn = cv2.GaussianBlur((lines > 0.2).astype(np.float32), (0, 0), 0.06 / TEXEL_M)
    dust = float(rng.choice([0.75, 1.15]))
    alpha = np.maximum(0.95 * lines, np.clip(worn, 0, 0.25))
    tone = np.where(lines > 0.12, 0.18 + 0.15 * (1 - lines), dust)
    bgra = np.dstack([asphalt.astype(np.float32) * tone[..., None], alpha])
    return Patch(
        _texture(bgra, along, across, defect),
        None,
        0.0,
        _outline((lines > 0.35).astype(np.float32), along, across, defect),
    )


def _stroke(canvas: Image, points: Array, wide: float, rng: np.random.Generator) -> None:
    """Draw a crack through (N, 2) x, y, finer here and wider there, with broken-out spots."""
    for start, end in pairwise(np.round(points).astype(int).tolist()):
        thickness = int(np.clip(round(rng.normal(wide, 0.6)), 1, 6))
        cv2.line(canvas, start, end, int(rng.uniform(170, 255)), thickness, cv2.LINE_AA)
        if rng.random() < 0.07:
            axes = (int(rng.uniform(2, 9)), int(rng.uniform(2, 6)))
            cv2.ellipse(canvas, start, axes, rng.uniform(0, 180), 0, 360, 255, -1, cv2.LINE_AA)


def _alligator(shape: tuple[int, int], rng: np.random.Generator) -> Image:
    """The edges of random polygons, fewer towards the rim of the area."""
    cell = rng.uniform(0.12, 0.26) / TEXEL_M
    stretch = rng.uniform(0.8, 1.4)
    wide = rng.uniform(1.5, 3.2)
    canvas = np.zeros(shape, np.uint8)
    fading = 1 - np.maximum(
        np.abs(np.linspace(-1, 1, shape[0]))[:, None] ** 4,
        np.abs(np.linspace(-1, 1, shape[1]))[None, :] ** 4,
    )
    keep = fading + 0.45 * noise(rng, shape, (150, 100))
    margin = int(3 * cell)
    width, height = shape[1] + 2 * margin, shape[0] + 2 * margin
    net = cv2.Subdiv2D((0, 0, width, height))
    across, along = np.meshgrid(
        np.arange(cell, width - cell, cell), np.arange(cell, height - cell, cell * stretch)
    )
    sites = np.stack([across.ravel(), along.ravel()], axis=1)
    sites += rng.uniform(-0.42, 0.42, sites.shape) * cell
    net.insert(np.clip(sites, 1, [width - 2, height - 2]).astype(np.float32))
    facets, _ = net.getVoronoiFacetList([])
    last = np.array(shape[::-1]) - 1
    for facet in facets:
        corners = np.asarray(facet) - margin
        for start, end in zip(corners, np.roll(corners, -1, axis=0), strict=True):
            if tuple(start) > tuple(end):
                continue  # each edge belongs to two facets
            x, y = np.minimum(np.maximum((start + end) / 2, 0), last).astype(int)
            if keep[y, x] > rng.uniform(0.05, 0.75):
                _stroke(canvas, np.array([start, end]), wide, rng)
    return canvas


def _wandering(shape: tuple[int, int], rng: np.random.Generator) -> Image:
    """A line through the longer side of the area that wanders and branches."""
    canvas = np.zeros(shape, np.uint8)
    lengthwise = shape[0] > shape[1]
    run, room = shape if lengthwise else shape[::-1]
    steps = np.arange(0, run, 8)

    def trace(first: float, start: float, end: float, wide: float) -> None:
        part = steps[(steps >= start) & (steps < end)]
        drift = first + np.cumsum(rng.normal(0, 3, part.size))
        drift += 0.12 * room * np.sin(part / run * rng.uniform(2, 9) + rng.uniform(0, 6))
        points = np.stack([np.clip(drift, 0.06 * room, 0.94 * room), part], axis=1)
        _stroke(canvas, points if lengthwise else points[:, ::-1], wide, rng)

    trace(room * rng.uniform(0.35, 0.65), 0, run, 2.8)
    for _ in range(int(rng.integers(3, 8))):
        start = rng.uniform(0, 0.8) * run
        length = rng.uniform(0.1, 0.35) * run
        trace(room * rng.uniform(0.1, 0.9), start, start + length, 1.6)
    return canvas


def repair_patch(defect: Defect, seed: int, asphalt: Array) -> Patch:
    """Lay new asphalt over a defect: a darker rectangle with a sealed edge.

    Args:
        defect: What was repaired.
        seed: The scene's seed.
        asphalt: (3,) BGR of the road's surface, 0 to 1.
    """
    rng = _rng(defect, seed + 1)
    along, across = _grid(defect, 0.25)
    shape = (along.size, across.size)
    wobble = 0.01 * noise(rng, shape, (40, 40))
    inside = np.minimum(
        defect.length_m / 2 + 0.2 - np.abs(along), defect.width_m / 2 + 0.2 - np.abs(across)
    )
    inside = inside + wobble
    cover = np.clip(inside / 0.01, 0, 1)
    tone = 0.72 + 0.05 * noise(rng, shape, (4, 4)) - 0.18 * np.exp(-((inside / 0.03) ** 2))
    bgra = np.dstack([asphalt.astype(np.float32) * tone[..., None], cover])
    return Patch(
        _texture(bgra, along, across, defect),
        None,
        0.0,
        _outline(cover, along, across, defect),
    )
