"""The reader's training pictures: rendered plates, and real ones whose text is known.

Every picture shows one plate as the reader is handed it at work: 192x96 pixels round a detector's
box. A pool is kept on disk, because drawing a plate takes longer than training on it.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from datasets.splits import is_held_out
from datasets.synthesis.plates import degrade, random_plate, render_plate
from datasets.synthesis.plates.degrade import SIZE, photograph
from datasets.synthesis.plates.faces import Face
from datasets.yolo import picture_files
from models.plate_text import COLORS, PROVINCES

_WIDTH, _HEIGHT = SIZE
_DARK_INK = tuple(COLORS.index(color) for color in ("green", "yellow", "white"))
UNKNOWN = -1
"""Colour of a plate whose colour nobody noted."""


@dataclass(frozen=True, slots=True, eq=False)
class PlateSample:
    """One training picture.

    Attributes:
        image: uint8 (96, 192, 3), BGR.
        corners: float32 (4, 2), x, y as fractions of width and height, clockwise from the plate's
            top left.
        exact: Whether the corners are the plate's, not just about where it is.
        text: What the plate says; empty where nobody knows.
        color: Index into `models.plate_text.COLORS`, or `UNKNOWN`.
        rows: 1 or 2.
    """

    image: NDArray[np.uint8]
    corners: NDArray[np.float32]
    exact: bool
    text: str
    color: int
    rows: int


def rendered(
    count: int,
    rng: np.random.Generator,
    backgrounds: Sequence[NDArray[np.uint8]],
    faces: Sequence[Face],
) -> Iterator[PlateSample]:
    """Draw plates, half of them before a piece of a real picture."""
    fractions = np.array(SIZE, np.float32)
    for _ in range(count):
        text, color = random_plate(rng)
        plate = render_plate(text, color, rng, px_per_mm=0.5, faces=faces)
        behind = _piece(backgrounds, rng) if backgrounds and rng.random() < 0.5 else None
        made = degrade(plate, rng, background=behind)
        rows = 2 if plate.shape[0] / plate.shape[1] > 0.4 else 1
        corners = (made.corners / fractions).astype(np.float32)
        yield PlateSample(made.image, corners, True, text, COLORS.index(color), rows)


@dataclass(frozen=True, slots=True)
class NotedPlate:
    """A plate in a photo, as `plates.json` notes it; corners float32 (4, 2), pixels."""

    photo: Path
    text: str
    color: str
    corners: NDArray[np.float32]


def noted_plates(folder: Path, *, held_out: bool) -> list[NotedPlate]:
    """Read the plates of a folder with `plates.json` and `images/`.

    Args:
        folder: `plates_easypr` or `plates_ccpd`.
        held_out: Which side of `datasets.splits.is_held_out`.
    """
    plates: list[NotedPlate] = []
    for photo in json.loads((folder / "plates.json").read_text("utf-8")):
        if is_held_out(photo["image"]) is not held_out:
            continue
        path = folder / "images" / photo["image"]
        for plate in photo.get("plates", [photo]):
            corners = np.array(plate.get("poly") or plate["corners_rb_lb_lt_rt"], np.float32)
            color = plate.get("color", "blue")
            plates.append(NotedPlate(path, plate["text"], color, clockwise(corners)))
    return plates


def clockwise(corners: NDArray[np.float32]) -> NDArray[np.float32]:
    """Order the corners of an upright plate clockwise from its top left; float32 (4, 2)."""
    middle = corners.mean(axis=0)
    angles = np.arctan2(corners[:, 1] - middle[1], corners[:, 0] - middle[0])
    ring = corners[np.argsort(angles)]

    def rightward(turn: int) -> float:
        turned = np.roll(ring, -turn, axis=0)
        return float(turned[1, 0] - turned[0, 0] + turned[2, 0] - turned[3, 0])

    return np.roll(ring, -max(range(4), key=rightward), axis=0)


def from_photos(
    plates: Sequence[NotedPlate],
    copies: int,
    rng: np.random.Generator,
    faces: Sequence[Face],
    reletter: float,
) -> Iterator[PlateSample]:
    """Photograph noted plates again and again: other crops, tilts, light and blur.

    A share `reletter` of those with one row gets another province, since few provinces occur.
    """
    for plate in plates:
        photo = np.asarray(cv2.imread(str(plate.photo)), np.uint8)
        span = np.linalg.norm(plate.corners[1] - plate.corners[0])
        rise = np.linalg.norm(plate.corners[3] - plate.corners[0])
        rows = 2 if rise > 0.42 * span else 1
        for _ in range(copies):
            text, seen = plate.text, photo
            if rows == 1 and rng.random() < reletter:
                text = str(rng.choice(list(PROVINCES))) + text[1:]
                glyph = faces[int(rng.integers(len(faces)))][text[0]]
                seen = _paint_photo(photo, plate, glyph, rng)
            image, corners = _again(seen, plate.corners, rng)
            yield PlateSample(image, corners, True, text, COLORS.index(plate.color), rows)


def from_crops(
    crops: Sequence[tuple[NDArray[np.uint8], str, int]],
    rng: np.random.Generator,
    faces: Sequence[Face],
    reletter: float,
) -> Iterator[PlateSample]:
    """Put tight crops of plates, (picture, text, colour), into pictures of the pool's size.

    A share `reletter` of those whose text is known gets another province painted over its own,
    since nearly all of one source are from 皖.
    """
    for crop, noted, color in crops:
        text, picture = noted, crop
        if text and rng.random() < reletter:
            text = str(rng.choice(list(PROVINCES))) + text[1:]
            glyph = faces[int(rng.integers(len(faces)))][text[0]]
            picture = _paint_province(crop, glyph, rng, dark=color in _DARK_INK)
        width = round(_WIDTH * rng.uniform(0.7, 0.95))
        height = round(min(width / rng.uniform(2.8, 3.8), _HEIGHT * 0.9))
        fitted = cv2.resize(picture, (width, height), interpolation=cv2.INTER_LINEAR)
        left, top = (_WIDTH - width) // 2, (_HEIGHT - height) // 2
        framed = cv2.copyMakeBorder(
            fitted,
            top,
            _HEIGHT - height - top,
            left,
            _WIDTH - width - left,
            cv2.BORDER_REPLICATE,
        )
        image = framed if rng.random() < 0.4 else photograph(framed.astype(np.float32), rng)
        box = np.array(
            [
                [left, top],
                [left + width, top],
                [left + width, top + height],
                [left, top + height],
            ],
            np.float32,
        )
        corners = (box / np.array(SIZE)).astype(np.float32)
        yield PlateSample(np.asarray(image, np.uint8), corners, False, text, color, 1)


def write_pool(path: Path, samples: Iterator[PlateSample], count: int) -> None:
    """Write samples as `path` (a folder): pictures as one array, what is known as another."""
    path.mkdir(parents=True, exist_ok=True)
    images = np.lib.format.open_memmap(
        path / "images.npy", "w+", np.uint8, (count, _HEIGHT, _WIDTH, 3)
    )
    corners = np.zeros((count, 4, 2), np.float32)
    texts: list[str] = []
    facts: list[tuple[bool, int, int]] = []
    for index, sample in enumerate(samples):
        images[index], corners[index] = sample.image, sample.corners
        texts.append(sample.text)
        facts.append((sample.exact, sample.color, sample.rows))
    images.flush()
    np.savez(path / "facts.npz", corners=corners, texts=np.array(texts), facts=np.array(facts))


def read_backgrounds(folders: Sequence[Path], most: int = 800) -> list[NDArray[np.uint8]]:
    """Read up to `most` pictures without noted plates, reduced, to stand behind rendered ones."""
    files = [path for folder in folders for path in picture_files(folder)]
    pictures: list[NDArray[np.uint8]] = []
    for path in files[:: max(1, len(files) // most)]:
        picture = cv2.imread(str(path), cv2.IMREAD_REDUCED_COLOR_2)
        if picture is not None and min(picture.shape[:2]) >= 32:
            pictures.append(np.asarray(picture, np.uint8))
    return pictures


def _piece(pictures: Sequence[NDArray[np.uint8]], rng: np.random.Generator) -> NDArray[np.uint8]:
    picture = pictures[int(rng.integers(len(pictures)))]
    height, width = picture.shape[:2]
    side = (
        int(rng.integers(24, min(height, width // 2) + 1)) if min(height, width // 2) > 24 else 16
    )
    y, x = int(rng.integers(0, height - side + 1)), int(rng.integers(0, width - 2 * side + 1))
    return picture[y : y + side, x : x + 2 * side]


def _again(
    photo: NDArray[np.uint8], corners: NDArray[np.float32], rng: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    low, high = corners.min(axis=0), corners.max(axis=0)
    size = high - low
    width = max(size[0], 1.7 * size[1]) * rng.uniform(1.12, 1.7)
    center = (low + high) / 2 + rng.uniform(-0.09, 0.09, 2) * width * np.array([1, 0.5])
    tilt = np.deg2rad(rng.normal(0, 6))
    half = np.array([width, width / 2]) / 2
    box = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * half
    turn = np.array([[np.cos(tilt), -np.sin(tilt)], [np.sin(tilt), np.cos(tilt)]])
    seen = box @ turn.T + center + rng.normal(0, 0.025, (4, 2)) * width
    frame = np.array([[0, 0], [_WIDTH, 0], [_WIDTH, _HEIGHT], [0, _HEIGHT]], np.float32)
    homography = cv2.getPerspectiveTransform(seen.astype(np.float32), frame)
    shrink = min(1.0, 1.3 * _WIDTH / width)
    if shrink < 0.8:
        photo = np.asarray(
            cv2.resize(photo, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA), np.uint8
        )
        homography = homography @ np.diag([1 / shrink, 1 / shrink, 1])
    image = cv2.warpPerspective(photo, homography, SIZE, borderMode=cv2.BORDER_REPLICATE)
    original = np.diag([shrink, shrink, 1]) if shrink < 0.8 else np.eye(3)
    moved = cv2.perspectiveTransform(corners[None].astype(np.float64), homography @ original)[0]
    if rng.random() < 0.75:
        image = photograph(image.astype(np.float32), rng)
    return np.asarray(image, np.uint8), (moved / np.array(SIZE)).astype(np.float32)


def _paint_photo(
    photo: NDArray[np.uint8],
    plate: NotedPlate,
    glyph: NDArray[np.uint8],
    rng: np.random.Generator,
) -> NDArray[np.uint8]:
    span = float(np.linalg.norm(plate.corners[1] - plate.corners[0]))
    width, height = max(64, round(span)), max(20, round(span * 0.318))
    flat = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    homography = cv2.getPerspectiveTransform(plate.corners, flat)
    crop = np.asarray(cv2.warpPerspective(photo, homography, (width, height)), np.uint8)
    painted = _paint_province(crop, glyph, rng, dark=COLORS.index(plate.color) in _DARK_INK)
    cell = np.zeros((height, width), np.float32)
    cell[round(height * 0.1) : round(height * 0.94), : round(width * 0.155)] = 1
    size, back = (photo.shape[1], photo.shape[0]), cv2.WARP_INVERSE_MAP | cv2.INTER_LINEAR
    over = cv2.warpPerspective(painted, homography, size, flags=back).astype(np.float32)
    cover = cv2.warpPerspective(cell, homography, size, flags=back)[:, :, None]
    return (photo + cover * (over - photo)).astype(np.uint8)


def _paint_province(
    crop: NDArray[np.uint8],
    glyph: NDArray[np.uint8],
    rng: np.random.Generator,
    *,
    dark: bool,
) -> NDArray[np.uint8]:
    """Paint another province over the first cell of a tight crop, in the crop's own colours."""
    height, width = crop.shape[:2]
    painted = crop.astype(np.float32)
    x1, x2 = round(width * 0.01), round(width * 0.15)
    y1, y2 = round(height * 0.12), round(height * 0.92)
    lightness = -painted.sum(axis=2) if dark else painted.sum(axis=2)
    middle = painted[y1:y2, x2 : round(width * 0.9)].reshape(-1, 3)
    order = np.argsort(lightness[y1:y2, x2 : round(width * 0.9)].ravel())
    paper = np.median(middle[order[: len(order) // 2]], axis=0)
    ink = np.median(middle[order[-len(order) // 8 :]], axis=0)
    cover = np.zeros((y2 - y1, x2 - x1), np.float32)
    cell = (x2 - x1 - max(1, width // 60), y2 - y1 - max(1, height // 12))
    shape = cv2.resize(glyph, cell, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    y, x = (int(rng.integers(0, room + 1)) for room in (y2 - y1 - cell[1], x2 - x1 - cell[0]))
    cover[y : y + cell[1], x : x + cell[0]] = shape
    cover = cv2.GaussianBlur(cover, (0, 0), rng.uniform(0.3, 1.0) * height / 24)
    painted[y1:y2, x1:x2] = paper + cover[:, :, None] * (ink - paper)
    return np.clip(painted, 0, 255).astype(np.uint8)


def labelled_crops(folder: Path) -> list[tuple[NDArray[np.uint8], str, int]]:
    """Read `plate_crops_lprnet`: crops, what `labels.tsv` says of them, and that they are blue."""
    crops: list[tuple[NDArray[np.uint8], str, int]] = []
    for line in (folder / "labels.tsv").read_text("utf-8").splitlines():
        name, text = line.split("\t")
        crops.append((np.asarray(cv2.imread(str(folder / name)), np.uint8), text, 0))
    return crops
