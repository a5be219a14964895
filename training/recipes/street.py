"""Road users, licence plates and exhaust smoke, as checkpoints and streets show them."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from datasets.plate_photos import read_plate_photos
from datasets.splits import is_held_out
from datasets.synthesis.checkpoint import golden_frame
from datasets.yolo import LabelledPicture
from training.plates.pool import noted_plates
from training.recipe import JudgedSet, Recipe, Source
from training.rendered import rendered_passages
from training.settings import Settings
from training.street import StreetComposer

_CLASSES = ("person", "bicycle", "motorcycle", "car", "bus", "truck", "plate", "black_smoke")
_VEHICLES = ("motorcycle", "car", "bus", "truck")
_SMOKING = ("car", "bus", "truck")
_OPENIMAGES = {name: name for name in _VEHICLES}
"""Ambulances are no class of their own; what they are is left open."""


def _is_judged(path: Path) -> bool:
    return is_held_out(path.name)


def _is_learned(path: Path) -> bool:
    return not is_held_out(path.name)


def _golden() -> bytes:
    return golden_frame().picture.jpeg


def _composer(
    pictures: Sequence[LabelledPicture],
    backgrounds: Sequence[LabelledPicture],
    settings: Settings,
) -> StreetComposer:
    corners: dict[Path, list[NDArray[np.float32]]] = {}
    for folder in {one.path.parent.parent for one in pictures}:
        if (folder / "plates.json").is_file():
            for plate in noted_plates(folder, held_out=False):
                corners.setdefault(plate.photo, []).append(plate.corners)
    return StreetComposer(
        pictures, backgrounds, settings, classes=_CLASSES, smoking=_SMOKING, corners=corners
    )


_EASYPR = Source(
    "plates_easypr", takes=_is_learned, labelled=("plate", "black_smoke"), read=read_plate_photos
)
_CCPD = Source("plates_ccpd", labelled=("plate", "black_smoke"), read=read_plate_photos)

RECIPE = Recipe(
    model="street",
    classes=_CLASSES,
    settings=Settings(
        image_size=576, epochs=20, plain_epochs=3, learning_rate=8e-4, freeze=5, scales=(0.7, 2.3)
    ),
    learned=(
        Source("smoke", "train", labelled=("black_smoke",)),
        *[_EASYPR] * 3,  # few photos: each is seen three times
        *[_CCPD] * 2,
        Source(
            "vehicles_openimages",
            takes=_is_learned,
            classes=_OPENIMAGES,
            labelled=(*_VEHICLES, "black_smoke"),
        ),
    ),
    judged=(
        JudgedSet("smoke", Source("smoke", "test", labelled=("black_smoke",))),
        JudgedSet(
            "plates",
            Source("plates_easypr", takes=_is_judged, labelled=("plate",), read=read_plate_photos),
        ),
        JudgedSet(
            "vehicles",
            Source(
                "vehicles_openimages",
                takes=_is_judged,
                classes=_OPENIMAGES,
                labelled=_VEHICLES,
            ),
        ),
    ),
    golden=_golden,
    composer=_composer,
    render=rendered_passages,
    rendered=130,
    found_on={"plate": _VEHICLES},
)
