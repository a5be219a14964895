"""Cars: saloons, hatchbacks and off-roaders."""

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
    arches,
    headlight,
    mirrors,
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
from datasets.synthesis.checkpoint.shapes import Warp, box
from datasets.synthesis.types import Array

_PAINTS: tuple[tuple[Colour, float], ...] = (
    ((0.80, 0.80, 0.80), 0.28),  # white
    ((0.045, 0.045, 0.05), 0.20),  # black
    ((0.50, 0.51, 0.51), 0.16),  # silver
    ((0.22, 0.22, 0.22), 0.12),  # grey
    ((0.08, 0.07, 0.45), 0.08),  # red
    ((0.40, 0.20, 0.08), 0.08),  # blue
    ((0.16, 0.22, 0.32), 0.08),  # brown
)


@dataclass(frozen=True, slots=True)
class _Plan:
    """Measures of a car, metres; x of the glass: rear foot, rear top, front top, front foot."""

    length: float
    width: float
    height: float
    belt: float
    nose: float
    glass: tuple[float, float, float, float]
    wheel: float


_PLANS = (
    _Plan(4.72, 1.80, 1.46, 0.93, 0.72, (-1.75, -1.05, 0.28, 1.05), 0.32),  # saloon
    _Plan(4.25, 1.76, 1.49, 0.94, 0.74, (-1.95, -1.60, 0.35, 1.05), 0.31),  # hatchback
    _Plan(4.66, 1.86, 1.69, 1.06, 0.90, (-2.15, -1.80, 0.30, 0.95), 0.36),  # off-roader
)


def car(rng: np.random.Generator) -> Body:
    """Make up a car."""
    plan = _PLANS[int(rng.integers(len(_PLANS)))]
    paint = _PAINTS[
        int(
            rng.choice(
                len(_PAINTS),
                p=np.array([share for _, share in _PAINTS]) / sum(share for _, share in _PAINTS),
            )
        )
    ][0]
    half, belt = plan.length / 2, plan.belt
    axles = (half - 0.92, -half + 0.95)
    body = box(
        (-half, -plan.width / 2, 0.2),
        (half, plan.width / 2, belt),
        (0.55, 0.30, 0.13),
        bend=_nose(plan),
        cells=(10, 4, 4),
        arc=5,
    )
    rear, _, _, front = plan.glass
    cabin = box(
        (rear, -plan.width / 2 + 0.05, belt - 0.1),
        (front, plan.width / 2 - 0.05, plan.height),
        (0.18, 0.16, 0.10),
        bend=_greenhouse(plan),
        cells=(6, 6, 4),
        arc=4,
    )
    parts = [
        *wheels(axles, plan.width - 0.02, plan.wheel, 0.21),
        Part(
            box((-half + 0.3, -0.7, 0.15), (half - 0.3, 0.7, 0.4), (0.1, 0.1, 0.1)),
            lambda coat: coat.fill(TRIM),
            0,
        ),
        Part(body, _shell(plan, paint, axles, rng), 1),
        Part(cabin, _cabin(plan, paint), 2),
        *mirrors(front - 0.28, plan.width / 2 - 0.03, belt + 0.08, (0.12, 0.2, 0.15), 2),
    ]
    return Body(
        parts=tuple(parts),
        front=Mount(half + 0.005, float(rng.uniform(0.42, 0.5)) + (belt - 0.93), True),
        rear=Mount(-half - 0.005, 0.72 if plan.belt < 1 else 0.85, False),
        length_m=plan.length,
        exhaust=(-half, 0.5, 0.3),
        exhaust_out=(-2.0, 0.0, 0.2),
    )


def _nose(plan: _Plan) -> Warp:
    half, front = plan.length / 2, plan.glass[3]

    def bend(points: Array) -> Array:
        x, y, z = points.T
        ahead = np.clip((x - front) / (half - front), 0, 1)
        behind = np.clip((-x - half + 0.9) / 0.9, 0, 1)
        drop = (plan.belt - plan.nose) * ahead**1.6 + 0.05 * behind
        share = (z - 0.2) / (plan.belt - 0.2)
        low = np.clip((0.5 - z) / 0.3, 0, 1)
        lean = 0.10 * np.clip(np.abs(x) / half - 0.8, 0, 1) / 0.2 * (2 * share - 0.9) ** 2
        return np.stack(
            [x - np.sign(x) * lean, y * (1 - 0.05 * low**2 - 0.03 * share**3), z - drop * share],
            axis=1,
        )

    return bend


def _greenhouse(plan: _Plan) -> Warp:
    rear, rear_top, front_top, front = plan.glass
    low = plan.belt - 0.1

    def bend(points: Array) -> Array:
        x, y, z = points.T
        share = np.clip((z - plan.belt) / (plan.height - plan.belt), -0.2, 1.0)
        along = (x - rear) / (front - rear)
        left, right = rear + (rear_top - rear) * share, front + (front_top - front) * share
        crown = 0.045 * (1 - (2 * along - 1) ** 2) * np.clip((z - low) / (plan.height - low), 0, 1)
        bow = 0.10 * (1 - (y / (plan.width / 2)) ** 2) * (2 * along - 1)  # panes bulge outwards
        return np.stack(
            [left + (right - left) * along + bow, y * (1 - 0.21 * share), z + crown], axis=1
        )

    return bend


def _shell(
    plan: _Plan, paint: Colour, axles: tuple[float, ...], rng: np.random.Generator
) -> Painter:
    half, width, nose, up = plan.length / 2, plan.width, plan.nose, plan.belt - 0.93
    bars = slats(*((0.045, 0.022) if rng.random() < 0.6 else (0.03, 0.008)))
    bright = CHROME if rng.random() < 0.6 else TRIM
    grille_width = float(rng.uniform(0.7, 1.0))
    grille_height = float(rng.uniform(0.13, 0.22))
    lamp_z, grille_z = nose - 0.12, nose - 0.14
    lamp_y = width / 2 - 0.32

    def paint_shell(coat: Coat) -> None:
        coat.fill(paint, PAINT_MIRROR)
        sides, front = coat.side("sides"), coat.side("front")
        rear, top = coat.side("rear"), coat.side("top")
        sides.lay(rectangle(0, 0.22, plan.length, 0.12), TRIM)
        arches(sides, axles, plan.wheel)
        for x in (axles[0] - 0.5, axles[0] - 1.5, axles[0] - 2.5):
            sides.lay(rectangle(x, 0.65, 0.012, 0.75), TRIM, cover=0.8)
            sides.lay(rectangle(x - 0.8, plan.belt - 0.14, 0.2, 0.03, 0.01), CHROME, 0.1, cover=0.7)
        grille = rectangle(0, grille_z, grille_width, grille_height, 0.05)
        front.lay(grille, TRIM)
        front.lay(within(bars, grille), bright, 0.2)
        front.lay(rim(grille, 0.025), bright, 0.25)
        front.lay(disc(0, grille_z, 0.055), CHROME, 0.3)
        headlight(
            front,
            polygon(
                (lamp_y - 0.22, lamp_z - 0.05),
                (lamp_y + 0.22, lamp_z - 0.01),
                (lamp_y + 0.24, lamp_z + 0.08),
                (lamp_y - 0.17, lamp_z + 0.02),
                radius=0.025,
            ),
            lamp_y,
            lamp_z + 0.01,
            0.055,
        )
        front.lay(rectangle(0, 0.31 + up, 1.15, 0.12, 0.05), TRIM)
        front.lay(both(rectangle(width / 2 - 0.28, 0.34 + up, 0.26, 0.12, 0.05)), TRIM)
        front.lay(both(disc(width / 2 - 0.28, 0.34 + up, 0.04)), (0.6, 0.6, 0.6), 0.15)
        front.lay(rectangle(0, 0.22, width, 0.06), TRIM)
        top.lay(both(rectangle(half - 0.65, width / 2 - 0.20, 1.1, 0.012)), TRIM, cover=0.8)
        top.lay(rectangle(half - 0.32, 0, 0.014, width - 0.4), TRIM, cover=0.8)
        tail = both(rectangle(width / 2 - 0.24, plan.belt - 0.2, 0.42, 0.17, 0.05))
        rear.lay(rim(tail, 0.015), TRIM)
        rear.lay(tail, (0.05, 0.05, 0.38), 0.08, glow=TAIL_GLOW)
        rear.lay(both(rectangle(width / 2 - 0.2, plan.belt - 0.23, 0.2, 0.045)), (0.6, 0.6, 0.62))
        rear.lay(rectangle(0, 0.27, width - 0.1, 0.13, 0.04), TRIM)
        rear.lay(rectangle(0, plan.belt - 0.09, 0.7, 0.03, 0.01), CHROME, 0.2)
        rear.lay(
            rim(rectangle(0, plan.belt - 0.15, width - 0.5, 0.6, 0.05), 0.012), TRIM, cover=0.7
        )

    return paint_shell


def _cabin(plan: _Plan, paint: Colour) -> Painter:
    belt, height, half = plan.belt, plan.height, plan.width / 2
    rear, rear_top, front_top, front = plan.glass
    foot, head = belt + 0.01, height - 0.055
    panes = polygon(
        (-half + 0.20, foot),
        (half - 0.20, foot),
        (half - 0.36, head),
        (-half + 0.36, head),
        radius=0.03,
    )
    side = polygon(
        (rear + 0.38, belt + 0.05),
        (front - 0.42, belt + 0.05),
        (front_top - 0.1, height - 0.13),
        (rear_top + 0.12, height - 0.13),
        radius=0.03,
    )

    def paint_cabin(coat: Coat) -> None:
        coat.fill(paint, PAINT_MIRROR)
        sides = coat.side("sides")
        sides.lay(rim(side, 0.03), TRIM)
        sides.lay(side, GLASS, GLASS_MIRROR)
        for x in (-0.35, -1.25):
            sides.lay(within(rectangle(x, 1.3, 0.09, 2), side), TRIM)
        seen = rectangle(0, foot + 0.68 * (head - foot), 1.0, 0.36 * (head - foot), 0.06)
        windscreen(coat.side("front"), panes, foot, head, 0.37, behind=seen)
        back = coat.side("rear")
        back.lay(rim(panes, 0.04), TRIM)
        back.lay(panes, GLASS, GLASS_MIRROR)
        back.lay(within(both(disc(0.37, foot + 0.2, 0.13)), panes), (0.12, 0.12, 0.12), 0.1)

    return paint_cabin
