"""What one day's picture shows and another's does not, and is no change."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from training.sites.pool import Image

Alpha = NDArray[np.float32]
_CUTOUT_PX = (28, 130)
_MARGIN = 4
_LEAST_FOUND = 0.25


@dataclass(frozen=True, eq=False)
class Cutout:
    """A vehicle cut from a photograph.

    Attributes:
        picture: uint8 (H, W, 3), BGR.
        alpha: float32 (H, W), 0 to 1.
    """

    picture: Image
    alpha: Alpha


def vehicle_cutouts(images: Path, labels: Path, count: int) -> list[Cutout]:
    """Cut labelled vehicles out of photographs.

    GrabCut (C. Rother et al., SIGGRAPH 2004) begun with the labelled box; the ellipse within the
    box where that finds next to nothing.

    Args:
        images: JPEG photographs.
        labels: YOLO label files of the same names.
        count: How many at most.
    """
    found: list[Cutout] = []
    least, most = _CUTOUT_PX
    for path in sorted(labels.glob("*.txt")):
        photo = np.asarray(cv2.imread(str(images / f"{path.stem}.jpg"), cv2.IMREAD_COLOR), np.uint8)
        height, width = photo.shape[:2]
        for line in path.read_text("utf-8").splitlines():
            x, y, w, h = (float(v) for v in line.split()[1:5])
            wide, high = int(w * width), int(h * height)
            left, top = int((x - w / 2) * width), int((y - h / 2) * height)
            inside = left > _MARGIN < top and left + wide < width and top + high < height
            if inside and least < min(wide, high) and max(wide, high) < most:
                found.append(_cut(photo, left, top, wide, high))
            if len(found) == count:
                return found
    return found


def pass_by(image: Image, cutouts: Sequence[Cutout], rng: Generator) -> Image:
    """Add vehicles, shadows, lights, text or dirt, each with its own probability.

    Args:
        image: uint8 (H, W, 3), BGR.
        cutouts: Vehicles.
        rng: Where the randomness comes from.
    """
    if cutouts and rng.random() < 0.3:
        for _ in range(int(rng.integers(1, 5))):
            image = _parked(image, cutouts[int(rng.integers(len(cutouts)))], rng)
    if rng.random() < 0.35:
        for _ in range(int(rng.integers(1, 4))):
            image = _shadowed(image, rng)
    for share, change in ((0.12, _lit), (0.12, _written), (0.08, _dirty)):
        if rng.random() < share:
            image = change(image, rng)
    return image


def _cut(photo: Image, x: int, y: int, w: int, h: int) -> Cutout:
    left, top = x - _MARGIN, y - _MARGIN
    region = np.ascontiguousarray(photo[top : y + h + _MARGIN, left : x + w + _MARGIN])
    mask = np.zeros(region.shape[:2], np.uint8)
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(region, mask, (_MARGIN, _MARGIN, w, h), *models, 2, cv2.GC_INIT_WITH_RECT)
    alpha = np.isin(mask, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.float32)
    if alpha.mean() < _LEAST_FOUND:
        middle = (region.shape[1] // 2, region.shape[0] // 2)
        alpha = np.zeros_like(alpha)
        cv2.ellipse(alpha, middle, (w // 2, h // 2), 0, 0, 360, 1.0, -1)
    return Cutout(region, _blurred(alpha, 0.8))


def _parked(image: Image, vehicle: Cutout, rng: Generator) -> Image:
    scale = float(rng.uniform(0.25, 1.1))
    height, width = (max(8, round(side * scale)) for side in vehicle.alpha.shape)
    if height >= image.shape[0] or width >= image.shape[1]:
        return image
    picture, alpha = (
        np.asarray(cv2.resize(one, (width, height), interpolation=cv2.INTER_AREA), np.float32)
        for one in (vehicle.picture, vehicle.alpha)
    )
    if rng.random() < 0.5:
        picture, alpha = picture[:, ::-1], alpha[:, ::-1]
    y, x = int(rng.integers(image.shape[0] - height)), int(rng.integers(image.shape[1] - width))
    place = np.s_[y : y + height, x : x + width]
    lit = np.clip(picture * rng.uniform(0.6, 1.2), 0, 255)
    image = image.copy()
    image[place] = (image[place] * (1 - alpha[..., None]) + lit * alpha[..., None]).astype(np.uint8)
    return image


def _shadowed(image: Image, rng: Generator) -> Image:
    """A cast shadow: a polygon with a soft edge, a little blue."""
    side = image.shape[0]
    middle, reach = rng.uniform(0, side, 2), rng.uniform(0.05, 0.5, 2) * side
    turn = rng.uniform(0, np.pi)
    angles = np.sort(rng.uniform(0, 2 * np.pi, int(rng.integers(3, 8))))
    around = np.stack([np.cos(angles), np.sin(angles)], axis=1) * reach
    turned = around @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    mask = np.zeros(image.shape[:2], np.float32)
    cv2.fillPoly(mask, [(turned + middle).astype(np.int32)], 1.0)
    mask = _blurred(mask, float(rng.uniform(0.8, 7)))
    deep = rng.uniform(0.35, 0.85) * np.array([1.08, 1.0, 0.96])
    return _bytes(image * (1 - mask[..., None] * (1 - deep)))


def _lit(image: Image, rng: Generator) -> Image:
    """A lamp, a headlamp's beam or glare."""
    side = image.shape[0]
    mask = np.zeros(image.shape[:2], np.float32)
    x, y = (int(v) for v in rng.uniform(0, side, 2))
    wide, high = (int(v) for v in rng.uniform(0.02, 0.3, 2) * side)
    cv2.ellipse(mask, (x, y), (wide, high), float(rng.uniform(0, 180)), 0, 360, 1.0, -1)
    mask = _blurred(mask, float(rng.uniform(2, 0.12 * side)))
    colour = rng.uniform(60, 220) * np.array([rng.uniform(0.6, 1.1), 1.0, rng.uniform(0.8, 1.2)])
    return _bytes(image + mask[..., None] * colour)


def _written(image: Image, rng: Generator) -> Image:
    """The time and name that cameras write into their pictures."""
    image = image.copy()
    text = "".join(rng.choice(list("0123456789:-/ ABCM"), int(rng.integers(6, 20))))
    scale = float(rng.uniform(0.3, 0.8))
    at = (int(rng.uniform(-20, 0.7 * len(image))), int(rng.uniform(8, len(image))))
    colour = (255, 255, 255) if rng.random() < 0.7 else (0, 240, 240)
    if rng.random() < 0.4:
        cv2.putText(image, text, at, cv2.FONT_HERSHEY_SIMPLEX, scale, (0, 0, 0), 3)
    cv2.putText(image, text, at, cv2.FONT_HERSHEY_SIMPLEX, scale, colour, 1)
    return image


def _dirty(image: Image, rng: Generator) -> Image:
    """Drops and dirt on the lens: patches out of focus, a little brighter or darker."""
    mask = np.zeros(image.shape[:2], np.float32)
    for _ in range(int(rng.integers(1, 6))):
        x, y = (int(v) for v in rng.uniform(0, image.shape[0], 2))
        cv2.circle(mask, (x, y), int(rng.uniform(6, 50)), 1.0, -1)
    mask = _blurred(mask, float(rng.uniform(2, 10)))
    unsharp = cv2.GaussianBlur(image, (0, 0), float(rng.uniform(2, 8))) * rng.uniform(0.75, 1.1)
    return _bytes(image * (1 - mask[..., None]) + (unsharp + rng.uniform(-5, 25)) * mask[..., None])


def _blurred(mask: Alpha, sigma: float) -> Alpha:
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), sigma), np.float32)


def _bytes(image: NDArray[np.floating]) -> Image:
    return np.asarray(np.clip(image, 0, 255), np.uint8)
