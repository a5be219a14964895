"""What is wrong with a road: where each defect lies and how large it is."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

ClassName: TypeAlias = Literal["crack", "pothole"]
Pattern: TypeAlias = Literal["hole", "alligator", "longitudinal", "transverse"]

CLASS_NAMES: tuple[ClassName, ...] = ("crack", "pothole")
"""Class names in the order of the road-damage model's class indices."""


@dataclass(frozen=True, slots=True)
class Defect:
    """One defect, at the same place of the road for every bus and pass.

    Attributes:
        id: Name of the defect, unique within a scene.
        class_name: The road-damage class.
        along_m: Centre along the road from the route's start, metres.
        across_m: Centre to the left of the road's centreline, metres.
        length_m: Extent along the road, metres, > 0.
        width_m: Extent across the road, metres, > 0.
        pattern: What it looks like; ``hole`` for potholes, the others are cracks.
        depth_m: Depth of a pothole, metres; 0 for cracks.
        water: Part of a pothole's depth that stands under water, 0 to 1.
        repaired_at: From this pass on a clean patch lies in its place; None: never repaired.
    """

    id: str
    class_name: ClassName
    along_m: float
    across_m: float
    length_m: float
    width_m: float
    pattern: Pattern
    depth_m: float = 0.0
    water: float = 0.0
    repaired_at: int | None = None

    def __post_init__(self) -> None:
        if self.length_m <= 0 or self.width_m <= 0:
            raise ValueError(f"defect {self.id} must have a size above 0")
        if (self.class_name == "pothole") != (self.pattern == "hole"):
            raise ValueError(f"a {self.class_name} cannot have the pattern {self.pattern}")

    def is_repaired(self, pass_index: int) -> bool:
        """Say whether a bus on this pass finds it repaired."""
        return self.repaired_at is not None and pass_index >= self.repaired_at


def _pothole(name: str, along_m: float, across_m: float, rng: np.random.Generator) -> Defect:
    """Draw a pothole's size, depth and water."""
    width = float(rng.uniform(0.4, 1.1))
    return Defect(
        name,
        "pothole",
        along_m,
        across_m,
        length_m=width * float(rng.uniform(0.9, 2.2)),
        width_m=width,
        pattern="hole",
        depth_m=float(rng.uniform(0.025, 0.075)),
        water=float(rng.uniform(0.4, 0.8)) if rng.random() < 0.15 else 0.0,
    )


def _crack(name: str, along_m: float, across_m: float, rng: np.random.Generator) -> Defect:
    """Draw a crack area's pattern and size."""
    sizes: dict[Pattern, tuple[float, float]] = {
        "alligator": (rng.uniform(3.5, 10.0), rng.uniform(1.0, 2.8)),
        "longitudinal": (rng.uniform(4.0, 10.0), rng.uniform(0.4, 1.0)),
        "transverse": (rng.uniform(0.6, 1.4), rng.uniform(2.0, 3.4)),
    }
    pattern = list(sizes)[int(rng.choice(3, p=[0.7, 0.15, 0.15]))]
    length, width = sizes[pattern]
    return Defect(name, "crack", along_m, across_m, float(length), float(width), pattern)


def scatter(
    rng: np.random.Generator,
    *,
    potholes: int,
    cracks: int,
    start_m: float,
    end_m: float,
    lane_m: float = 3.5,
) -> tuple[Defect, ...]:
    """Spread defects evenly over the right-hand lane, apart from each other.

    Args:
        rng: Where the randomness comes from.
        potholes: How many potholes.
        cracks: How many crack areas.
        start_m: First place along the road, metres.
        end_m: Last place along the road, metres.
        lane_m: Width of the lane, metres.

    Returns:
        The defects, named ``pothole-1`` … and ``crack-1`` …, in order along the road.
    """
    kinds = rng.permutation(["pothole"] * potholes + ["crack"] * cracks)
    step = (end_m - start_m) / max(len(kinds), 1)
    counts = {"pothole": 0, "crack": 0}
    defects = []
    for place, kind in enumerate(kinds):
        counts[kind] += 1
        along = start_m + step * (place + 0.5 + float(rng.uniform(-0.2, 0.2)))
        if kind == "pothole":
            wheel_track = float(rng.choice([0.26, 0.76])) * lane_m
            across = -wheel_track + float(rng.normal(0, 0.2))
            defects.append(_pothole(f"pothole-{counts[kind]}", along, across, rng))
        else:
            across = -lane_m * float(rng.uniform(0.35, 0.65))
            defects.append(_crack(f"crack-{counts[kind]}", along, across, rng))
    return tuple(defects)
