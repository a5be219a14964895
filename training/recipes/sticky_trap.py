"""Insects on yellow sticky traps, counted by tiles."""

from functools import cache
from pathlib import Path

from datasets.cards import DatasetCard, load_card
from datasets.synthesis.traps import CLASS_NAMES, golden_trap
from inference.engine import Engine
from inference.inspections.crop_pest import TRAP_TILING
from inference.tiling import TiledDetector
from training.pests import TrapComposer
from training.recipe import JudgedSet, Recipe, Source
from training.rendered import rendered_traps
from training.settings import Mixture, Settings

_DATA = "traps"


@cache
def _card() -> DatasetCard:
    return load_card(_DATA)


def _stands_in(split: str, path: Path) -> bool:
    return _card().stands_in(split, path)


def _is_judged(path: Path) -> bool:
    return _stands_in("test", path)


def _tunes(path: Path) -> bool:
    return _stands_in("tune", path)


def _is_learned(path: Path) -> bool:
    return not _is_judged(path) and not _tunes(path)


def _golden() -> bytes:
    return golden_trap().jpeg


def _detector(engine: Engine, threshold: float | None) -> TiledDetector:
    return TiledDetector(engine, TRAP_TILING, threshold)


RECIPE = Recipe(
    model="sticky_trap",
    classes=CLASS_NAMES,
    settings=Settings(
        image_size=416,
        aspect=1,
        epochs=60,
        plain_epochs=0,
        learning_rate=1.2e-3,
        mixture=Mixture(whole=1, mosaic=0, zoom=0),
    ),
    learned=(Source(_DATA, takes=_is_learned),),
    judged=(
        JudgedSet("held out", Source(_DATA, takes=_is_judged), counts=True),
        JudgedSet("chooses the threshold", Source(_DATA, takes=_tunes), counts=True),
    ),
    golden=_golden,
    composer=TrapComposer,
    render=rendered_traps,
    rendered=6,
    detector=_detector,
    decode_size=TRAP_TILING.long_side,
)
