"""Pairs of pictures of one place, before and after something was built or removed."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, TypeAlias

import cv2
import numpy as np

from datasets.synthesis.sites.lens import random_lens, uneven
from datasets.synthesis.sites.light import Sky
from datasets.synthesis.sites.raster import Canvas, Patch
from datasets.synthesis.sites.solids import placed
from datasets.synthesis.sites.still import Placed, Still, place_structure, still
from datasets.synthesis.sites.transients import laundry, person, stall, umbrella, vehicle
from datasets.synthesis.sites.world import FIRST_FREE
from datasets.synthesis.types import Array, Image

UNCHANGED, APPEARED, REMOVED = 0, 1, 2
"""Values of a pair's label."""

PAIRS_PER_SCENE = 16
"""Seeds in a row that show one place, so that it is drawn once."""

Background: TypeAlias = Literal["procedural", "camera", "facade"]


@dataclass(frozen=True)
class SitePair:
    """Two aligned pictures of one place, and what changed from one to the other.

    Attributes:
        before: uint8 (H, W, 3) BGR.
        after: uint8 (H, W, 3) BGR.
        label: uint8 (H, W): `UNCHANGED`, `APPEARED` or `REMOVED`.
        structure: uint8 (H, W): 0 where nothing changed, else 1 + index into `STRUCTURES`.
        background: Where the place comes from.
        scene: Name of the place, for splits.
    """

    before: Image
    after: Image
    label: Image
    structure: Image
    background: Background
    scene: str


@dataclass(frozen=True)
class PairWishes:
    """What pairs should be made of; what is None is drawn.

    Attributes:
        size: Width, height in pixels.
        structures: How many structures change.
        photos: Labelled photographs of facades.
        cameras: Folders with frames of one fixed camera each.
    """

    size: tuple[int, int] = (512, 512)
    structures: int | None = None
    photos: tuple[Path, ...] = field(default_factory=tuple)
    cameras: tuple[Path, ...] = field(default_factory=tuple)


def draw_pair(seed: int, wishes: PairWishes | None = None) -> SitePair:
    """Draw a pair; the same seed and wishes give the same pictures.

    Args:
        seed: At least 0; `PAIRS_PER_SCENE` seeds in a row show one place.
        wishes: What it should be made of.
    """
    wishes = wishes or PairWishes()
    rng = np.random.default_rng([seed, 0xBEF0])
    place = still(seed // PAIRS_PER_SCENE, wishes.size, wishes.photos)
    taken: list[Array] = []
    changing = _number(rng, wishes)
    new = [place_structure(rng, place, taken) for _ in range(changing)]
    old = [place_structure(rng, place, taken) for _ in range(int(rng.choice([0, 0, 1, 2])))]
    staying = [one for one in old if one is not None]
    canvas = place.canvas.copy()
    extra: list[Patch] = []
    for one in staying:
        patches = one.patches(1.0)
        canvas.draw(place.view, patches, FIRST_FREE)
        extra += patches
    sides = _Sides(place, canvas, extra, rng)
    built = [one for one in new if one is not None]
    appeared = [one for one in built if rng.random() < 0.5]
    stages = {id(one): float(rng.choice([1.0, rng.uniform(0.2, 1.0)], p=[0.6, 0.4])) for one in built}
    before, gone = sides.side([one for one in built if one not in appeared], stages)
    after, come = sides.side(appeared, stages)
    label = np.zeros(before.shape[:2], np.uint8)
    structure = np.zeros_like(label)
    for value, masks in ((REMOVED, gone), (APPEARED, come)):
        for one, mask in masks:
            cv2.copyTo(np.full_like(label, value), mask, label)
            cv2.copyTo(np.full_like(label, one.structure.kind + 1), mask, structure)
    return SitePair(
        before, after, label, structure, "procedural", f"procedural-{seed // PAIRS_PER_SCENE}"
    )


def _number(rng: np.random.Generator, wishes: PairWishes) -> int:
    if wishes.structures is not None:
        return wishes.structures
    return int(rng.choice([0, 1, 2, 3], p=[0.3, 0.4, 0.2, 0.1]))


class _Sides:
    """Draws both sides of a pair."""

    def __init__(
        self, place: Still, canvas: Canvas, extra: list[Patch], rng: np.random.Generator
    ) -> None:
        self.place, self.canvas, self.extra, self.rng = place, canvas, extra, rng
        mode = str(rng.choice(["day", "night", "infrared"], p=[0.78, 0.12, 0.1]))
        self.mode = mode
        self.composite = bool(rng.random() < 0.65)
        self.moved = iter(rng.permutation([0.0, float(rng.random() < 0.7)]).tolist())

    def side(
        self, structures: list[Placed], stages: dict[int, float]
    ) -> tuple[Image, list[tuple[Placed, Image]]]:
        """One picture, and where each structure is seen in it."""
        rng, place = self.rng, self.place
        canvas, extra = self.canvas.copy(), list(self.extra)
        for number, one in enumerate(structures):
            patches = one.patches(stages[id(one)])
            canvas.draw(place.view, patches, FIRST_FREE + 1 + number)
            extra += patches
        composite = self.composite if rng.random() < 0.85 else not self.composite
        for patches in _passing(rng, place, staying=composite):
            canvas.draw(place.view, patches, FIRST_FREE - 1)
            extra += patches
        sky = random_sky(rng, self.mode, place)
        suns = rng.choice(5, 3 if composite and sky.sunshine > 0.3 else 1, replace=False)
        picture = place.light(canvas, extra, sky, tuple(int(sun) for sun in suns))
        masks = [
            (one, one.extent(canvas, place.view, FIRST_FREE + 1 + number, stages[id(one)]))
            for number, one in enumerate(structures)
        ]
        if rng.random() < 0.5:
            field = uneven(picture.shape[:2], rng, 0.06)
            picture = np.asarray(
                cv2.multiply(picture, cv2.merge([field] * 3), dtype=cv2.CV_8U), np.uint8
            )
        lens = random_lens(rng, calm=composite, dark=sky.dark, moved=0.5 * next(self.moved))
        return lens.photograph(picture, rng), masks


def random_sky(rng: np.random.Generator, mode: str, place: Still) -> Sky:
    """Draw the light of a frame.

    Args:
        rng: Where the randomness comes from.
        mode: `day`, `night` or `infrared`.
        place: Its lamps burn at night.
    """
    haze = float(np.exp(rng.uniform(np.log(60), np.log(3000))))
    wet = float(rng.uniform(0.3, 1.0)) if rng.random() < 0.15 else 0.0
    if mode == "infrared":
        power = float(rng.uniform(60, 260))
        return Sky(ambient=float(rng.uniform(0.01, 0.05)), sunshine=0.0, infrared=power, haze_m=haze)
    if mode == "night":
        lamps = tuple(
            replace(lamp, power=float(rng.uniform(6, 25)))
            for lamp in place.lamps()[:6]
            if rng.random() < 0.9
        )
        return Sky(ambient=float(rng.uniform(0.02, 0.12)), sunshine=0.0, lamps=lamps, wet=wet,
                   haze_m=haze)  # fmt: skip
    overcast = rng.random() < 0.45
    return Sky(
        sunshine=0.0 if overcast else float(rng.uniform(0.25, 1.1)),
        ambient=float(rng.uniform(0.6, 1.0) if overcast else rng.uniform(0.3, 0.6)),
        warmth=float(rng.normal(0, 0.5)),
        haze_m=haze,
        wet=wet,
        snow=float(rng.uniform(0.3, 1.0)) if rng.random() < 0.04 else 0.0,
    )


def _passing(rng: np.random.Generator, place: Still, *, staying: bool) -> list[list[Patch]]:
    """What stands there on one day only.

    Args:
        rng: Where the randomness comes from.
        place: The place.
        staying: Only what stays for hours and so is seen in a median too.
    """
    found: list[list[Patch]] = []
    for x, z, turn in place.world.parking:
        if rng.random() < 0.5:
            at = np.array([x, 0.03, z + float(rng.normal(0, 0.5))])
            way = turn + float(rng.choice([0, np.pi])) + float(rng.normal(0, 0.05))
            found.append(placed(vehicle(rng), at, way))
    view = place.view
    for _ in range(int(rng.poisson(1.0 if staying else 3.0))):
        point = view.ground(rng.uniform(0, view.width), rng.uniform(0.3, 1.0) * view.height)
        if point is None or np.linalg.norm(point - np.array(view.position)) > 60:
            continue
        kind = str(rng.choice(["stall", "umbrella"] if staying else
                              ["person", "person", "vehicle", "stall", "umbrella"]))  # fmt: skip
        turn = float(rng.uniform(-np.pi, np.pi))
        if not place.world.free((point[0] - 1, point[2] - 1, point[0] + 1, point[2] + 1)):
            if kind != "person":
                continue
        drawn = person(rng, view.yaw) if kind == "person" else placed(
            {"stall": stall, "umbrella": umbrella, "vehicle": vehicle}[kind](rng), point, turn
        )  # fmt: skip
        found.append(placed(drawn, point, 0.0) if kind == "person" else drawn)
    walls = [slot for slot in place.slots_seen() if slot.plane == "wall" and slot.room[1] == 2.7]
    for _ in range(int(rng.poisson(0.8)) if walls else 0):
        slot = walls[int(rng.integers(len(walls)))]
        found.append(placed(laundry(rng, slot.room[0]), slot.at + [0, 1.8, 0], slot.turn))
    return found
