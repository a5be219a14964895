"""Pairs of pictures of one place, before and after something was built or removed."""

from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Literal, TypeAlias

import cv2
import numpy as np

from datasets.synthesis.sites.lens import random_lens, uneven
from datasets.synthesis.sites.light import Sky
from datasets.synthesis.sites.photo import (
    Window,
    camera_place,
    cast_shade,
    facade_place,
    frames_by_light,
    median_of,
    paste,
    read,
)
from datasets.synthesis.sites.raster import Patch
from datasets.synthesis.sites.solids import placed
from datasets.synthesis.sites.still import Item, Placed, Still, chosen_structures, still
from datasets.synthesis.sites.structures import PLANES
from datasets.synthesis.sites.transients import (
    bush,
    clutter,
    laundry,
    person,
    poster,
    stall,
    umbrella,
    vehicle,
)
from datasets.synthesis.sites.world import FIRST_FREE
from datasets.synthesis.types import Image

UNCHANGED, APPEARED, REMOVED = 0, 1, 2
"""Values of a pair's label."""

PAIRS_PER_SCENE = 32
"""Seeds in a row that show one place, so that it is drawn once."""

_LOOKS = 6
_MEDIAN, _LEAST_CONTRAST, _MOST_OF_PICTURE, _CLEAR_M = 5, 5.0, 0.12, 3000.0
_STAGES = (0.25, 0.55, 0.85)
_PASSING = ("person", "vehicle", "stall", "umbrella", "laundry", "bush", "poster", "clutter")
_STAYING = _PASSING[2:]

Background: TypeAlias = Literal["procedural", "camera", "facade", "photo"]


@dataclass(frozen=True)
class SitePair:
    """Two aligned pictures of one place, and what changed from one to the other.

    Attributes:
        before: uint8 (H, W, 3) BGR.
        after: uint8 (H, W, 3) BGR.
        label: uint8 (H, W): `UNCHANGED`, `APPEARED` or `REMOVED`.
        structure: uint8 (H, W): 0 where nothing changed, else 1 + index into `STRUCTURES`.
        plane: uint8 (H, W): 0 where nothing changed, else 1 + index into `PLANES`: on what it
            stands or hangs.
        background: Where the place comes from.
        scene: Name of the place, for splits.
    """

    before: Image
    after: Image
    label: Image
    structure: Image
    plane: Image
    background: Background
    scene: str


@dataclass(frozen=True)
class PairWishes:
    """What pairs should be made of; what is None is drawn.

    Attributes:
        size: Width, height in pixels.
        structures: How many structures change.
        background: Where the place comes from; those it lists nothing for are never drawn.
        photos: Labelled photographs of facades.
        cameras: Folders with frames of one fixed camera each.
        pictures: Other outdoor photographs: streets, roads, yards.
    """

    size: tuple[int, int] = (512, 512)
    structures: int | None = None
    background: Background | None = None
    photos: tuple[Path, ...] = field(default_factory=tuple)
    cameras: tuple[Path, ...] = field(default_factory=tuple)
    pictures: tuple[Path, ...] = field(default_factory=tuple)


def draw_pair(seed: int, wishes: PairWishes | None = None) -> SitePair:
    """Draw a pair; the same seed and wishes give the same pictures.

    Args:
        seed: At least 0; `PAIRS_PER_SCENE` seeds in a row show one place.
        wishes: What it should be made of.
    """
    wishes = wishes or PairWishes()
    rng = np.random.default_rng([seed, 0xBEF0])
    scene = _scene(seed // PAIRS_PER_SCENE, wishes)
    changing = _number(rng, wishes)
    staying = int(rng.choice([0, 1, 2], p=[0.5, 0.3, 0.2]))
    chosen = chosen_structures(rng, scene.place, changing + staying)
    changing = min(changing, len(chosen))
    sides = _Sides(scene, [(number, one, 1.0) for number, one in chosen[changing:]], rng)
    built = [
        (number, one, float(rng.choice([1.0, *_STAGES], p=[0.6, 0.13, 0.13, 0.14])))
        for number, one in chosen[:changing]
    ]
    come = rng.random(len(built)) < 0.5
    before, gone = sides.side([one for one, new in zip(built, come, strict=True) if not new])
    after, grown = sides.side([one for one, new in zip(built, come, strict=True) if new])
    label = np.zeros(before.shape[:2], np.uint8)
    structure, plane = np.zeros_like(label), np.zeros_like(label)
    apart = cv2.cvtColor(cv2.absdiff(before, after), cv2.COLOR_BGR2GRAY)
    for value, masks in ((REMOVED, gone), (APPEARED, grown)):
        for one, mask in masks:
            if cv2.mean(apart, mask)[0] >= _LEAST_CONTRAST:
                label[mask > 0] = value
                structure[mask > 0] = one.structure.kind + 1
                plane[mask > 0] = PLANES.index(one.slot.plane) + 1
    return SitePair(before, after, label, structure, plane, scene.background, scene.name)


@dataclass(frozen=True)
class _Scene:
    """A place, and the photographs of it if it is real."""

    background: Background
    name: str
    place: Still
    photos: tuple[tuple[Path, ...], tuple[Path, ...]] | None = None
    window: Window | None = None


@lru_cache(maxsize=2)
def _scene(number: int, wishes: PairWishes) -> _Scene:
    rng = np.random.default_rng([number, 0x5CE7E])
    shares: dict[Background, float] = {
        "procedural": 0.35,
        "camera": 0.3 * bool(wishes.cameras),
        "facade": 0.2 * bool(wishes.photos),
        "photo": 0.25 * bool(wishes.pictures),
    }
    parts = np.array(list(shares.values()))
    kind = wishes.background or list(shares)[int(rng.choice(len(parts), p=parts / parts.sum()))]
    if kind == "camera":
        folder = wishes.cameras[int(rng.integers(len(wishes.cameras)))]
        photos = frames_by_light(folder)
        shape = read((photos[0] or photos[1])[0]).shape
        place, window = camera_place(number, wishes.size, shape)
        return _Scene(kind, f"camera-{folder.name}", place, photos, window)
    if kind == "facade":
        photo = wishes.photos[int(rng.integers(len(wishes.photos)))]
        place, window = facade_place(number, wishes.size, photo)
        return _Scene(kind, f"facade-{photo.stem}", place, ((photo,), ()), window)
    if kind == "photo":
        photo = wishes.pictures[int(rng.integers(len(wishes.pictures)))]
        place, window = camera_place(number, wishes.size, read(photo).shape)
        return _Scene(kind, f"photo-{photo.stem}", place, ((photo,), ()), window)
    place = still(number, wishes.size, wishes.photos)
    return _Scene(kind, f"procedural-{number}", place)


def _number(rng: np.random.Generator, wishes: PairWishes) -> int:
    if wishes.structures is not None:
        return wishes.structures
    return int(rng.choice([0, 1, 2, 3], p=[0.38, 0.34, 0.18, 0.1]))


class _Sides:
    """Draws both sides of a pair."""

    def __init__(
        self, scene: _Scene, staying: list[tuple[int, Placed, float]], rng: np.random.Generator
    ) -> None:
        self.scene, self.place, self.staying, self.rng = scene, scene.place, staying, rng
        self.mode = str(rng.choice(["day", "night", "infrared"], p=[0.78, 0.12, 0.1]))
        if scene.photos is not None:
            dark = scene.background == "camera" and rng.random() < 0.4
            self.mode = "night" if dark and len(scene.photos[1]) >= _MEDIAN else "day"
        self.busy = float(rng.choice([0.0, 0.5, 1.0]) * (1.0 if scene.photos is None else 0.4))
        self.composite = bool(rng.random() < 0.65)
        self.moved = iter(rng.permutation([0.0, float(rng.random() < 0.7)]).tolist())

    def side(
        self, built: list[tuple[int, Placed, float]]
    ) -> tuple[Image, list[tuple[Placed, Image]]]:
        """One picture, and where each structure is seen in it."""
        rng, place = self.rng, self.place
        items = [
            (place.item((number, stage), partial(one.patches, stage)), thing)
            for thing, (number, one, stage) in enumerate(built + self.staying, FIRST_FREE + 1)
        ]
        composite = self.composite if rng.random() < 0.85 else not self.composite
        items += [
            (item, FIRST_FREE) for item in passing(rng, place, staying=composite, busy=self.busy)
        ]
        sky = random_sky(rng, self.mode, place)
        suns = rng.choice(len(place.suns), 3 if composite else 1, replace=False).tolist()
        photos, window = self.scene.photos, self.scene.window
        if photos is None or window is None:
            picture, canvas = place.show(items, sky, suns)
        else:
            photo = self._photo(photos, window, composite=composite)
            if self.mode == "night":  # drawn by daylight, then brought to the photograph's level
                sky = Sky(sunshine=0.0, ambient=0.7)
            sky = replace(sky, haze_m=_CLEAR_M)
            picture, canvas = paste(place, photo, items, sky, suns, rng)
        masks = [
            (one, one.extent(canvas, thing, stage))
            for thing, (_, one, stage) in enumerate(built, FIRST_FREE + 1)
        ]
        if rng.random() < 0.5:
            gain = uneven(picture.shape[:2], rng, 0.06)
            picture = np.asarray(
                cv2.multiply(picture, cv2.merge([gain] * 3), dtype=cv2.CV_8U), np.uint8
            )
        lens = random_lens(rng, calm=composite, dark=sky.dark, moved=0.5 * next(self.moved))
        return lens.photograph(picture, rng), masks

    def _photo(
        self, photos: tuple[tuple[Path, ...], tuple[Path, ...]], window: Window, *, composite: bool
    ) -> Image:
        """A frame of the place, or the median of several, with shadows that other hours cast."""
        rng, dark = self.rng, self.mode == "night"
        paths = photos[dark]
        number = min(len(paths), _MEDIAN if composite else 1)
        number -= 1 - number % 2
        taken = [
            window.cut(read(paths[at])) for at in rng.choice(len(paths), number, replace=False)
        ]
        photo = median_of(taken)
        if dark or rng.random() > (0.15 if self.scene.background == "camera" else 0.5):
            return photo
        gain = cv2.merge([cast_shade((photo.shape[0], photo.shape[1]), rng)] * 3)
        return np.asarray(cv2.multiply(photo, gain, dtype=cv2.CV_8U), np.uint8)


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
        return Sky(
            ambient=float(rng.uniform(0.01, 0.05)), sunshine=0.0, infrared=power, haze_m=haze
        )
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


def passing(
    rng: np.random.Generator, place: Still, *, staying: bool, parked: bool = True, busy: float = 1.0
) -> list[Item]:
    """What stands there on one day only.

    Args:
        rng: Where the randomness comes from.
        place: The place.
        staying: Only what stays for hours and so is seen in a median too.
        parked: Whether vehicles stand where they park.
        busy: How much there is, 1 for a usual street.
    """
    found = [
        place.parked(spot, int(rng.integers(_LOOKS)))
        for spot in range(len(place.world.parking))
        if parked and rng.random() < 0.5
    ]
    kinds = _STAYING if staying else _PASSING
    for _ in range(int(rng.poisson(busy * (1.2 if staying else 3.5)))):
        kind, look = str(rng.choice(kinds)), int(rng.integers(_LOOKS))
        found.append(place.item((kind, look), partial(_visitor, place, kind, look)))
    return [item for item in found if item.share(place) < _MOST_OF_PICTURE]


def _visitor(place: Still, kind: str, look: int) -> list[Patch]:
    rng = np.random.default_rng([place.seed, _PASSING.index(kind), look, 0x7157])
    view = place.view
    if kind in ("laundry", "poster"):
        walls = [slot for slot in place.slots_seen() if slot.plane == "wall"]
        if not walls:
            return []
        slot = walls[int(rng.integers(len(walls)))]
        hung = laundry(rng, min(slot.room[0], 3.5)) if kind == "laundry" else poster(rng)
        return placed(hung, slot.at + np.array([0, 1.8, 0]), slot.turn)
    for _ in range(6):
        point = view.ground(rng.uniform(0, view.width), rng.uniform(0.3, 1.0) * view.height)
        if point is None or np.linalg.norm(point - np.array(view.position)) > 60:
            continue
        if place.world.clear_of_houses(point[0], point[2]):
            break
    else:
        return []
    if kind in ("person", "bush"):
        upright = person if kind == "person" else bush
        return placed(upright(rng, view.yaw), point, 0.0)
    draw = {"stall": stall, "umbrella": umbrella, "vehicle": vehicle, "clutter": clutter}[kind]
    return placed(draw(rng), point, float(rng.uniform(-np.pi, np.pi)))
