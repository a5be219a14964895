"""What comes and goes and is no structure: vehicles, people, umbrellas, stalls, laundry."""

from functools import lru_cache
from itertools import pairwise

import cv2
import numpy as np

from datasets.synthesis.sites.material import Material, material
from datasets.synthesis.sites.raster import Patch
from datasets.synthesis.sites.solids import box, cutout, rectangle, triangle

_PAINTS = ("0.85,0.85,0.85", "0.1,0.1,0.1", "0.5,0.5,0.5", "0.15,0.12,0.5", "0.4,0.2,0.1",
           "0.6,0.6,0.62", "0.25,0.3,0.3", "0.1,0.4,0.6")  # fmt: skip


def vehicle(rng: np.random.Generator) -> list[Patch]:
    """A car, van, lorry or three-wheeler that looks to -z, its middle at the origin."""
    kind = str(rng.choice(["car", "car", "car", "van", "truck", "cart"]))
    paint = str(rng.choice(_PAINTS))
    variant = int(rng.integers(12))
    body, glass = material(f"plain:{paint}", variant), material("plain:0.15,0.13,0.12")
    dark = material("plain:0.07,0.07,0.07")
    if kind == "car":
        return _car(1.8, 4.4, (0.78, 1.45), body, glass, dark)
    if kind == "van":
        return _car(1.8, 4.6, (1.0, 1.95), body, glass, dark)
    if kind == "cart":
        sides = material("steel:" + str(rng.choice(["red", "blue", "green"])), variant)
        return [
            *box((-0.6, 0.35, -0.6), (1.2, 0.55, 2.0), sides, dark),
            *box((-0.5, 0.35, -1.5), (1.0, 1.0, 0.8), body, body),
            *box((-0.55, 0.0, -1.3), (1.1, 0.36, 2.4), dark),
        ]
    long = float(rng.uniform(3.5, 7))
    load = material(
        str(rng.choice(["tarpaulin", "plain:0.8,0.8,0.8", "plain:0.5,0.3,0.15", "planks", "sand"])),
        variant,
    )
    return [
        *box((-1.1, 0.5, -long / 2), (2.2, float(rng.uniform(1.2, 2.5)), long), load, load),
        *box((-1.05, 0.5, -long / 2 - 1.7), (2.1, 1.7, 1.6), body, body),
        rectangle((-0.95, 2.1, -long / 2 - 1.72), (1.9, 0, 0), (0, -0.7, 0), glass),
        *box((-0.95, 0.0, -long / 2 - 1.3), (1.9, 0.6, long + 1.0), dark),
    ]


def _car(
    wide: float, long: float, heights: tuple[float, float], body: Material, glass: Material,
    dark: Material,
) -> list[Patch]:  # fmt: skip
    waist, top = heights
    w, end = wide / 2, long / 2
    found = box((-w, 0.28, -end), (wide, waist - 0.28, long), body, body)
    found += box((-w + 0.05, 0.0, -end + 0.4), (wide - 0.1, 0.32, long - 0.8), dark)
    for z in (-end + 0.75, end - 1.0):
        for x in (-w - 0.01, w + 0.01):
            found.append(rectangle((x, 0.62, z - 0.3), (0, 0, 0.62), (0, -0.62, 0), dark))
    low, high = (-end + 0.28 * long, -end + 0.38 * long), (end - 0.05 * long, end - 0.16 * long)
    inner = w - 0.18
    front = rectangle(
        (-inner, top, low[1]), (2 * inner, 0, 0), (0, waist - top, low[0] - low[1]), glass
    )
    back = rectangle(
        (inner, top, high[1]), (-2 * inner, 0, 0), (0, waist - top, high[0] - high[1]), glass
    )
    roof = rectangle((-inner, top, high[1]), (2 * inner, 0, 0), (0, 0, low[1] - high[1]), body)
    found += [front, back, roof]
    for x in (-inner, inner):
        found.append(
            rectangle((x, top, low[1]), (0, 0, high[1] - low[1]), (0, waist - top, 0), glass)
        )
    return found


@lru_cache(maxsize=64)
def _figure(look: int) -> Material:
    """A person, 0.7 m by 1.75 m."""
    rng = np.random.default_rng([look, 0xF16])
    sheet = np.zeros((140, 56, 4), np.uint8)
    coat, legs = (
        tuple(int(v) for v in np.clip(rng.integers(15, 170) + rng.normal(0, 22, 3), 5, 230))
        for _ in range(2)
    )
    skin = (120, 150, 190)
    stride = int(rng.integers(2, 12))
    for way in (-1, 1):
        cv2.line(sheet, (28 + 4 * way, 80), (28 + way * stride, 136), (*legs, 255), 9)
        cv2.line(sheet, (28 + 9 * way, 40), (28 + way * int(rng.integers(11, 20)), 78),
                 (*coat, 255), 7)  # fmt: skip
    cv2.ellipse(sheet, (28, 56), (12, 30), 0, 0, 360, (*coat, 255), -1)
    cv2.circle(sheet, (28, 16), 9, (*skin, 255), -1)
    cv2.ellipse(sheet, (28, 13), (9, 8), 0, 180, 360, (25, 25, 30, 255), -1)
    return Material(sheet, 80, repeat=False)


def person(rng: np.random.Generator, yaw: float) -> list[Patch]:
    """Somebody who stands or walks at the origin, seen from a camera that looks to `yaw`."""
    size = float(rng.uniform(0.9, 1.05))
    return [cutout(np.zeros(3), 0.7 * size, 1.75 * size, _figure(int(rng.integers(40))), yaw)]


def umbrella(rng: np.random.Generator) -> list[Patch]:
    """A large sunshade on a pole."""
    paints = ("0.2,0.15,0.7", "0.7,0.3,0.1", "0.2,0.5,0.2", "0.2,0.6,0.8", "0.8,0.8,0.8")
    cover = material(f"plain:{rng.choice(paints)}", int(rng.integers(12)))
    other = material(f"plain:{rng.choice(paints)}", int(rng.integers(12)))
    radius, tall = float(rng.uniform(1.0, 1.7)), float(rng.uniform(1.9, 2.4))
    found = box((-0.03, 0, -0.03), (0.06, tall, 0.06), material("plain:0.7,0.7,0.7"))
    angles = np.linspace(0, 2 * np.pi, 9)
    for at, (one, two) in enumerate(pairwise(angles)):
        rim = [np.array([np.cos(a) * radius, tall, np.sin(a) * radius]) for a in (one, two)]
        found.append(
            triangle(np.array([0, tall + 0.45, 0]), rim[0], rim[1], (cover, other)[at % 2])
        )
    return found


def stall(rng: np.random.Generator) -> list[Patch]:
    """A market stall: a table with goods, under a sunshade or without."""
    goods = material("rubble" if rng.random() < 0.3 else "planks", int(rng.integers(12)))
    wide = float(rng.uniform(1.2, 2.4))
    found = box((-wide / 2, 0, -0.4), (wide, 0.75, 0.8), material("planks"), goods)
    for _ in range(5):
        x = float(rng.uniform(-wide / 2, wide / 2 - 0.3))
        paint = ",".join(f"{part:.1f}" for part in rng.uniform(0.1, 0.9, 3))
        crate = material(f"plain:{paint}")
        found += box((x, 0.75, float(rng.uniform(-0.4, 0.1))), (0.35, 0.25, 0.3), crate, crate)
    return found + (umbrella(rng) if rng.random() < 0.7 else [])


def laundry(rng: np.random.Generator, wide: float) -> list[Patch]:
    """Clothes and quilts on a line before a wall; the origin is the middle of the line."""
    found = []
    x = -wide / 2
    while x < wide / 2 - 0.6:
        size = float(rng.uniform(0.4, 1.4))
        paint = ",".join(f"{part:.1f}" for part in rng.uniform(0.1, 0.9, 3))
        found.append(
            rectangle((x, 0, -0.5), (size, 0, 0), (0, -float(rng.uniform(0.5, 1.5)), 0),
                      material(f"plain:{paint}", int(rng.integers(12))))
        )  # fmt: skip
        x += size + float(rng.uniform(0.05, 0.5))
    return found


def bush(rng: np.random.Generator, yaw: float) -> list[Patch]:
    """Weeds or a bush that grew, seen from a camera that looks to `yaw`."""
    size = float(rng.uniform(0.6, 2.2))
    leaves = material("foliage", int(rng.integers(12)))
    return [cutout(np.array([0, -0.15 * size, 0]), size * 1.4, size, leaves, yaw)]


def poster(rng: np.random.Generator) -> list[Patch]:
    """A poster, a shop's sign or a banner flat on a wall; the origin is its middle."""
    wide, tall = [(1.0, 1.4), (3.5, 0.8), (6.0, 0.7)][int(rng.integers(3))]
    sheet = material("poster", int(rng.integers(12)))
    edge = (-wide / 2, tall / 2, -0.05)
    return [rectangle(edge, (wide, 0, 0), (0, -tall, 0), sheet, stretched=True)]


def clutter(rng: np.random.Generator) -> list[Patch]:
    """Rubbish bins, or scooters in a row: low, small, and no structure."""
    if rng.random() < 0.5:
        colours = ["plain:0.25,0.4,0.1", "plain:0.5,0.3,0.1", "plain:0.3,0.3,0.3"]
        found: list[Patch] = []
        for at in range(int(rng.integers(1, 5))):
            bin_ = material(str(rng.choice(colours)), at)
            found += box((at * 0.75, 0, 0), (0.6, 1.0, 0.65), bin_, bin_)
        return found
    found = []
    for at in range(int(rng.integers(2, 8))):
        body = material(f"plain:{rng.choice(_PAINTS)}", at)
        dark = material("plain:0.1,0.1,0.1")
        x = at * 0.75
        found += box((x, 0.3, -0.5), (0.25, 0.45, 1.2), body, dark)
        found += box((x + 0.1, 0, -0.8), (0.08, 0.5, 1.7), dark)
        found += box((x, 0.5, -0.75), (0.25, 0.6, 0.12), body, dark)
    return found
