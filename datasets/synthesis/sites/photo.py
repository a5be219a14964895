"""Structures in photographs: frames of real fixed cameras, and fronts of houses.

A photograph has no depth, so its ground, and the front's wall, are planes seen by a camera that is
guessed. What is put there takes the photograph's brightness, colour, haze and softness.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from datasets.synthesis.sites.light import Sky
from datasets.synthesis.sites.material import material
from datasets.synthesis.sites.raster import Canvas, mask_of
from datasets.synthesis.sites.solids import rectangle
from datasets.synthesis.sites.still import Item, Still, random_suns
from datasets.synthesis.sites.view import View
from datasets.synthesis.sites.world import FIRST_FREE, GROUND, Slot, World, floor
from datasets.synthesis.texture import noise
from datasets.synthesis.types import Array, Image

_GREY = 128.0
"""Level at which a surface of its albedo's colour stands in a well exposed photograph."""


@dataclass(frozen=True)
class Window:
    """A part of a photograph, brought to a size.

    Attributes:
        left: Pixels of the photograph.
        top: Pixels of the photograph.
        side: Width of the part, pixels of the photograph.
        size: Width, height of the result.
    """

    left: int
    top: int
    side: int
    size: tuple[int, int]

    def cut(self, picture: Image) -> Image:
        """The part of a photograph, at the wanted size."""
        tall = round(self.side * self.size[1] / self.size[0])
        part = picture[self.top : self.top + tall, self.left : self.left + self.side]
        way = cv2.INTER_AREA if self.side > self.size[0] else cv2.INTER_CUBIC
        return np.asarray(cv2.resize(part, self.size, interpolation=way), np.uint8)


@lru_cache(maxsize=160)
def read(path: Path) -> Image:
    """A photograph, at most 1280 pixels wide; kept.

    Raises:
        FileNotFoundError: It is no picture.
    """
    picture = cv2.imread(str(path))
    if picture is None:
        raise FileNotFoundError(f"{path} is no picture")
    scale = 1280 / picture.shape[1]
    if scale < 1:
        picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.asarray(picture, np.uint8)


@lru_cache(maxsize=64)
def frames_by_light(folder: Path) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    """The frames of a camera by day and by night, split by brightness.

    The threshold is N. Otsu's, "A Threshold Selection Method from Gray-Level Histograms", IEEE
    Transactions on Systems, Man, and Cybernetics 9(1), 1979.
    """
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in (".jpg", ".png"))
    small = [cv2.imread(str(path), cv2.IMREAD_REDUCED_GRAYSCALE_8) for path in paths]
    means = np.array([[0 if one is None else round(float(one.mean()))] for one in small], np.uint8)
    threshold, _ = cv2.threshold(means, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    bright = means[:, 0] > threshold
    return (
        tuple(path for path, day in zip(paths, bright, strict=True) if day),
        tuple(path for path, day in zip(paths, bright, strict=True) if not day),
    )


def camera_place(seed: int, size: tuple[int, int], shape: tuple[int, ...]) -> tuple[Still, Window]:
    """Guess the camera of a road or yard photographed from above, and look through part of it.

    Args:
        seed: The same seed gives the same guess.
        size: Width, height of the pictures to make.
        shape: Height, width of the photographs.
    """
    rng = np.random.default_rng([seed, 0xCA3E])
    height, width = shape[:2]
    most = min(width, height * size[0] / size[1])
    side = round(most * rng.uniform(0.55 if most > 450 else 0.9, 1.0))
    tall = round(side * size[1] / size[0])
    left, top = int(rng.integers(0, width - side + 1)), int(rng.integers(0, height - tall + 1))
    scale = size[0] / side
    horizon = float(rng.uniform(-0.35, 0.12)) * height
    focal = width / 2 / np.tan(np.radians(rng.uniform(35, 65)) / 2)
    pitch = float(np.arctan2(height / 2 - horizon, focal))
    view = View(
        size[0], size[1], float(focal * scale),
        (float((width / 2 - left) * scale), float((height / 2 - top) * scale)),
        (0.0, float(np.exp(rng.uniform(np.log(8), np.log(40)))), 0.0), 0.0, pitch,
    )  # fmt: skip
    world = World(ground=floor((-80, -10), (80, 140), 0.0, material("plain:0.5,0.5,0.5")))
    for _ in range(60):
        point = view.ground(rng.uniform(0, size[0]), rng.uniform(0.1, 1.0) * size[1])
        if point is None:
            continue
        away = float(np.linalg.norm(point - np.array(view.position)))
        if not 8 < away < 110:
            continue
        wall = rng.random() < 0.25
        lift = float(rng.uniform(0, 5)) if wall else 0.0
        room = (float(rng.uniform(3, 14)), 5.0, float(rng.uniform(2.5, 8)))
        world.slots.append(
            Slot(
                "wall" if wall else "ground",
                point + np.array([0, lift, 0]),
                float(rng.normal(0, 0.9)),
                room,
            )
        )
        world.parking.append((float(point[0]), float(point[2]), float(rng.uniform(-3, 3))))
    del world.parking[3:]
    return _place(seed, world, view), Window(left, top, side, size)


def facade_place(seed: int, size: tuple[int, int], photo: Path) -> tuple[Still, Window]:
    """Guess the camera before a photographed front: level, square to it, windows 1.6 m tall.

    Args:
        seed: The same seed gives the same guess.
        size: Width, height of the pictures to make.
        photo: The photograph; its labels lie in the folder `labels` beside its own.
    """
    rng = np.random.default_rng([seed, 0xFACE])
    height, width = read(photo).shape[:2]
    boxes = _openings(photo, width, height)
    tall = float(np.median(boxes[:, 3] - boxes[:, 1])) if len(boxes) else height / 4
    per_m = float(np.clip(tall / 1.6, height / 16, height / 5))
    most = min(width, height * size[0] / size[1])
    side = round(most * rng.uniform(0.75, 1.0))
    rows = round(side * size[1] / size[0])
    left = int(rng.integers(0, width - side + 1))
    top = int(rng.integers(0, height - rows + 1))
    scale = size[0] / side
    focal, foot = 1.2 * width, float(rng.uniform(0.86, 0.97)) * height
    away = focal / per_m
    above = (foot - height / 2) / per_m
    view = View(
        size[0], size[1], focal * scale,
        ((width / 2 - left) * scale, (height / 2 - top) * scale), (0.0, above, 0.0), 0.0, 0.0,
    )  # fmt: skip
    grey = material("plain:0.5,0.5,0.5")
    world = World(ground=floor((-40, 0), (40, away + 1), 0.0, grey))
    world.solids.append(rectangle((-40, 40, away), (80, 0, 0), (0, -40, 0), grey))
    for x1, y1, x2, y2 in boxes:
        x, y = ((x1 + x2) / 2 - width / 2) / per_m, above - (y2 - height / 2) / per_m
        wide = min(4.5, (x2 - x1) / per_m + 1.2)
        if y > 1.5:
            world.slots.append(
                Slot("wall", np.array([x, y - 0.9, away]), 0.0, (max(wide, 2.1), 2.7, 1.6))
            )
        lift = y + (y2 - y1) / per_m + 0.25
        world.slots.append(Slot("wall", np.array([x, lift, away]), 0.0, (max(wide, 2.2), 2.6, 2.0)))
    for _ in range(6):
        x = float(rng.uniform(-0.4, 0.4)) * width / per_m
        world.slots.append(Slot("wall", np.array([x, 0.0, away]), 0.0, (9.0, 14.0, 1.6)))
        world.slots.append(Slot("wall", np.array([x, 2.7, away]), 0.0, (7.0, 2.6, 3.0)))
        at = np.array([x, 0.0, away - float(rng.uniform(2.2, 4))])
        world.slots.append(Slot("ground", at, float(rng.normal(0, 0.2)), (7.0, 4.0, 4.0)))
    for _ in range(2):
        x = float(rng.uniform(-0.4, 0.4)) * width / per_m
        world.parking.append((x, away - float(rng.uniform(2, 4)), np.pi / 2))
    return _place(seed, world, view), Window(left, top, side, size)


def _place(seed: int, world: World, view: View) -> Still:
    canvas = Canvas.empty(view)
    canvas.draw(view, world.ground + world.solids, GROUND)
    return Still(seed, world, view, canvas, random_suns(np.random.default_rng([seed, 0x5C2])))


def _openings(photo: Path, width: int, height: int) -> Array:
    """(N, 4) x1, y1, x2, y2 of windows and doors in pixels."""
    label = photo.parent.parent / "labels" / f"{photo.stem}.txt"
    if not label.is_file():
        return np.zeros((0, 4))
    rows = [line.split() for line in label.read_text("utf-8").splitlines()]
    found = np.array([[float(part) for part in row[1:5]] for row in rows if row[0] in ("0", "5")])
    if not len(found):
        return np.zeros((0, 4))
    corners = np.hstack([found[:, :2] - found[:, 2:] / 2, found[:, :2] + found[:, 2:] / 2])
    return np.asarray(corners * [width, height, width, height])


def median_of(pictures: Sequence[Image]) -> Image:
    """The median of three or five pictures, pixel by pixel, by a sorting network.

    Args:
        pictures: uint8 (H, W, 3) each; 1, 3 or 5 of them.
    """
    ranks = list(pictures)
    for one, two in _NETWORKS[len(ranks)]:
        ranks[one], ranks[two] = (
            np.asarray(cv2.min(ranks[one], ranks[two]), np.uint8),
            np.asarray(cv2.max(ranks[one], ranks[two]), np.uint8),
        )
    return ranks[len(ranks) // 2]


_NETWORKS = {
    1: (),
    3: ((0, 1), (1, 2), (0, 1)),
    5: ((0, 1), (3, 4), (2, 4), (2, 3), (0, 3), (0, 2), (1, 4), (1, 3), (1, 2)),
}
"""Pairs to sort in turn (D. E. Knuth, The Art of Computer Programming 3, 5.3.4)."""


def paste(
    place: Still, photo: Image, items: Sequence[tuple[Item, int]], sky: Sky, suns: Sequence[int],
    rng: np.random.Generator,
) -> tuple[Image, Canvas]:  # fmt: skip
    """Put items into a photograph.

    Args:
        place: The planes and the camera guessed for it.
        photo: uint8 (H, W, 3) BGR of the place's size.
        items: What stands there, and the number of each.
        sky: The light.
        suns: Which suns shine.
        rng: Where small differences come from.

    Returns:
        The picture, and what is seen where.
    """
    shown = place.show(items, sky, suns)
    mine = mask_of(shown.canvas.thing >= FIRST_FREE)
    picture = photo.copy()
    if not mine.any():
        return picture, shown.canvas
    shade = place.shade(items, suns if sky.sunshine > 0 else ())
    dark = float(rng.uniform(0.3, 0.55)) * min(1.0, sky.sunshine / 0.8) if suns else 0.0
    footing = cv2.blur(cv2.dilate(mine, np.ones((3, 3), np.uint8)), (15, 15))
    factor = 1 - dark * (255 - shade.astype(np.float32)) / 255
    factor *= 1 - float(rng.uniform(0.1, 0.3)) / 255 * footing.astype(np.float32)
    picture = np.asarray(cv2.multiply(picture, cv2.merge([factor] * 3), dtype=cv2.CV_8U), np.uint8)
    fit = _Fit.of(place)
    for thing in sorted({thing for _, thing in items}):
        seen = mask_of(shown.canvas.thing == thing)
        left, top, wide, tall = cv2.boundingRect(seen)
        if wide:
            _blend(picture, photo, shown.picture, seen, (left, top, wide, tall), fit, rng)
    return picture, shown.canvas


@dataclass(frozen=True)
class _Fit:
    """How drawn things are brought to the photographs of one place, the same in all of them."""

    level: float
    cast: float
    blur_px: float

    @classmethod
    def of(cls, place: Still) -> "_Fit":
        rng = np.random.default_rng([place.seed, 0xF17])
        return cls(
            float(np.exp(rng.normal(0.05, 0.15))),
            float(rng.uniform(0.2, 0.7)),
            float(rng.uniform(0.4, 1.1)),
        )


def _blend(
    picture: Image, photo: Image, drawn: Image, seen: Image, box: tuple[int, int, int, int],
    fit: _Fit, rng: np.random.Generator,
) -> None:  # fmt: skip
    """Bring a drawn thing to the photograph's level, colour, haze and softness, and lay it in."""
    left, top, wide, tall = box
    margin = 8
    x0, y0 = max(0, left - margin), max(0, top - margin)
    x1, y1 = min(photo.shape[1], left + wide + margin), min(photo.shape[0], top + tall + margin)
    around = photo[y0:y1, x0:x1]
    mean = np.asarray(cv2.mean(around)[:3])
    level = float(np.clip(mean.mean() / _GREY, 0.12, 1.3) * fit.level * np.exp(rng.normal(0, 0.04)))
    cast = (mean + 8) / (mean.mean() + 8)
    own = np.asarray(cv2.mean(drawn, seen)[:3]).mean()
    gain = level * (cast**fit.cast) * (0.6 + 0.4 * _GREY / max(own, 30.0))
    haze = np.percentile(around[::3, ::3].reshape(-1, 3), 3, axis=0)
    part = drawn[y0:y1, x0:x1].astype(np.float32) * gain
    part = haze + part * (1 - haze / 255)
    cover = cv2.GaussianBlur(seen[y0:y1, x0:x1].astype(np.float32) / 255, (0, 0), fit.blur_px)
    mixed = cv2.GaussianBlur(np.asarray(np.clip(part, 0, 255), np.uint8), (0, 0), fit.blur_px)
    old = np.ascontiguousarray(picture[y0:y1, x0:x1])
    picture[y0:y1, x0:x1] = cv2.blendLinear(mixed, old, cover, 1 - cover)


def cast_shade(shape: tuple[int, int], rng: np.random.Generator) -> Array:
    """float32 (H, W) factor: the shadow of a house or of leaves that lies over a photograph."""
    height, width = shape
    dark = float(rng.uniform(0.45, 0.8))
    if rng.random() < 0.5:
        field = np.zeros((height // 2, width // 2), np.uint8)
        way, at = rng.uniform(0, 2 * np.pi), rng.uniform(-0.3, 0.3)
        middle = np.array([width / 4, height / 4]) + at * width * np.array(
            [np.cos(way), np.sin(way)]
        )
        along = np.array([-np.sin(way), np.cos(way)]) * width
        deep = np.array([np.cos(way), np.sin(way)]) * width * rng.choice([0.15, 2.0])
        points = np.array([middle - along, middle + along, middle + along + deep,
                           middle - along + deep])  # fmt: skip
        cv2.fillConvexPoly(field, points.astype(np.int32), 255)
    else:
        leaves = noise(rng, (height // 2, width // 2), (9, 9)) + noise(
            rng, (height // 2, width // 2), (60, 60)
        )
        field = np.asarray((leaves > rng.uniform(0.2, 1.0)) * 255, np.uint8)
    soft = cv2.GaussianBlur(field, (0, 0), float(rng.uniform(1, 6)))
    large = cv2.resize(soft, (width, height)).astype(np.float32) / 255
    return np.asarray(1 - (1 - dark) * large, np.float32)
