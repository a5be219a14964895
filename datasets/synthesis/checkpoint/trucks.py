"""Lorries with the cab over the engine, as most are in China, with several loads."""

from dataclasses import dataclass

import numpy as np

from datasets.synthesis.checkpoint.body import (
    CHROME,
    GLASS,
    GLASS_MIRROR,
    PAINT_MIRROR,
    TAIL_GLOW,
    TRIM,
    Body,
    Mount,
    headlight,
    mirrors,
    plain,
    wheels,
    windscreen,
)
from datasets.synthesis.checkpoint.coats import (
    Coat,
    Colour,
    Painter,
    both,
    disc,
    polygon,
    rectangle,
    rim,
    slats,
    within,
)
from datasets.synthesis.checkpoint.draw import Part
from datasets.synthesis.checkpoint.shapes import box
from datasets.synthesis.types import Array

_CABS: tuple[Colour, ...] = (
    (0.48, 0.26, 0.10),  # blue
    (0.08, 0.07, 0.50),  # red
    (0.74, 0.75, 0.75),  # white
    (0.12, 0.52, 0.68),  # yellow
    (0.22, 0.32, 0.12),  # green
)
_LOADS: tuple[Colour, ...] = (
    (0.70, 0.71, 0.72),
    (0.42, 0.24, 0.10),
    (0.10, 0.09, 0.42),
    (0.45, 0.46, 0.46),
    (0.18, 0.28, 0.16),
)
_CAB_SHARE = 0.9  # of the load's width
_EARTH: Colour = (0.22, 0.29, 0.36)


@dataclass(frozen=True, slots=True)
class _Plan:
    """Measures of a lorry, metres; ``cab`` is the cab's length, ``axles`` are behind its nose."""

    length: float
    width: float
    cab: float
    cab_height: float
    floor: float
    load_height: float
    wheel: float
    axles: tuple[float, ...]


_PLANS = (
    _Plan(6.0, 2.05, 1.65, 2.20, 0.62, 3.1, 0.40, (0.95, 4.75)),
    _Plan(9.0, 2.40, 1.95, 2.65, 0.80, 3.8, 0.50, (1.25, 7.2)),
    _Plan(10.5, 2.50, 2.25, 2.95, 0.85, 4.0, 0.52, (1.35, 7.5, 8.85)),
)


def truck(rng: np.random.Generator) -> Body:
    """Make up a lorry: a closed box, a load under canvas, or a tipper with earth."""
    plan = _PLANS[int(rng.integers(len(_PLANS)))]
    cab_colour = _CABS[int(rng.integers(len(_CABS)))]
    load_colour = _LOADS[int(rng.integers(len(_LOADS)))]
    half, wide = plan.length / 2, plan.width / 2
    back = half - plan.cab
    axles = tuple(half - x for x in plan.axles)
    cab_width = wide * _CAB_SHARE

    def lean(points: Array) -> Array:
        x, y, z = points.T
        up = np.clip((z - 1.35) / (plan.cab_height - 1.35), 0, 1)
        nose = np.clip((x - back - 0.4) / (plan.cab - 0.4), 0, 1)
        return np.stack([x - 0.28 * up * nose, y * (1 - 0.08 * up), z], axis=1)

    cab = box(
        (back + 0.08, -cab_width, plan.floor - 0.08),
        (half, cab_width, plan.cab_height),
        (0.12, 0.12, 0.10),
        bend=lean,
        cells=(4, 2, 8),
        arc=4,
    )
    frame = box(
        (-half + 0.1, -0.45, plan.floor - 0.2), (half - 0.4, 0.45, plan.floor + 0.2), (0.02,) * 3
    )
    bumper = box(
        (half - 0.35, -cab_width - 0.02, plan.floor - 0.25),
        (half + 0.06, cab_width + 0.02, plan.floor + 0.18),
        (0.12, 0.14, 0.08),
        arc=4,
    )
    tank = box(
        (half - plan.axles[0] - 1.9, -wide + 0.05, 0.4),
        (half - plan.axles[0] - 0.75, -wide + 0.5, 0.9),
        (0.1,) * 3,
    )
    guard = box((-half + 0.05, -wide + 0.35, 0.45), (-half + 0.15, wide - 0.35, 0.57), (0.03,) * 3)
    tails = [
        box(
            (-half + 0.04, side * (wide - 0.32) - 0.26, plan.floor - 0.06),
            (-half + 0.12, side * (wide - 0.32) + 0.26, plan.floor + 0.16),
            (0.02,) * 3,
        )
        for side in (-1, 1)
    ]
    parts = [
        *(Part(tail, _tail, 1) for tail in tails),
        Part(frame, plain(TRIM), 0),
        Part(tank, plain((0.30, 0.30, 0.30), 0.08), 0),
        Part(guard, _guard, 1),
        *wheels(axles, plan.width - 0.04, plan.wheel, 0.28),
        *_load(plan, load_colour, -half + 0.1, back - 0.05, rng),
        Part(cab, _cab(plan, cab_colour, rng), 1),
        Part(bumper, _bumper(plan, cab_colour if rng.random() < 0.5 else TRIM), 1),
        *mirrors(half - 0.25, cab_width + 0.08, plan.cab_height - 0.75, (0.1, 0.2, 0.5), 1),
    ]
    if rng.random() < 0.4:  # a fairing that leads the wind over the load
        top = min(plan.load_height, plan.cab_height + 0.55)
        fairing = box(
            (back + 0.2, -cab_width + 0.15, plan.cab_height - 0.1),
            (half - 0.5, cab_width - 0.15, top),
            (0.3, 0.25, 0.2),
            bend=lambda p: np.stack(
                [p[:, 0] - 0.5 * (p[:, 2] - plan.cab_height), p[:, 1], p[:, 2]], axis=1
            ),
        )
        parts.append(Part(fairing, plain(cab_colour, PAINT_MIRROR), 1))
    upright = rng.random() < 0.4
    return Body(
        parts=tuple(parts),
        front=Mount(half + 0.07, plan.floor - 0.03, True),
        rear=Mount(-half + 0.03, 0.82, False),
        length_m=plan.length,
        exhaust=(back - 0.05, -wide + 0.2, plan.cab_height + 0.15)
        if upright
        else (-half + 0.6, wide - 0.3, 0.5),
        exhaust_out=(0.0, 0.0, 3.0) if upright else (-1.5, 0.8, 0.2),
    )


def _cab(plan: _Plan, paint: Colour, rng: np.random.Generator) -> Painter:
    half, wide, top = plan.length / 2, plan.width / 2 * _CAB_SHARE, plan.cab_height
    head = top - 0.32
    foot = head - 0.38 * (top - plan.floor)
    bars = slats(0.09, 0.045)
    bright = CHROME if rng.random() < 0.5 else paint

    def paint_cab(coat: Coat) -> None:
        coat.fill(paint, PAINT_MIRROR)
        front, sides = coat.side("front"), coat.side("sides")
        pane = polygon(
            (-wide + 0.14, foot),
            (wide - 0.14, foot),
            (wide - 0.2, head),
            (-wide + 0.2, head),
            radius=0.06,
        )
        windscreen(front, pane, foot, head, wide * 0.5)
        front.lay(within(rectangle(0, head + 0.01, 2 * wide - 0.3, 0.16), pane), TRIM, 0.03)
        grille = rectangle(
            0, (foot + plan.floor) / 2 + 0.14, 2 * wide - 0.55, foot - plan.floor - 0.5, 0.06
        )
        front.lay(grille, TRIM)
        front.lay(within(bars, grille), bright, 0.08)
        front.lay(disc(0, foot - 0.2, 0.09), CHROME, 0.3)
        front.lay(
            both(rectangle(wide - 0.14, foot - 0.22, 0.12, 0.18, 0.03)), (0.15, 0.45, 0.75), 0.1
        )
        front.lay(rectangle(0, foot - 0.06, 2 * wide - 0.1, 0.015), TRIM)
        front.lay(both(rectangle(0.55, head + 0.2, 0.16, 0.05, 0.02)), (0.2, 0.5, 0.8), 0.1)
        x = half - 0.75
        door = polygon(
            (x - 0.42, foot + 0.02),
            (x + 0.45, foot + 0.02),
            (x + 0.22, head - 0.05),
            (x - 0.42, head - 0.05),
            radius=0.04,
        )
        sides.lay(rim(door, 0.03), TRIM)
        sides.lay(door, GLASS, GLASS_MIRROR)
        for edge in (x - 0.55, x + 0.6):
            sides.lay(rectangle(edge, (plan.floor + top) / 2, 0.015, top - plan.floor - 0.3), TRIM)
        sides.lay(rectangle(x - 0.4, foot - 0.15, 0.2, 0.05, 0.02), TRIM)
        sides.lay(disc(half - plan.axles[0], plan.wheel, plan.wheel * 1.25), TRIM)

    return paint_cab


def _bumper(plan: _Plan, paint: Colour) -> Painter:
    wide, z = plan.width / 2 * _CAB_SHARE, plan.floor + 0.02

    def paint_bumper(coat: Coat) -> None:
        coat.fill(paint, 0.03)
        front = coat.side("front")
        shape = rectangle(wide - 0.3, z, 0.42, 0.20, 0.05)
        headlight(front, shape, wide - 0.24, z, 0.075)
        front.lay(
            both(rectangle(wide - 0.3, plan.floor - 0.17, 0.22, 0.07, 0.03)), (0.5, 0.5, 0.5), 0.1
        )
        front.lay(rectangle(0, plan.floor - 0.04, 1.0, 0.2, 0.02), TRIM)

    return paint_bumper


def _tail(coat: Coat) -> None:
    coat.fill(TRIM)
    rear = coat.side("rear")
    for y, colour in (
        (0.6, (0.05, 0.06, 0.55)),
        (0.78, (0.05, 0.30, 0.70)),
        (0.96, (0.05, 0.06, 0.55)),
    ):
        lamp = both(rectangle(y, coat.point[:, 2].mean(), 0.15, 0.15, 0.02))
        rear.lay(lamp, colour, 0.08, glow=TAIL_GLOW)


def _guard(coat: Coat) -> None:
    coat.fill((0.1, 0.1, 0.45))
    rear = coat.side("rear")
    for y in np.arange(-1.2, 1.3, 0.4):
        rear.lay(rectangle(float(y), 0.51, 0.2, 0.3), (0.75, 0.75, 0.75))


def _load(
    plan: _Plan, colour: Colour, back: float, front: float, rng: np.random.Generator
) -> list[Part]:
    wide, floor = plan.width / 2, plan.floor + 0.22
    kind = str(rng.choice(["box", "canvas", "tipper"], p=[0.45, 0.2, 0.35]))
    if kind == "tipper":
        top = floor + 1.15
        heap = box(
            (back + 0.15, -wide + 0.12, floor + 0.6),
            (front - 0.15, wide - 0.12, top + 0.22),
            (1.4, 0.8, 0.3),
            cells=(6, 3, 1),
        )
        tray = box((back, -wide, floor), (front, wide, top), (0.05, 0.05, 0.03))
        return [
            Part(tray, _tray(floor, top, colour), 1),
            Part(heap, _heap, 1),
        ]
    top = plan.load_height - (0.4 if kind == "canvas" else 0)
    round_ = (0.15, 0.25, 0.3) if kind == "canvas" else (0.04, 0.04, 0.04)
    body = box((back, -wide, floor), (front, wide, top), round_, cells=(4, 2, 2))
    return [Part(body, _closed(plan, colour, floor, top, kind == "canvas", rng), 1)]


def _tray(floor: float, top: float, colour: Colour) -> Painter:
    dark: Colour = (colour[0] * 0.6, colour[1] * 0.6, colour[2] * 0.6)

    def paint_tray(coat: Coat) -> None:
        coat.fill(colour, 0.03)
        for side, spacing in (
            (coat.side("sides"), 0.8),
            (coat.side("rear"), 0.6),
            (coat.side("front"), 0.6),
        ):
            for at in np.arange(-6, 6, spacing):
                side.lay(rectangle(float(at), (floor + top) / 2, 0.09, top - floor), dark)
            side.lay(rectangle(0, top - 0.06, 14, 0.12), dark)

    return paint_tray


def _heap(coat: Coat) -> None:
    waves = np.array([[3.1, 4.3, 1.7], [9.2, 7.0, 2.3], [21.0, -17.0, 9.0], [-38.0, 44.0, 20.0]])
    lumps = np.sin(coat.point @ waves.T + [0, 1, 2, 3]).sum(axis=1)
    coat.fill(_EARTH)
    coat.colour *= (1 + 0.14 * lumps)[:, None].astype(np.float32)


def _closed(
    plan: _Plan, colour: Colour, floor: float, top: float, canvas: bool, rng: np.random.Generator
) -> Painter:
    dark: Colour = (colour[0] * 0.7, colour[1] * 0.7, colour[2] * 0.7)
    band = _CABS[int(rng.integers(len(_CABS)))] if rng.random() < 0.5 else None

    def paint_closed(coat: Coat) -> None:
        coat.fill(colour, 0.0 if canvas else 0.04)
        sides, rear = coat.side("sides"), coat.side("rear")
        for x in np.arange(-6, 6, 0.45 if canvas else 0.25):
            sides.lay(rectangle(float(x), 2, 0.03, 5), dark, cover=0.6)
        if band is not None:
            sides.lay(rectangle(0, floor + 0.6, 20, 0.35), band, 0.04)
        rear.lay(rectangle(0, (floor + top) / 2, 0.03, top - floor), TRIM)
        rear.lay(rim(rectangle(0, (floor + top) / 2, plan.width, top - floor), 0.12), dark)
        for y in (-0.45, 0.45):
            rear.lay(rectangle(y, (floor + top) / 2, 0.04, top - floor - 0.1), CHROME, 0.15)
        for y in np.arange(-1.2, 1.3, 0.3):
            tape = (0.12, 0.12, 0.55) if round(y / 0.3) % 2 else (0.75, 0.75, 0.75)
            rear.lay(rectangle(float(y), floor + 0.06, 0.3, 0.06), tape)

    return paint_closed
