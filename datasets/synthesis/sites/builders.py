"""Draws structures of each kind from a random generator, a size and how far they are built.

Each is drawn in its own axes: x to the right, y up, and -z towards where it is seen from; on the
ground or a roof its origin is the middle of its floor, on a wall it is a point of the wall. All
that is random is drawn whatever the stage, so that a structure keeps its look while it grows.
"""

from typing import TypeAlias

import numpy as np

from datasets.synthesis.sites.material import Material, material
from datasets.synthesis.sites.raster import Patch
from datasets.synthesis.sites.solids import box, gable, placed, rectangle, slope, triangle

Size: TypeAlias = tuple[float, float, float]
"""Width, height, depth in metres."""


def _steel(rng: np.random.Generator) -> Material:
    colours = ["blue", "white", "grey", "red", "green", "galvanised", "rusty"]
    share = [0.38, 0.16, 0.1, 0.12, 0.06, 0.12, 0.06]
    return material(f"steel:{rng.choice(colours, p=share)}", int(rng.integers(12)))


def _pick(rng: np.random.Generator, *names: str) -> Material:
    return material(str(rng.choice(names)), int(rng.integers(12)))


def _paint(rng: np.random.Generator, tone: float, spread: float) -> Material:
    blue, green, red = np.clip(tone + rng.normal(0, spread, 3), 0.05, 0.95)
    return material(f"plain:{blue:.1f},{green:.1f},{red:.1f}", int(rng.integers(12)))


def _posts(size: Size, thick: float, stuff: Material, columns: int, rows: int) -> list[Patch]:
    width, height, depth = size
    found: list[Patch] = []
    for x in np.linspace(-width / 2, width / 2 - thick, columns):
        for z in np.linspace(-depth / 2, depth / 2 - thick, rows):
            found += box((float(x), 0, float(z)), (thick, height, thick), stuff)
    return found


def _beams(size: Size, thick: float, stuff: Material) -> list[Patch]:
    width, height, depth = size
    found: list[Patch] = []
    for z in (-depth / 2, depth / 2 - thick):
        found += box((-width / 2, height - thick, z), (width, thick, thick), stuff, stuff)
    for x in np.linspace(-width / 2, width / 2 - thick, max(2, round(width / 2.5))):
        found += box((float(x), height - thick, -depth / 2), (thick, thick, depth), stuff, stuff)
    return found


def _opening(
    rng: np.random.Generator, size: Size, share: tuple[float, float], stuff: Material
) -> Patch:
    """A door or window in the front wall."""
    width, height, depth = size
    wide, tall = min(share[0], 0.6 * width), min(share[1], 0.85 * height)
    x = float(rng.uniform(-width / 2 + 0.2, width / 2 - wide - 0.2)) if width > wide + 0.5 else 0.0
    bottom = 0.0 if tall > 1.6 else 0.35 * height
    return rectangle(
        (x, bottom + tall, -depth / 2 - 0.02), (wide, 0, 0), (0, -tall, 0), stuff, stretched=True
    )


def shed(rng: np.random.Generator, size: Size, stage: float) -> list[Patch]:
    """Steel sheets on a frame: open, half open or closed; flat, sloping or pitched."""
    width, height, depth = size
    roof, walls = _steel(rng), _steel(rng)
    if rng.random() < 0.55:
        walls = roof
    posts = _paint(rng, 0.35, 0.05)
    closed, pitched = rng.random() < 0.65, rng.random() < 0.4
    rise = float(rng.uniform(0.12, 0.22)) * (depth if pitched else 0.7 * depth)
    door = _opening(rng, size, (rng.uniform(0.9, 3.0), 2.1), _paint(rng, 0.3, 0.15))
    window = _opening(rng, size, (1.2, 1.0), material("glass", int(rng.integers(12))))
    columns, rows = max(2, round(width / 3) + 1), max(2, round(depth / 4) + 1)
    found = _posts(size, 0.12, posts, columns, rows) + _beams(size, 0.1, posts)
    if stage < 0.35:
        return found
    share = min(1.0, (stage - 0.35) / 0.4)
    covered = (width * share, height, depth)
    if pitched:
        found += gable((-width / 2, height, -depth / 2), covered, rise, roof, walls)
    else:
        found.append(slope((-width / 2, height, -depth / 2), covered, rise, roof))
    if stage < 0.7:
        return found
    low, full = (-width / 2, 0.0, -depth / 2), box((-width / 2, 0, -depth / 2), size, walls)
    if not pitched:  # what the slope leaves open
        full += box((low[0], height, low[2]), (width, rise, depth), walls)[1:]
        right, back, left = full[4:]
        full[4:] = [_under_slope(right, depth, 1), back, _under_slope(left, depth, -1)]
    if closed:
        return found + full + ([door, window] if stage > 0.9 else [])
    return found + full[1:4] if rng.random() < 0.6 else found


def _under_slope(wall: Patch, depth: float, way: int) -> Patch:
    """The triangle between a level wall and a roof that falls towards -z."""
    tall = float(wall.outline[:, 1].max())
    points = (
        [[0, tall], [depth, tall], [depth, 0]] if way > 0 else [[0, 0], [depth, tall], [0, tall]]
    )
    return Patch(
        wall.origin, wall.across, wall.down, np.array(points, float), wall.material, wall.offset
    )


def brick_room(rng: np.random.Generator, size: Size, stage: float) -> list[Patch]:
    """Walls that grow course by course, then a slab or sheets on top."""
    width, height, depth = size
    walls = _pick(rng, "brick_red", "brick_red", "brick_grey", "blocks")
    roof = _pick(rng, "concrete", "bitumen") if rng.random() < 0.55 else _steel(rng)
    plastered = rng.random() < 0.3
    finish = _pick(rng, "plaster", "plaster", "concrete")
    door = _opening(rng, size, (1.0, 2.1), _paint(rng, 0.2, 0.12))
    window = _opening(rng, size, (1.4, 1.2), material("glass", int(rng.integers(12))))
    sloping = rng.random() < 0.4
    rise = float(rng.uniform(0.2, 0.7))
    pile = _pick(rng, "brick_red", "rubble")
    built = height * min(1.0, stage / 0.75)
    shell = finish if plastered and stage > 0.9 else walls
    low = (-width / 2, 0.0, -depth / 2)
    found = box(low, (width, built, depth), shell)
    inner = (low[0] + 0.24, 0.0, low[2] + 0.24)
    if stage < 0.78:
        found += box(inner, (width - 0.48, built, depth - 0.48), walls)
        found += [_rim(low, (width, built, depth), walls, side) for side in range(4)]
        if stage < 0.6:
            found += box((width / 2 + 0.3, 0, -depth / 2), (0.9, 0.7, 1.2), pile, pile)
        if built > 2.1:
            found.append(door)
        return found
    if sloping:
        found.append(slope((low[0], height, low[2]), size, rise, roof))
        found += box((low[0], height, -low[2] - 0.24), (width, rise, 0.24), shell)
    else:
        found += box((low[0] - 0.15, height, low[2] - 0.15), (width + 0.3, 0.15, depth + 0.3), roof,
                     roof)  # fmt: skip
    return [*found, door, window]


def _rim(low: tuple[float, float, float], size: Size, stuff: Material, side: int) -> Patch:
    """The top of one of four half-built walls."""
    (x, y, z), (w, h, d) = low, size
    thick = 0.24
    spans = [(x, z, w, thick), (x, z + d - thick, w, thick), (x, z, thick, d),
             (x + w - thick, z, thick, d)]  # fmt: skip
    left, near, wide, deep = spans[side]
    return rectangle((left, y + h, near + deep), (wide, 0, 0), (0, 0, -deep), stuff)


def brick_pile(rng: np.random.Generator, size: Size, stage: float) -> list[Patch]:
    """Stacks of bricks or blocks in rows, or a heap of sand or gravel beside one."""
    width, height, depth = size
    if rng.random() < 0.3:
        stuff = _pick(rng, "sand", "rubble")
        heap = _heap((width * 0.7, height * (0.5 + 0.5 * stage), depth * 1.2), stuff, rng, 0.3)
        stack = _stacks(rng, (width * 0.4, height, depth), 1.0)
        return heap + (placed(stack, np.array([width * 0.55, 0, 0]), 0.2) if stage > 0.5 else [])
    return _stacks(rng, size, stage)


def _stacks(rng: np.random.Generator, size: Size, stage: float) -> list[Patch]:
    width, height, depth = size
    stuff = _pick(rng, "brick_red", "brick_red", "brick_grey", "blocks")
    found: list[Patch] = []
    number = max(1, round(width / 1.1))
    for at in range(number):
        x = -width / 2 + at * width / number
        tall = height * float(rng.uniform(0.7, 1.0))
        deep = depth * float(rng.uniform(0.75, 1.0))
        if at < max(1, round(stage * number)):
            wide = width / number * 0.93
            found += box((x, 0, -deep / 2), (wide, tall, deep), stuff, stuff)
            if rng.random() < 0.5:
                low = (x + 0.15, tall, -deep / 2 + 0.1)
                found += box(low, (wide * 0.6, 0.25, deep * 0.6), stuff, stuff)
    return found


def _heap(size: Size, stuff: Material, rng: np.random.Generator, top: float = 0.45) -> list[Patch]:
    """A heap: a frustum with a crumpled outline of `top` of its width."""
    width, height, depth = size
    number = 9
    angles = np.linspace(0, 2 * np.pi, number, endpoint=False) + rng.uniform(0, 0.5)
    low = np.stack([np.cos(angles) * width / 2, 0 * angles, np.sin(angles) * depth / 2], 1)
    low *= rng.uniform(0.85, 1.1, (number, 1))
    high = low * top + rng.uniform(-0.06, 0.06, (number, 3)) * [width, 0, depth]
    high[:, 1] = height * rng.uniform(0.8, 1.0, number)
    peak = np.array([high[:, 0].mean(), height * 1.05, high[:, 2].mean()])
    found = []
    for at in range(number):
        nxt = (at + 1) % number
        found += [
            triangle(low[at], low[nxt], high[at], stuff),
            triangle(low[nxt], high[nxt], high[at], stuff),
            triangle(high[at], high[nxt], peak, stuff),
        ]
    return found


def tarpaulin(rng: np.random.Generator, size: Size, stage: float) -> list[Patch]:
    """A tent of plastic sheet over poles, or a heap under one."""
    width, height, depth = size
    sheet = material("tarpaulin", int(rng.integers(12)))
    if rng.random() < 0.5:
        heap = (width * (0.5 + 0.5 * stage), height * (0.4 + 0.6 * stage), depth)
        return _heap(heap, sheet, rng, float(rng.uniform(0.45, 0.8)))
    posts = _paint(rng, 0.45, 0.05)
    eaves = height * float(rng.uniform(0.6, 0.85))
    found = _posts((width, eaves, depth), 0.07, posts, 3, 2)
    if stage < 0.4:
        return found
    share = (width * min(1.0, stage), 0.0, depth)
    found += gable((-width / 2, eaves, -depth / 2), share, height - eaves, sheet, sheet, 0.15)
    if rng.random() < 0.5 and stage > 0.8:
        found += box((-width / 2, 0, -depth / 2), (width, eaves, depth), sheet)[1:4]
    return found


def scaffold(rng: np.random.Generator, size: Size, stage: float) -> list[Patch]:
    """Two rows of poles with planks, lift upon lift, with or without a net."""
    width, height, depth = size
    poles, planks = material("poles", int(rng.integers(12))), material("planks")
    net = material("net", int(rng.integers(12))) if rng.random() < 0.45 else None
    netted = float(rng.uniform(0.4, 1.0))
    lifts = max(1, round(height / 1.8 * stage))
    built = lifts * 1.8
    low = (-width / 2, 0.0, -depth)
    found = box(low, (width, built, depth), poles)
    for lift in range(1, lifts + 1):
        x, y, z = low[0], lift * 1.8 - 0.05, low[2]
        found.append(rectangle((x, y, z + depth), (width, 0, 0), (0, 0, -depth), planks))
    if net is not None and stage > 0.5:
        tall = built * netted
        found.append(rectangle((low[0], built, low[2] - 0.05), (width, 0, 0), (0, -tall, 0), net))
        for x in (low[0], -low[0]):
            found.append(rectangle((x, built, low[2]), (0, 0, depth), (0, -tall, 0), net))
    return found


def awning(rng: np.random.Generator, size: Size, stage: float) -> list[Patch]:
    """A sloping roof before a wall, on brackets or posts."""
    width, height, depth = size
    sheet = _steel(rng) if rng.random() < 0.6 else material("tarpaulin", int(rng.integers(12)))
    posts = _paint(rng, 0.45, 0.08)
    fall = float(rng.uniform(0.15, 0.35)) * depth
    found: list[Patch] = []
    if rng.random() < 0.6:
        for x in np.linspace(-width / 2, width / 2 - 0.08, max(2, round(width / 3) + 1)):
            found += box((float(x), -height, -depth), (0.08, height, 0.08), posts)
    else:
        for x in np.linspace(-width / 2, width / 2 - 0.05, max(2, round(width / 1.5) + 1)):
            found.append(rectangle((float(x), 0, -depth), (0, 0, depth), (0, -0.06, 0), posts))
    if stage > 0.4:
        share = width * min(1.0, stage)
        found.append(slope((-width / 2, 0, -depth), (share, 0, depth), fall, sheet, 0.0))
        found.append(rectangle((-width / 2, 0.0, -depth), (share, 0, 0), (0, -0.18, 0), sheet))
    return found


def enclosure(rng: np.random.Generator, size: Size, stage: float) -> list[Patch]:
    """A balcony closed with windows or sheets; it hangs before the wall."""
    width, height, depth = size
    glass = material("glass", int(rng.integers(12)))
    sill = _steel(rng) if rng.random() < 0.6 else _paint(rng, 0.75, 0.06)
    caged = rng.random() < 0.2
    roof = _steel(rng)
    low, part = (-width / 2, 0.0, -depth), float(rng.uniform(0.3, 0.45)) * height
    found = box(low, (width, part, depth), sill)
    slab = material("concrete", 1)
    found += box((low[0], -0.15, low[2]), (width, 0.15, depth), slab, slab)
    if stage > 0.4:
        upper = material("frame", 3) if caged or stage < 0.7 else glass
        found += box((low[0], part, low[2]), (width, height - part, depth), upper)
    if stage > 0.8:
        found.append(slope((low[0], height, low[2]), (width, 0, depth), 0.25, roof, 0.12))
    return found


def roof_room(rng: np.random.Generator, size: Size, stage: float) -> list[Patch]:
    """A room on a roof, of bricks, steel sheets or glass."""
    width, height, depth = size
    kind = rng.random()
    if kind < 0.4:
        return shed(rng, size, stage)
    if kind < 0.8:
        return brick_room(rng, size, stage)
    glass, roof = material("glass", int(rng.integers(12))), _steel(rng)
    posts = _paint(rng, 0.6, 0.1)
    found = _posts(size, 0.1, posts, max(2, round(width / 2)), 2) + _beams(size, 0.1, posts)
    low = (-width / 2, 0.0, -depth / 2)
    if stage > 0.5:
        found += box(low, size, glass)
    if stage > 0.7:
        found += gable((low[0], height, low[2]), size, 0.15 * depth, roof, glass)
    return found


def container(rng: np.random.Generator, size: Size, stage: float) -> list[Patch]:
    """Containers or panel cabins, side by side and stacked."""
    _, height, depth = size
    number = max(1, round(size[0] / 6))
    stacked = rng.random() < 0.25
    walls, roof = _steel(rng), _steel(rng)
    found: list[Patch] = []
    levels = 2 if stacked and stage > 0.7 else 1
    for level in range(levels):
        for at in range(max(1, round(number * stage))):
            x = -size[0] / 2 + at * 6.1
            low = (x, level * height, -depth / 2)
            found += box(low, (6.0, height, depth), walls, roof)
            for left, wide, tall, foot in ((0.6, 0.9, 2.0, 0.1), (2.6, 1.2, 1.0, 1.0)):
                stuff = material("glass", 1) if foot > 0.5 else material("plain:0.6,0.6,0.6")
                found.append(
                    rectangle((x + left, low[1] + min(foot + tall, height - 0.1), low[2] - 0.02),
                              (wide, 0, 0), (0, -tall, 0), stuff, stretched=True)
                )  # fmt: skip
    return found


def hoarding(rng: np.random.Generator, size: Size, stage: float) -> list[Patch]:
    """A fence of steel sheets or a brick wall around a piece of ground."""
    width, height, depth = size
    stuff = _steel(rng) if rng.random() < 0.7 else _pick(rng, "brick_red", "blocks", "brick_grey")
    rail = _paint(rng, 0.85, 0.05)
    walls = box((-width / 2, 0, -depth / 2), (width, height, depth), stuff)
    walls += box((-width / 2, height, -depth / 2), (width, 0.08, depth), rail)
    sides = max(1, round(4 * stage))
    order = rng.permutation(4)[:sides]
    return [walls[side + 4 * level] for side in order for level in range(2)]
