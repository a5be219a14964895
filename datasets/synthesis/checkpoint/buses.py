"""Buses and coaches."""

import numpy as np

from datasets.synthesis.checkpoint.body import (
    GLASS,
    GLASS_MIRROR,
    PAINT_MIRROR,
    TAIL_GLOW,
    TRIM,
    Body,
    Mount,
    arches,
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
    within,
)
from datasets.synthesis.checkpoint.draw import Part
from datasets.synthesis.checkpoint.shapes import box
from datasets.synthesis.types import Array

_PAINTS: tuple[tuple[Colour, Colour], ...] = (  # body and band
    ((0.76, 0.77, 0.77), (0.45, 0.22, 0.08)),
    ((0.76, 0.77, 0.77), (0.10, 0.10, 0.55)),
    ((0.32, 0.50, 0.16), (0.72, 0.74, 0.74)),
    ((0.50, 0.30, 0.10), (0.72, 0.74, 0.74)),
    ((0.14, 0.60, 0.76), (0.20, 0.40, 0.12)),
    ((0.10, 0.09, 0.52), (0.72, 0.74, 0.74)),
)
_AMBER: Colour = (0.05, 0.45, 0.95)


def bus(rng: np.random.Generator) -> Body:
    """Make up a city bus."""
    paint, band = _PAINTS[int(rng.integers(len(_PAINTS)))]
    length, wide = float(rng.choice([8.5, 10.5, 12.0])), 1.25
    height = float(rng.uniform(3.0, 3.3))
    half, low = length / 2, 0.30
    axles = (half - 2.6, -half + 3.1)

    def bow(points: Array) -> Array:
        x, y, z = points.T
        ahead = np.clip((x - half + 1.2) / 1.2, 0, 1)
        up = np.clip((z - 1.2) / (height - 1.2), 0, 1)
        bulge = 0.12 * (1 - (y / wide) ** 2)
        return np.stack([x + ahead * (bulge - 0.12 - 0.18 * up**2), y * (1 - 0.03 * up), z], axis=1)

    shell = box(
        (-half, -wide, low),
        (half, wide, height),
        (0.22, 0.20, 0.18),
        bend=bow,
        cells=(10, 5, 8),
        arc=4,
    )
    unit = box((-1.6, -0.8, height - 0.05), (0.9, 0.8, height + 0.2), (0.3, 0.15, 0.12))
    parts = [
        *wheels(axles, 2 * wide - 0.02, 0.48, 0.28),
        Part(box((-half + 0.3, -1.1, 0.2), (half - 0.3, 1.1, 0.5), (0.05,) * 3), plain(TRIM), 0),
        Part(shell, _shell(half, wide, height, paint, band, axles, rng), 1),
        Part(unit, plain((0.66, 0.67, 0.67), 0.03), 2),
        *mirrors(half + 0.18, wide + 0.02, height - 1.15, (0.12, 0.22, 0.42), 1),
    ]
    return Body(
        parts=tuple(parts),
        front=Mount(half + 0.012, 0.58, True),
        rear=Mount(-half - 0.005, 0.95, False),
        length_m=length,
        exhaust=(-half, 0.7, 0.35),
        exhaust_out=(-2.0, 0.0, 0.2),
    )


def _shell(
    half: float,
    wide: float,
    height: float,
    paint: Colour,
    band: Colour,
    axles: tuple[float, float],
    rng: np.random.Generator,
) -> Painter:
    foot, head = float(rng.uniform(1.05, 1.25)), height - 0.52
    characters = [(float(y), int(rng.integers(1, 16))) for y in np.arange(-0.55, 0.6, 0.16)]

    def paint_shell(coat: Coat) -> None:
        coat.fill(paint, PAINT_MIRROR)
        front, sides, rear = coat.side("front"), coat.side("sides"), coat.side("rear")
        for side in (front, sides, rear):
            side.lay(rectangle(0, 0.95, 20, 0.22), band, PAINT_MIRROR)
            side.lay(rectangle(0, 0.36, 20, 0.16), TRIM)
        arches(sides, axles, 0.48)
        panes = rectangle(-0.1, (foot + head) / 2 + 0.1, 2 * half - 0.9, head - foot - 0.1, 0.08)
        sides.lay(panes, (0.13, 0.14, 0.14), GLASS_MIRROR)
        for x in np.arange(-half + 1.4, half - 1.0, 1.45):
            sides.lay(within(rectangle(float(x), 2, 0.07, 4), panes), TRIM, 0.02)
        for x in (half - 0.8, -0.6):  # doors
            sides.lay(rim(rectangle(x, 1.35, 1.15, 1.95, 0.03), 0.03), TRIM)
        pane = polygon(
            (-wide + 0.10, foot),
            (wide - 0.10, foot),
            (wide - 0.14, head),
            (-wide + 0.14, head),
            radius=0.06,
        )
        seen = both(rectangle(0.72, foot + 0.62 * (head - foot), 0.34, 0.42 * (head - foot), 0.05))
        windscreen(front, pane, foot, head, 0.62, behind=seen)
        front.lay(rectangle(0, (foot + head) / 2, 0.03, head - foot), TRIM)
        sign = rectangle(0, height - 0.30, 1.7, 0.26, 0.03)
        front.lay(sign, (0.02, 0.02, 0.02), 0.08)
        for y, look in characters:
            for bit, (across, up) in enumerate(
                ((0.04, 0.05), (-0.04, 0.05), (0.04, -0.05), (-0.04, -0.05))
            ):
                if look >> bit & 1:
                    spot = rectangle(y + across, height - 0.30 + up, 0.055, 0.07)
                    front.lay(spot, _AMBER, glow=_AMBER)
            front.lay(rectangle(y, height - 0.30, 0.1, 0.02), _AMBER, glow=_AMBER)
        headlight(front, rectangle(wide - 0.33, 0.75, 0.46, 0.2, 0.08), wide - 0.28, 0.75, 0.08)
        front.lay(both(disc(wide - 0.3, 0.45, 0.06)), (0.55, 0.55, 0.55), 0.12)
        front.lay(disc(0, foot - 0.14, 0.09), (0.5, 0.5, 0.5), 0.3)
        front.lay(rectangle(0, 0.58, 0.56, 0.22, 0.02), TRIM)
        window = rectangle(0, 2.05, 2 * wide - 0.4, 0.85, 0.1)
        rear.lay(window, GLASS, GLASS_MIRROR)
        rear.lay(rectangle(0, height - 0.28, 1.0, 0.2, 0.02), (0.02, 0.02, 0.02))
        for z in np.arange(0.6, 1.25, 0.07):
            rear.lay(rectangle(0, float(z), 1.3, 0.03), TRIM, cover=0.8)
        rear.lay(rectangle(0, 0.95, 0.6, 0.3), paint)
        rear.lay(
            both(rectangle(wide - 0.2, 1.0, 0.2, 0.55, 0.05)),
            (0.05, 0.05, 0.42),
            0.06,
            glow=TAIL_GLOW,
        )

    return paint_shell
