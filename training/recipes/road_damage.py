"""Cracks and potholes seen from vehicles."""

from functools import partial

from datasets.synthesis.road import golden_frame
from training.recipe import JudgedSet, Recipe, Source
from training.rendered import rendered_pictures
from training.roads import RoadComposer
from training.settings import Settings

_CLASSES = ("crack", "pothole")


def _golden() -> bytes:
    return golden_frame().jpeg


RECIPE = Recipe(
    model="road_damage",
    classes=_CLASSES,
    settings=Settings(),
    learned=(
        Source("road_damage", "train"),
        Source("vehicles_openimages", background=True, optional=True),
    ),
    judged=(JudgedSet("test", Source("road_damage", "test")),),
    golden=_golden,
    composer=partial(RoadComposer, pothole=_CLASSES.index("pothole")),
    render=rendered_pictures,
    rendered=140,
)
