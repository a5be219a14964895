"""A place with its camera, drawn once and lit many times."""

from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from datasets.synthesis.sites.light import Lamp, Lighting, ShadowMap, Sky
from datasets.synthesis.sites.raster import Canvas, Patch
from datasets.synthesis.sites.solids import placed
from datasets.synthesis.sites.structures import Structure, random_structure
from datasets.synthesis.sites.view import View
from datasets.synthesis.sites.world import Slot, World, draw_canvas, draw_view, draw_world
from datasets.synthesis.types import Array, Image

_SUNS = 5
_LEAST_PX, _MOST_SHARE = 150, 0.35


@dataclass
class Still:
    """What stands still, and the light that falls on it.

    Attributes:
        world: The place.
        view: The camera.
        canvas: What it sees of the place.
        suns: Unit vectors towards the sun over a day.
        shadows: What casts shadows under each of them; made when asked for.
    """

    world: World
    view: View
    canvas: Canvas
    suns: tuple[tuple[float, float, float], ...]
    shadows: dict[int, ShadowMap] = field(default_factory=dict)

    @property
    def middle(self) -> Array:
        """(3,) the ground that the camera looks at."""
        x, y, z = self.view.position
        away = min(45.0, max(18.0, y / np.tan(max(self.view.pitch, 0.1))))
        return np.array([x + away * np.sin(self.view.yaw), 0.0, z + away * np.cos(self.view.yaw)])

    def shadow(self, sun: int) -> ShadowMap:
        """The shadows of the place under one sun."""
        if sun not in self.shadows:
            found = ShadowMap(self.suns[sun], self.middle)
            found.draw(self.world.solids)
            found.draw(self.world.shades)
            self.shadows[sun] = found
        return self.shadows[sun]

    def light(self, canvas: Canvas, extra: list[Patch], sky: Sky, suns: tuple[int, ...]) -> Image:
        """Light a canvas.

        Args:
            canvas: What is seen.
            extra: What casts shadows beside the place itself.
            sky: The light; its sun is replaced.
            suns: Which suns shine; the mean over several is what a day's median looks like.

        Returns:
            uint8 (H, W, 3) BGR.
        """
        size = (self.view.width, self.view.height)
        backdrop = np.asarray(cv2.resize(self.world.sky, size), np.uint8)
        if sky.dark or sky.sunshine <= 0:
            return Lighting(canvas, self.view, sky).picture(None, backdrop)
        total = np.zeros((*canvas.nearness.shape, 3), np.float32)
        for sun in suns:
            shadow = self.shadow(sun).copy()
            shadow.draw(extra)
            lit = Lighting(canvas, self.view, replace(sky, sun=self.suns[sun]))
            cv2.accumulate(lit.picture(shadow, backdrop), total)
        return np.asarray(total / len(suns), np.uint8)

    def lamps(self) -> tuple[Lamp, ...]:
        """The street lamps, burning."""
        return tuple(Lamp(at, 9.0) for at in self.world.lamps)

    def slots_seen(self) -> list[Slot]:
        """The room to build that the camera sees, at a size that counts."""
        if not self.world.slots:
            return []
        at = np.array([slot.at + [0, slot.room[1] / 3, 0] for slot in self.world.slots])
        x, y, depth = self.view.project(at).T
        big = self.view.focal_px / np.maximum(depth, 0.1)
        seen = (depth > 3) & (x > 0) & (y > 0) & (x < self.view.width) & (y < self.view.height)
        seen &= big * 2.0 > 12
        return [self.world.slots[index] for index in np.flatnonzero(seen)]


@lru_cache(maxsize=8)
def still(seed: int, size: tuple[int, int], photos: tuple[Path, ...] = ()) -> Still:
    """Make up a place and its camera; kept, as it takes half a second.

    Args:
        seed: The same seed gives the same place.
        size: Width, height in pixels.
        photos: Labelled photographs of facades.
    """
    rng = np.random.default_rng([seed, 0x57111])
    world = draw_world(seed, photos)
    view = draw_view(rng, size, world)
    canvas = draw_canvas(world, view)
    north, tilt = rng.uniform(0, 2 * np.pi), rng.uniform(0.7, 1.2)
    hours = np.linspace(-1.1, 1.1, _SUNS)
    suns = []
    for hour in hours:
        sun = np.array([np.sin(hour), np.cos(hour) * np.sin(tilt), -np.cos(hour) * np.cos(tilt)])
        cos, sin = np.cos(north), np.sin(north)
        x, z = cos * sun[0] + sin * sun[2], -sin * sun[0] + cos * sun[2]
        suns.append((float(x), float(max(sun[1], 0.25)), float(z)))
    return Still(world, view, canvas, tuple(suns))


@dataclass(frozen=True)
class Placed:
    """A structure in its place.

    Attributes:
        structure: The structure.
        slot: Where it is.
    """

    structure: Structure
    slot: Slot

    def patches(self, stage: float) -> list[Patch]:
        """What of it stands, in the world."""
        return placed(self.structure.patches(stage), self.slot.at, self.slot.turn)

    def extent(self, canvas: Canvas, view: View, thing: int, stage: float) -> Image:
        """uint8 (H, W), 255 where it is seen on a canvas, gaps between its poles included."""
        seen = np.asarray((canvas.thing == thing), np.uint8) * 255
        if self.structure.kind in _OPEN or stage < 0.5:
            seen = _filled(seen, canvas)
        return np.asarray(seen, np.uint8)


_OPEN = (4,)
"""Kinds that are seen through."""


def _filled(seen: Image, canvas: Canvas) -> Image:
    points = cv2.findNonZero(seen)
    if points is None:
        return seen
    hull = np.zeros_like(seen)
    cv2.fillConvexPoly(hull, cv2.convexHull(points), 255)
    far = float(np.percentile(canvas.nearness[seen > 0], 5))
    behind = cv2.compare(canvas.nearness, far, cv2.CMP_LE)
    return np.asarray(seen | (hull & behind), np.uint8)


def place_structure(rng: np.random.Generator, place: Still, taken: list[Array]) -> Placed | None:
    """Find room for a structure that the camera would see, or None.

    Args:
        rng: Where the randomness comes from.
        place: The place.
        taken: (3,) points that must stay free; the new one's is added.
    """
    slots = place.slots_seen()
    planes = sorted({slot.plane for slot in slots})
    for _ in range(8):
        if not planes:
            return None
        plane = str(rng.choice(planes))
        choice = [slot for slot in slots if slot.plane == plane]
        slot = choice[int(rng.integers(len(choice)))]
        if any(float(np.linalg.norm(slot.at - other)) < 7.0 for other in taken):
            continue
        structure = random_structure(rng, slot.plane, slot.room)
        if structure is None:
            continue
        found = Placed(structure, slot)
        if _visible(found, place):
            taken.append(slot.at)
            return found
    return None


def _visible(one: Placed, place: Still) -> bool:
    canvas = place.canvas.copy()
    canvas.draw(place.view, one.patches(1.0), 9999)
    seen = canvas.thing == 9999
    area = int(np.count_nonzero(seen))
    if not _LEAST_PX <= area <= _MOST_SHARE * seen.size:
        return False
    rows = np.flatnonzero(seen.any(1))
    columns = np.flatnonzero(seen.any(0))
    return bool(len(rows) >= 10 and len(columns) >= 10)
