"""Who drives through a checkpoint."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeAlias

import numpy as np

from datasets.synthesis.checkpoint.body import Body
from datasets.synthesis.checkpoint.buses import bus
from datasets.synthesis.checkpoint.cars import car
from datasets.synthesis.checkpoint.trucks import truck
from datasets.synthesis.plates import random_plate, render_plate
from datasets.synthesis.types import Image

Kind: TypeAlias = Literal["car", "bus", "truck"]

_BODIES: dict[Kind, Callable[[np.random.Generator], Body]] = {
    "car": car,
    "bus": bus,
    "truck": truck,
}
_COLOURS: dict[Kind, dict[str, float]] = {
    "car": {"blue": 0.7, "green": 0.2, "white": 0.05, "black": 0.05},
    "bus": {"yellow": 0.75, "green": 0.25},
    "truck": {"yellow": 0.75, "blue": 0.25},
}


@dataclass(frozen=True)
class Vehicle:
    """A vehicle and its plate.

    Attributes:
        kind: What it is.
        look: Decides its shape and paint.
        plate_text: What its plates say, e.g. `京A12345`.
        plate_color: One of `models.plate_text.COLORS`.
        smoke: How black its smoke is: 0 for none, 1 for a thick plume.
    """

    kind: Kind
    look: int
    plate_text: str
    plate_color: str
    smoke: float = 0.0

    @classmethod
    def random(cls, rng: np.random.Generator, kind: Kind | None = None) -> "Vehicle":
        """Make up a vehicle; some lorries and buses, and few cars, smoke."""
        kind = kind or _kind(rng)
        shares = _COLOURS[kind]
        wanted = str(rng.choice(list(shares), p=list(shares.values())))
        text, color = random_plate(rng)
        while color != wanted:
            text, color = random_plate(rng)
        smokes = rng.random() < (0.1 if kind == "car" else 0.5)
        smoke = float(rng.uniform(0.35, 1.0)) if smokes else 0.0
        return cls(kind, int(rng.integers(1 << 31)), text, color, smoke)

    @cached_property
    def body(self) -> Body:
        """Its shape."""
        return _BODIES[self.kind](np.random.default_rng([self.look, 1]))

    @cached_property
    def plates(self) -> tuple[Image, Image]:
        """Its front and its rear plate, BGR, 2 pixels for each millimetre."""
        two = 2 if self.plate_color == "yellow" and self.kind != "car" else 1
        front, rear = (
            render_plate(
                self.plate_text,
                self.plate_color,
                np.random.default_rng([self.look, 2]),
                rows=rows,
                px_per_mm=PLATE_PX_PER_MM,
            )
            for rows in (1, two)
        )
        return front, rear


PLATE_PX_PER_MM = 2.0
"""Resolution of a vehicle's plates."""


def _kind(rng: np.random.Generator) -> Kind:
    kinds: tuple[Kind, ...] = ("car", "bus", "truck")
    return kinds[int(rng.choice(3, p=[0.45, 0.2, 0.35]))]
