"""Six pests of rice in close views."""

from functools import cache
from pathlib import Path

from datasets.cards import DatasetCard, load_card
from datasets.synthesis.closeups import CLASS_NAMES, golden_closeup
from training.pests import CloseViewComposer
from training.recipe import JudgedSet, Recipe, Source
from training.rendered import rendered_closeups
from training.settings import Mixture, Settings

_DATA = "rice_closeups"


@cache
def _card() -> DatasetCard:
    return load_card(_DATA)


def _is_judged(path: Path) -> bool:
    return _card().stands_in("test", path)


def _is_learned(path: Path) -> bool:
    return not _is_judged(path)


def _golden() -> bytes:
    return golden_closeup().jpeg


RECIPE = Recipe(
    model="rice_pests",
    classes=CLASS_NAMES,
    settings=Settings(
        image_size=320,
        aspect=1,
        epochs=24,
        plain_epochs=3,
        learning_rate=1.2e-3,
        mixture=Mixture(whole=0.4, mosaic=0.6, zoom=0),
        scales=(0.7, 1.6),
        background_scales=(0.8, 1.6),
    ),
    learned=(
        Source(_DATA, takes=_is_learned),
        Source("vehicles_openimages", background=True, optional=True),
    ),
    judged=(JudgedSet("held out", Source(_DATA, takes=_is_judged)),),
    golden=_golden,
    composer=CloseViewComposer,
    render=rendered_closeups,
    rendered=40,
)
