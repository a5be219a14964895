"""A stretch of road: where it runs, what it looks like, and what is wrong with it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from datasets.synthesis.defects import Defect, scatter
from datasets.synthesis.light import Light
from datasets.synthesis.patches import (
    Patch,
    Relief,
    crack_patch,
    light_relief,
    pothole_relief,
    repair_patch,
)
from datasets.synthesis.route import Route, county_route
from datasets.synthesis.scenery import SHADOW_HALF_M, SHADOW_TEXEL_M, Thing, furnish, shadows
from datasets.synthesis.surface import BEHIND_M, Style, carriageway, verge
from datasets.synthesis.texture import Texture, grain
from datasets.synthesis.types import Array


@dataclass(frozen=True)
class RoadScene:
    """A road that is the same for every bus and every pass.

    Attributes:
        seed: Decides everything that is not given.
        defects: What is wrong with the road.
        route: Where it runs.
        parked: Whether cars may stand at the kerb.

    Raises:
        ValueError: Two defects have the same id.
    """

    seed: int
    defects: tuple[Defect, ...]
    route: Route = field(default_factory=county_route)
    parked: bool = True

    def __post_init__(self) -> None:
        if len({defect.id for defect in self.defects}) < len(self.defects):
            raise ValueError("two defects have the same id")

    @classmethod
    def random(
        cls, seed: int, *, potholes: int = 6, cracks: int = 4, length_m: float = 160.0
    ) -> "RoadScene":
        """Make up a road.

        Args:
            seed: The same seed gives the same road.
            potholes: How many potholes it has.
            cracks: How many crack areas it has.
            length_m: Length of the route, metres.
        """
        rng = np.random.default_rng([seed, 1])
        route = county_route(length_m, float(rng.uniform(0, 360)))
        defects = scatter(rng, potholes=potholes, cracks=cracks, start_m=10.0, end_m=length_m - 2.0)
        return cls(seed, defects, route)

    @cached_property
    def style(self) -> Style:
        """What kind of road it is."""
        return Style.random(np.random.default_rng([self.seed, 2]))

    @cached_property
    def carriageway(self) -> Texture:
        """The paved road, BGRA."""
        return carriageway(self.style, self.route.length_m, np.random.default_rng([self.seed, 3]))

    @cached_property
    def verge(self) -> Texture:
        """The land beside it, BGR."""
        return verge(self.style, self.route.length_m, np.random.default_rng([self.seed, 4]))

    @cached_property
    def grain(self) -> Texture:
        """The grain of the surface, grey around 128."""
        return grain(np.random.default_rng([self.seed, 5]))

    @cached_property
    def things(self) -> tuple[Thing, ...]:
        """What stands beside the road."""
        things = furnish(self.style, self.route.length_m, np.random.default_rng([self.seed, 6]))
        return tuple(thing for thing in things if self.parked or thing.kind != "car")

    @cached_property
    def reliefs(self) -> dict[str, Relief]:
        """The potholes' shapes, by defect id."""
        return {
            defect.id: pothole_relief(defect, self.seed, self.style.asphalt)
            for defect in self.defects
            if defect.class_name == "pothole"
        }

    @cached_property
    def cracks(self) -> dict[str, Patch]:
        """The crack areas, by defect id."""
        return {
            defect.id: crack_patch(defect, self.seed, self.style.asphalt)
            for defect in self.defects
            if defect.class_name == "crack"
        }

    @cached_property
    def outlines(self) -> dict[str, Array]:
        """(N, 2) along, across of each defect's rim on the road, metres, by defect id."""
        looks: dict[str, Relief | Patch] = {**self.reliefs, **self.cracks}
        return {defect_id: look.outline for defect_id, look in looks.items()}


@dataclass(frozen=True)
class LitScene:
    """A road on one pass: the day's light, and what has been repaired by then.

    Attributes:
        scene: The road.
        light: The daylight.
        pass_index: Which pass it is; decides what is repaired.
        shadow: 255 in full sun.
        patches: Defects (or their repairs) with the day's light on them.
    """

    scene: RoadScene
    light: Light
    pass_index: int
    shadow: Texture
    patches: Sequence[tuple[Defect, Patch]]

    @classmethod
    def of(cls, scene: RoadScene, light: Light, pass_index: int) -> "LitScene":
        """Light a road."""
        middle = float(scene.route.direction(np.array([scene.route.length_m / 2]))[0])
        shadow = Texture(
            shadows(scene.things, scene.route.length_m, light, middle),
            -BEHIND_M,
            -SHADOW_HALF_M,
            (SHADOW_TEXEL_M, SHADOW_TEXEL_M),
            "edge",
        )
        patches = []
        for defect in scene.defects:
            if defect.is_repaired(pass_index):
                patch = repair_patch(defect, scene.seed, scene.style.asphalt)
            elif defect.class_name == "pothole":
                direction = float(scene.route.direction(np.array([defect.along_m]))[0])
                patch = light_relief(scene.reliefs[defect.id], light, direction)
            else:
                patch = scene.cracks[defect.id]
            patches.append((defect, patch))
        # Cracks first, so that a pothole in a crack area lies on top of it.
        patches.sort(key=lambda each: each[0].class_name)
        return cls(scene, light, pass_index, shadow, patches)
