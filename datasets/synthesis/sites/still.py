"""A place with its camera, drawn once and lit many times."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from datasets.synthesis.sites.light import Lamp, Lighting, ShadowMap, Sky, Stamp
from datasets.synthesis.sites.raster import Canvas, Layer, Patch, mask_of
from datasets.synthesis.sites.solids import placed
from datasets.synthesis.sites.structures import Structure, random_structure
from datasets.synthesis.sites.transients import vehicle
from datasets.synthesis.sites.view import View, draw_view
from datasets.synthesis.sites.world import GROUND, Slot, World, draw_canvas, draw_world
from datasets.synthesis.types import Array, Image

_SUNS, _TRIES, _CLOSE = 5, 12, 1 / 5.0
_LEAST_SHARE, _MOST_SHARE, _LEAST_SIDE_PX = 0.0025, 0.3, 10
_CANDIDATES = 12


class Shown(NamedTuple):
    """A lit picture and what it was lit from.

    Attributes:
        picture: uint8 (H, W, 3) BGR.
        canvas: What is seen where.
    """

    picture: Image
    canvas: Canvas


@dataclass
class Item:
    """Something that may stand at a place, drawn once.

    Attributes:
        patches: What it is made of, in the world.
        layer: What the camera sees of it; None if nothing.
        stamps: What it does to the shadows under each sun; made when asked for.
    """

    patches: list[Patch]
    layer: Layer | None
    stamps: dict[int, Stamp | None] = field(default_factory=dict)

    def share(self, place: "Still") -> float:
        """What part of the picture it takes, 0 to 1."""
        if self.layer is None:
            return 0.0
        return np.count_nonzero(self.layer.nearness) / place.canvas.nearness.size


@dataclass
class Still:
    """What stands still, and the light that falls on it.

    Attributes:
        seed: Where it was drawn from.
        world: The place.
        view: The camera.
        canvas: What it sees of the place.
        suns: Unit vectors towards the sun over a day.
        shadows: What casts shadows under each of them; made when asked for.
        items: What may stand there beside; made when asked for.
        rooms: The structures that could be built there, by number; found when asked for.
    """

    seed: int
    world: World
    view: View
    canvas: Canvas
    suns: tuple[tuple[float, float, float], ...]
    shadows: dict[int, ShadowMap] = field(default_factory=dict)
    items: dict[Hashable, Item] = field(default_factory=dict)
    rooms: "dict[int, Placed | None]" = field(default_factory=dict)

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

    def item(self, name: Hashable, make: Callable[[], list[Patch]]) -> Item:
        """Something that may stand there, made when first asked for.

        Args:
            name: What it is known by.
            make: Makes its patches.
        """
        if name not in self.items:
            patches = make()
            self.items[name] = Item(patches, self.canvas.layer(self.view, patches))
        return self.items[name]

    def parked(self, spot: int, look: int) -> Item:
        """A vehicle where one parks.

        Args:
            spot: Index into the world's parking.
            look: Which vehicle.
        """
        return self.item(("parked", spot, look), partial(self._vehicle, spot, look))

    def _vehicle(self, spot: int, look: int) -> list[Patch]:
        rng = np.random.default_rng([self.seed, spot, look, 0xCA2])
        x, z, turn = self.world.parking[spot]
        at = np.array([x, 0.03, z + float(rng.normal(0, 0.5))])
        way = turn + float(rng.choice([0, np.pi])) + float(rng.normal(0, 0.05))
        return placed(vehicle(rng), at, way)

    def show(self, items: Sequence[tuple[Item, int]], sky: Sky, suns: Sequence[int]) -> Shown:
        """Show the place with some items.

        Args:
            items: What stands there, and the number of each.
            sky: The light.
            suns: Which suns shine; with several the mean of them.
        """
        canvas = self.canvas.copy()
        for item, thing in items:
            if item.layer is not None:
                canvas.put(item.layer, thing)
        size = (self.view.width, self.view.height)
        backdrop = np.asarray(cv2.resize(self.world.sky, size), np.uint8)
        shadows = self._shadows(items, suns if sky.sunshine > 0 else ())
        return Shown(Lighting(canvas, self.view, sky).picture(shadows, backdrop), canvas)

    def shade(self, items: Sequence[tuple[Item, int]], suns: Sequence[int]) -> Image:
        """uint8 (H, W): 255 where nothing that items cast shadows over lies, else less."""
        total: Image = np.full(self.canvas.nearness.shape, 0 if suns else 255, np.uint8)
        for shadow in self._shadows(items, suns):
            lit = shadow.lit(self.canvas, self.view)
            part = cv2.convertScaleAbs(lit, alpha=1 / len(suns))
            total = np.asarray(cv2.add(total, part), np.uint8)
        return total

    def _shadows(self, items: Sequence[tuple[Item, int]], suns: Sequence[int]) -> list[ShadowMap]:
        shadows = []
        for sun in suns:
            shadow = self.shadow(sun).copy()
            for item, _ in items:
                if sun not in item.stamps:
                    item.stamps[sun] = shadow.stamp(item.patches)
                stamp = item.stamps[sun]
                if stamp is not None:
                    shadow.press(stamp)
            shadows.append(shadow)
        return shadows

    def lamps(self) -> tuple[Lamp, ...]:
        """The street lamps, burning."""
        return tuple(Lamp(at, 9.0) for at in self.world.lamps)

    def slots_seen(self) -> list[Slot]:
        """The room to build that the camera sees, at a size that counts."""
        if not self.world.slots:
            return []
        at = np.array([slot.at + np.array([0, slot.room[1] / 3, 0]) for slot in self.world.slots])
        x, y, depth = self.view.project(at).T
        big = self.view.focal_px / np.maximum(depth, 0.1)
        seen = (depth > 3) & (x > 0) & (y > 0) & (x < self.view.width) & (y < self.view.height)
        seen &= big * 2.0 > 12
        return [self.world.slots[index] for index in np.flatnonzero(seen)]


@lru_cache(maxsize=4)
def still(seed: int, size: tuple[int, int], photos: tuple[Path, ...] = ()) -> Still:
    """Make up a place and its camera; kept, as it takes half a second.

    Args:
        seed: The same seed gives the same place.
        size: Width, height in pixels.
        photos: Labelled photographs of facades.
    """
    rng = np.random.default_rng([seed, 0x57111])
    world = draw_world(seed, photos)
    for _ in range(_TRIES):
        view = draw_view(rng, size)
        canvas = draw_canvas(world, view)
        if _worth_seeing(canvas):
            break
    return Still(seed, world, view, canvas, random_suns(rng))


def random_suns(rng: np.random.Generator) -> tuple[tuple[float, float, float], ...]:
    """Draw the sun's way over a day: unit vectors, x and z level, y up."""
    north, tilt = rng.uniform(0, 2 * np.pi), rng.uniform(0.7, 1.2)
    hours = np.linspace(-1.1, 1.1, _SUNS)
    suns = []
    for hour in hours:
        sun = np.array([np.sin(hour), np.cos(hour) * np.sin(tilt), -np.cos(hour) * np.cos(tilt)])
        cos, sin = np.cos(north), np.sin(north)
        x, z = cos * sun[0] + sin * sun[2], -sin * sun[0] + cos * sun[2]
        suns.append((float(x), float(max(sun[1], 0.25)), float(z)))
    return tuple(suns)


def _worth_seeing(canvas: Canvas) -> bool:
    """Whether nothing stands before the camera and some of the ground is seen."""
    close = float((canvas.nearness[::4, ::4] > _CLOSE).mean())
    ground = float((canvas.thing[::4, ::4] == GROUND).mean())
    sky = float((canvas.nearness[::4, ::4] == 0).mean())
    return close < 0.12 and ground > 0.15 and sky < 0.45


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

    def extent(self, canvas: Canvas, thing: int, stage: float) -> Image:
        """uint8 (H, W), 255 where it is seen on a canvas, gaps between its poles included."""
        seen = mask_of(canvas.thing == thing)
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
    behind = mask_of(canvas.nearness <= far)
    return np.asarray(seen | (hull & behind), np.uint8)


def chosen_structures(
    rng: np.random.Generator, place: Still, wanted: int, least_share: float = 0.0
) -> list[tuple[int, Placed]]:
    """Draw structures that do not stand in each other's way.

    Args:
        rng: Where the randomness comes from.
        place: Where they stand.
        wanted: How many; fewer where there is no room.
        least_share: Least part of the picture that each takes, 0 to 1.

    Returns:
        The number of each, by which `Still.item` knows it, and it in its place.
    """
    found: list[tuple[int, Placed]] = []
    for number in rng.permutation(_CANDIDATES).tolist():
        if len(found) == wanted:
            break
        one = room_for(place, number)
        if one is None or place.items[number, 1.0].share(place) < least_share:
            continue
        if all(float(np.linalg.norm(one.slot.at - other.slot.at)) > 7.0 for _, other in found):
            found.append((number, one))
    return found


def room_for(place: Still, number: int) -> Placed | None:
    """One of the structures that could be built at a place so that the camera sees it.

    Args:
        place: The place.
        number: Which one; the same number gives the same one.

    Returns:
        It in its place, or None where no room was found.
    """
    if number not in place.rooms:
        place.rooms[number] = _find_room(place, number)
    return place.rooms[number]


def _find_room(place: Still, number: int) -> Placed | None:
    rng = np.random.default_rng([place.seed, number, 0xB111])
    slots = place.slots_seen()
    planes = sorted({slot.plane for slot in slots})
    for attempt in range(_TRIES if planes else 0):
        plane = str(rng.choice(planes))
        choice = [slot for slot in slots if slot.plane == plane]
        depths = place.view.project(np.array([slot.at for slot in choice]))[:, 2]
        near = 1 / np.maximum(depths, 4.0)
        slot = choice[int(rng.choice(len(choice), p=near / near.sum()))]
        structure = random_structure(rng, slot.plane, slot.room)
        if structure is None:
            continue
        found = Placed(structure, slot)
        item = place.item((number, 1.0), partial(found.patches, 1.0))
        if _visible(place, item, _LEAST_SHARE if attempt < _TRIES - 2 else 0.3 * _LEAST_SHARE):
            return found
        del place.items[number, 1.0]
    return None


def _visible(place: Still, item: Item, least: float) -> bool:
    if item.layer is None:
        return False
    corners = np.concatenate([patch.quad for patch in item.patches])
    near = float(place.view.project(corners)[:, 2].min())
    sides = min(item.layer.nearness.shape)
    return near > 1.0 and least <= item.share(place) <= _MOST_SHARE and sides >= _LEAST_SIDE_PX
