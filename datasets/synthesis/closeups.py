"""Close views of rice leaves with a pest on them, and exactly where it sits.

Two of the six pests are drawn, those whose shape is plain: the weevil and the stem borer's moth.
They check that a model runs as it was trained; they say nothing of how well it knows insects.
"""

from collections.abc import Iterator

import cv2
import numpy as np

from datasets.synthesis.insects import moth, weevil
from datasets.synthesis.pictures import RenderedPicture
from datasets.synthesis.texture import noise
from datasets.synthesis.types import Image

CLASS_NAMES = (
    "brown_planthopper",
    "green_leafhopper",
    "leaf_folder",
    "rice_weevil",
    "stem_borer",
    "whorl_maggot",
)
"""The classes of close views; the two that are drawn are among them."""

_DRAWN = {"rice_weevil": weevil, "stem_borer": moth}


def render_closeup(
    seed: int, *, pests: tuple[str, ...] = ("rice_weevil",), side: int = 416
) -> RenderedPicture:
    """Render one close view.

    Args:
        seed: Which leaves, pests and light.
        pests: What sits there, one after the other along the leaf: `rice_weevil`, `stem_borer`.
        side: Width and height in pixels.

    Returns:
        The picture, with the pests in the order given.
    """
    rng = np.random.default_rng(seed)
    picture = _field(rng, side)
    turn = float(rng.uniform(-0.9, 0.9))
    middle = side / 2 + rng.uniform(-0.1, 0.1, 2) * side
    _leaf(picture, (float(middle[0]), float(middle[1])), turn, rng)
    boxes = []
    along = np.linspace(-0.24, 0.24, len(pests)) * side if len(pests) > 1 else np.zeros(1)
    for name, distance in zip(pests, along.tolist(), strict=True):
        at = middle + distance * np.array([np.cos(turn), np.sin(turn)])
        length = side * float(rng.uniform(0.2, 0.42)) / max(1.0, 0.75 * len(pests))
        heading = turn + float(rng.normal(0, 0.35)) + np.pi * float(rng.integers(2))
        insect = _DRAWN[name](rng, length, heading)
        box = insect.onto(picture, (float(at[0]), float(at[1])), shadow=0.35)
        if box is None:
            raise ValueError(f"a {name} of {length:.0f} pixels is not seen")
        boxes.append(box)
    return RenderedPicture(f"closeup-{seed}", _expose(picture, rng), tuple(boxes), tuple(pests))


def random_closeups(seed: int, pictures: int, side: int = 416) -> Iterator[RenderedPicture]:
    """Render close views with one or two pests, the same for the same seed."""
    for number in range(pictures):
        rng = np.random.default_rng([seed, number])
        pests = rng.choice(list(_DRAWN), int(rng.integers(1, 3)))
        yield render_closeup(int(rng.integers(1 << 31)), pests=tuple(pests.tolist()), side=side)


def golden_closeup() -> RenderedPicture:
    """Render the one close view that checks a model."""
    return render_closeup(5, pests=("rice_weevil", "stem_borer"))


def _field(rng: np.random.Generator, side: int) -> Image:
    """A field out of focus: soft greens, darker below."""
    shape = (side, side)
    soft = noise(rng, shape, (side / 3, side / 7)) + 0.5 * noise(rng, shape, (side / 9, side / 14))
    green = np.array([rng.uniform(0.1, 0.3), rng.uniform(0.35, 0.6), rng.uniform(0.2, 0.42)])
    field = green * (1 + 0.3 * soft[..., None])
    return np.clip(field * 255, 0, 255).astype(np.uint8)


def _leaf(
    picture: Image, middle: tuple[float, float], turn: float, rng: np.random.Generator
) -> None:
    """Lay a broad leaf across the picture: parallel veins, a pale midrib, a sheen."""
    side = len(picture)
    rows, columns = np.mgrid[:side, :side].astype(np.float32)
    across = (rows - middle[1]) * np.cos(turn) - (columns - middle[0]) * np.sin(turn)
    width = side * float(rng.uniform(0.2, 0.42))
    place = across / width
    veins = 0.05 * np.sin(across * 2 * np.pi / (side / float(rng.uniform(50, 90))))
    veins += 0.05 * noise(rng, (side, side), (side / 40, side / 40))
    light = 0.85 + 0.2 * np.cos(place * 1.4) + veins + 0.25 * np.exp(-((place / 0.05) ** 2))
    green = np.array([rng.uniform(0.12, 0.3), rng.uniform(0.5, 0.72), rng.uniform(0.25, 0.5)])
    colour = np.clip(green * light[..., None] * 255, 0, 255)
    share = np.clip((1 - np.abs(place)) * width / 2 + 0.5, 0, 1)[..., None]
    picture[:] = (picture * (1 - share) + colour * share).astype(np.uint8)


def _expose(picture: Image, rng: np.random.Generator) -> Image:
    """Take the picture: exposure, white balance, a little blur and noise."""
    seen = np.asarray(cv2.GaussianBlur(picture, (0, 0), float(rng.uniform(0.4, 0.9))), np.float32)
    seen *= (rng.uniform(0.93, 1.07, 3) * rng.uniform(0.85, 1.15)).astype(np.float32)
    seen += rng.standard_normal((*picture.shape[:2], 1), np.float32) * np.float32(rng.uniform(1, 4))
    return np.clip(seen, 0, 255).astype(np.uint8)
