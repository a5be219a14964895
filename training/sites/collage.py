"""Pairs of real photographs, with rendered structures pasted onto one side."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from numpy.random import Generator

from datasets.splits import is_held_out
from datasets.synthesis.sites.pair import APPEARED, REMOVED
from training.sites.pool import Image, Medians, Pair, read_pair

_STANDING = (0.3, 0.35, 0.2, 0.15)
_BOTH_SIDES = 0.2
_ON_BOTH = 3
_LEAST_SPRITE, _SIDES = 24, (30, 260)
_ATTEMPTS = 6
_OF_CAMERAS = 0.4


class Collage:
    """Draws pairs whose ground is real and whose structures are cut from a pool's renderings.

    Neither perspective nor light fits, unlike in renderings; but what a real picture looks like,
    its texture, noise and clutter, no rendering has.

    Args:
        photos: Photographs; each is both sides of a pair.
        real: Real cameras, for pairs whose sides were taken at different hours.
        size: Long side of a photograph's pair at most, in pixels.
    """

    def __init__(self, photos: Sequence[Path], real: Medians | None, size: int) -> None:
        self._photos, self._real, self._size = photos, real, size

    def draw(self, sprites: Sequence[Path], rng: Generator) -> Pair:
        """Draw a pair.

        Args:
            sprites: Truth files of the pool whose structures are pasted.
            rng: Where the randomness comes from.
        """
        ground = self._ground(rng)
        sides = [ground.before.copy(), ground.after.copy()]
        truth = ground.truth.copy()
        for _ in range(int(rng.choice(len(_STANDING), p=_STANDING))):
            found = self._sprite(sprites, rng)
            if found is None:
                continue
            sprite, mask, kind = found
            height, width = mask.shape
            if height >= truth.shape[0] or width >= truth.shape[1]:
                continue
            y = int(rng.integers(0, truth.shape[0] - height + 1))
            x = int(rng.integers(0, truth.shape[1] - width + 1))
            place = np.s_[y : y + height, x : x + width]
            if truth[place][..., 0].any():
                continue
            chosen = (0, 1) if rng.random() < _BOTH_SIDES else (int(rng.integers(2)),)
            for side in chosen:
                _paste(sides[side], sprite, mask, (x, y), rng)
            stands = mask > 127
            changed = len(chosen) == 1
            truth[place][stands, 0] = (REMOVED, APPEARED)[chosen[0]] if changed else _ON_BOTH
            truth[place][stands, 1] = kind if changed else 0
        truth[truth[..., 0] == _ON_BOTH, 0] = 0
        return replace(ground, before=sides[0], after=sides[1], truth=truth)

    def _ground(self, rng: Generator) -> Pair:
        if self._real is not None and rng.random() < _OF_CAMERAS:
            return self._real.draw(rng)
        path = self._photos[int(rng.integers(len(self._photos)))]
        photo = np.asarray(cv2.imread(str(path), cv2.IMREAD_COLOR), np.uint8)
        scale = self._size / max(photo.shape[:2])
        if scale < 1:
            photo = np.asarray(
                cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8
            )
        return Pair(photo, photo, np.zeros_like(photo), "photo")

    def _sprite(self, sprites: Sequence[Path], rng: Generator) -> tuple[Image, Image, int] | None:
        """Picture, mask 0 to 255 and type of a structure, with a margin of none."""
        for _ in range(_ATTEMPTS):
            pair = read_pair(sprites[int(rng.integers(len(sprites)))])
            label = pair.truth[..., 0]
            if not label.any():
                continue
            count, parts, stats, _ = cv2.connectedComponentsWithStats(np.minimum(label, 1))
            part = int(rng.integers(1, count))
            x, y, width, height, _ = stats[part].tolist()
            if min(width, height) < _LEAST_SPRITE:
                continue
            place = np.s_[y : y + height, x : x + width]
            inside = parts[place] == part
            of = label[place][inside][0]
            kind = int(np.bincount(pair.truth[place][..., 1][inside]).argmax())
            picture = (pair.after if of == 1 else pair.before)[place]
            side = float(np.exp(rng.uniform(*np.log(_SIDES))))
            scale = min(side / max(width, height), 2.5)
            size_wh = (max(4, round(width * scale)), max(4, round(height * scale)))
            sprite, mask = (
                np.asarray(cv2.resize(one, size_wh, interpolation=cv2.INTER_AREA), np.uint8)
                for one in (picture, inside.astype(np.uint8) * 255)
            )
            if rng.random() < 0.5:
                sprite, mask = sprite[:, ::-1], np.ascontiguousarray(mask[:, ::-1])
            return sprite, mask, kind
        return None


def training_photos(folders: Sequence[Path]) -> list[Path]:
    """The JPEG photographs of folders that `datasets.splits` does not hold back."""
    found = [path for folder in folders for path in sorted(folder.glob("*.jpg"))]
    return [path for path in found if not is_held_out(path.name)]


def _paste(image: Image, sprite: Image, mask: Image, at: tuple[int, int], rng: Generator) -> None:
    """Paste a structure and, mostly, its shadow on level ground, in place."""
    x, y = at
    height, width = mask.shape
    if rng.random() < 0.7:
        lean, flat = float(rng.uniform(-1.2, 1.2)), float(rng.uniform(-0.2, 0.5))
        base = y + height
        cast = np.array([[1, lean, x - lean * height], [0, flat, base - flat * height]])
        shadow = cv2.warpAffine(mask, cast, image.shape[1::-1]).astype(np.float32) / 255
        soft = cv2.GaussianBlur(shadow, (0, 0), float(rng.uniform(0.7, 4)))
        image[:] = (image * (1 - soft[..., None] * rng.uniform(0.2, 0.6))).astype(np.uint8)
    alpha = cv2.GaussianBlur(mask, (3, 3), 0).astype(np.float32)[..., None] / 255
    place = np.s_[y : y + height, x : x + width]
    lit = np.clip(sprite * rng.uniform(0.8, 1.25), 0, 255)
    image[place] = (image[place] * (1 - alpha) + lit * alpha).astype(np.uint8)
