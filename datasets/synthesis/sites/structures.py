"""What is built without a permit: sheds, rooms, piles, scaffolds, awnings, enclosures."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

import numpy as np

from datasets.synthesis.sites import builders
from datasets.synthesis.sites.builders import Size
from datasets.synthesis.sites.raster import Patch

Plane: TypeAlias = Literal["ground", "roof", "wall"]
PLANES: tuple[Plane, ...] = ("ground", "roof", "wall")
"""Every plane; the order is that of the maps of planes."""


class StructureKind(NamedTuple):
    """A kind of structure.

    Attributes:
        name: Its name in files and code.
        zh: Its name in Chinese.
        en: Its name in English.
        planes: On what it stands or hangs.
        smallest: Least width, height, depth, metres.
        largest: Greatest width, height, depth, metres.
        build: Draws it from a random generator, its size and how far it is built, 0 to 1.
    """

    name: str
    zh: str
    en: str
    planes: tuple[Plane, ...]
    smallest: Size
    largest: Size
    build: Callable[[np.random.Generator, Size, float], list[Patch]]


@dataclass(frozen=True)
class Structure:
    """One structure with its look; the same seed looks the same at every stage.

    Attributes:
        kind: Index into `STRUCTURES`.
        seed: Decides materials and details.
        size: Width, height, depth in metres.
    """

    kind: int
    seed: int
    size: Size

    def patches(self, stage: float) -> list[Patch]:
        """What of it stands.

        Args:
            stage: 0 for nothing, 1 for complete.
        """
        if stage <= 0:
            return []
        rng = np.random.default_rng([self.seed, 0x5743])
        return STRUCTURES[self.kind].build(rng, self.size, min(stage, 1.0))


STRUCTURES: tuple[StructureKind, ...] = (
    StructureKind("steel_shed", "彩钢棚", "colour-steel shed", ("ground", "roof"),
                  (2.5, 2.2, 2.0), (12.0, 4.2, 7.0), builders.shed),
    StructureKind("brick_room", "砖房", "brick room", ("ground",),
                  (2.2, 2.2, 2.0), (9.0, 3.4, 6.0), builders.brick_room),
    StructureKind("brick_pile", "砖堆", "brick pile", ("ground", "roof"),
                  (1.2, 0.8, 1.0), (6.0, 1.6, 2.2), builders.brick_pile),
    StructureKind("tarpaulin", "篷布", "tarpaulin cover", ("ground", "roof"),
                  (2.0, 1.2, 1.8), (8.0, 3.0, 5.0), builders.tarpaulin),
    StructureKind("scaffold", "脚手架", "scaffold", ("wall", "ground"),
                  (3.6, 3.6, 1.0), (18.0, 14.4, 1.6), builders.scaffold),
    StructureKind("awning", "雨棚", "awning", ("wall",),
                  (2.0, 2.4, 1.0), (8.0, 3.2, 3.5), builders.awning),
    StructureKind("balcony_enclosure", "封闭阳台", "balcony enclosure", ("wall",),
                  (2.0, 2.2, 0.9), (4.5, 2.7, 1.6), builders.enclosure),
    StructureKind("roof_room", "屋顶加建", "room on a roof", ("roof",),
                  (3.0, 2.3, 2.5), (10.0, 3.4, 7.0), builders.roof_room),
    StructureKind("container", "集装箱房", "container or cabin", ("ground", "roof"),
                  (6.0, 2.5, 2.4), (18.0, 2.8, 2.6), builders.container),
    StructureKind("hoarding", "围挡", "hoarding or enclosing wall", ("ground",),
                  (4.0, 1.6, 3.0), (16.0, 2.6, 12.0), builders.hoarding),
)  # fmt: skip
"""Every kind of structure; the order is the order of the network's type hint."""


def random_structure(rng: np.random.Generator, plane: Plane, largest: Size) -> Structure | None:
    """Draw a structure that fits a place, or None where none does.

    Args:
        rng: Where the randomness comes from.
        plane: On what it stands.
        largest: Width, height, depth that there is room for.
    """
    fitting = [
        index
        for index, kind in enumerate(STRUCTURES)
        if plane in kind.planes and all(np.array(kind.smallest) <= np.array(largest))
    ]
    if not fitting:
        return None
    index = int(rng.choice(fitting))
    low = np.array(STRUCTURES[index].smallest)
    high = np.minimum(np.array(STRUCTURES[index].largest), largest)
    width, height, depth = (low + (high - low) * rng.beta(1.6, 1.4, 3)).tolist()
    return Structure(index, int(rng.integers(1 << 31)), (width, height, depth))
