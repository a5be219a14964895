"""How well a shipped detector was measured to do at its operating point."""

from dataclasses import dataclass
from functools import lru_cache
from typing import get_args

from pydantic import BaseModel, Field, ValidationError

from models.errors import ModelInvalid, ModelNotFound
from models.registry import Model, Variant, load_model


class FaintMeasured(BaseModel):
    """What is there down to the score that says something where a thing is known to be.

    A thing is seen where the centre of a detection lies in its box (pointing game; J. Zhang et al.,
    "Top-down Neural Attention by Excitation Backprop", IJCV 126, 2018).

    Attributes:
        score: The lowest that was looked at, 0 to 1.
        recall: Share of the objects that were seen in a single picture, 0 to 1.
        alarms: Detections of nothing in one picture.
        sure_recall: The first at the threshold.
        sure_alarms: The second at the threshold.
    """

    score: float = Field(gt=0, lt=1)
    recall: float = Field(ge=0, le=1)
    alarms: float = Field(ge=0)
    sure_recall: float = Field(ge=0, le=1)
    sure_alarms: float = Field(ge=0)


class ClassMeasured(BaseModel):
    """One class of one variant, at the threshold of `classes.json`.

    Attributes:
        objects: Labelled objects that it was judged on.
        precision: Share of its detections that were right, 0 to 1.
        recall: Share of the objects that it found in a single picture, 0 to 1.
        faint: The same with fainter detections, where these are used.
    """

    objects: int = Field(ge=1)
    precision: float = Field(ge=0, le=1)
    recall: float = Field(ge=0, le=1)
    faint: FaintMeasured | None = None

    @property
    def best_recall(self) -> float:
        """The recall where everything that is looked at counts."""
        return self.faint.recall if self.faint else self.recall


class _Variant(BaseModel):
    digest: str
    classes: dict[str, ClassMeasured]


class _JudgedOn(BaseModel):
    pictures: int = Field(ge=1)


class _Metrics(BaseModel):
    judged_on: _JudgedOn
    variants: dict[str, _Variant]


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """What a card says of one class.

    Attributes:
        model: Name of the model.
        version: Its version.
        variant: The variant that these figures are of.
        pictures: How many pictures it was judged on.
        measured: The figures.
    """

    model: str
    version: str
    variant: Variant
    pictures: int
    measured: ClassMeasured


@lru_cache(maxsize=64)
def operating_point(model_names: tuple[str, ...], class_name: str) -> OperatingPoint | None:
    """Find what was measured of a class, in the variant that finds least of it.

    Any variant may serve, by the machine; the least is what may be counted on. The models are
    those that this process would load, and are read once.

    Args:
        model_names: Detectors of an inspection, by folder name.
        class_name: One of their classes.

    Returns:
        The figures; None where none of the models has the class, or was measured on it.

    Raises:
        ModelInvalid: A `metrics.json` is damaged.
    """
    models = [_model(name, variant) for name in model_names for variant in get_args(Variant)]
    found = [one for model in models if model and (one := _measured(model, class_name))]
    return min(found, key=lambda one: one.measured.recall, default=None)


def _model(name: str, variant: Variant) -> Model | None:
    try:
        return load_model(name, variant)
    except ModelNotFound:
        return None


def _measured(model: Model, class_name: str) -> OperatingPoint | None:
    path = model.folder / "metrics.json"
    if not path.is_file():
        return None
    try:
        metrics = _Metrics.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise ModelInvalid(f"{path}: {error.errors()[0]['msg']}") from error
    figures = metrics.variants.get(model.variant)
    # Figures of another file say nothing of this one.
    if figures is None or figures.digest != model.digest or class_name not in figures.classes:
        return None
    return OperatingPoint(
        model.name,
        model.version,
        model.variant,
        metrics.judged_on.pictures,
        figures.classes[class_name],
    )
