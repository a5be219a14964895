"""What each seed of the training, validation and test part of the rendered falls holds."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np

from datasets.splits import is_held_out
from datasets.synthesis.falls.cutouts import Cutout, cut_outs
from datasets.synthesis.falls.scene import Wishes

Part = Literal["train", "validation", "test"]

SKY_SHARE = 1 / 3
"""Share of the real skies that judge: what flies in them is seen in the test part alone."""
_RARE = ("light", "insect", "leaf", "lift", "bird", "cloth", "bird", "aeroplane")


def wishes_for(
    part: Part, seed: int, photos: Sequence[Path] = (), skies: Sequence[Path] = ()
) -> Wishes:
    """Say what the clip of a seed should hold.

    Training sees much of what is rare or hard: slow cameras, tiny things, rain and snow, clips full
    of what does not fall. Validation and test look alike: of ten seeds six hold two falls of any
    kind, one two falls of 3 to 4 pixels, one two falls at 8 or 10 frames per second, two none.

    Args:
        part: The part.
        seed: The clip's seed.
        photos: All labelled photographs of facades, sorted; each part gets its own.
        skies: All real clips of birds and aeroplanes, sorted; the test part gets those that judge.
    """
    rng = np.random.default_rng([seed, 7])
    held: dict[str, Any] = {
        "photos": [one for n, one in enumerate(photos) if _part_of(n) == part],
        "cutouts": _cutouts(tuple(skies), held_out=part == "test"),
    }
    strata = _trained if part == "train" else _judged
    return Wishes(**held, **strata(seed % 10, rng))


def _part_of(number: int) -> Part:
    if number % 4:
        return "train"
    return "validation" if number % 8 else "test"


@cache
def _cutouts(skies: tuple[Path, ...], *, held_out: bool) -> list[Cutout]:
    return cut_outs(
        [one for one in skies if is_held_out(f"sky_clips/{one.name}", SKY_SHARE) == held_out]
    )


def _trained(kind: int, rng: np.random.Generator) -> dict[str, Any]:
    match kind:
        case 0 | 1:
            return {"falls": 2, "fps": float(rng.choice([8.0, 10.0]))}
        case 2:
            return {"falls": 3, "size_px": (3.0, 4.5)}
        case 3:
            fps = float(rng.choice([8.0, 10.0, 12.0]))
            return {"falls": 2, "size_px": (3.0, 6.0), "fps": fps}
        case 4:
            return {"falls": 2, "weather": str(rng.choice(["rain", "snow", "snow"]))}
        case 5 | 6:
            return {"falls": 0, "distractions": tuple(rng.choice(_RARE, 5).tolist())}
        case 7:
            return {"falls": 1, "distractions": tuple(rng.choice(_RARE, 4).tolist())}
        case _:
            return {"falls": int(rng.integers(0, 4))}


def _judged(kind: int, rng: np.random.Generator) -> dict[str, Any]:
    match kind:
        case 5:
            return {"falls": 2, "size_px": (3.0, 4.0)}
        case 6:
            return {"falls": 2, "fps": float(rng.choice([8.0, 10.0]))}
        case 7:
            return {"falls": 0, "distractions": tuple(rng.choice(_RARE, 4).tolist())}
        case 8:
            return {"falls": 0}
        case _:
            return {"falls": 2}
