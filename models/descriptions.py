"""What a model's folder says of the model, in one small JSON file whose name tells its kind."""

from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

_NON_EMPTY = Annotated[str, Field(min_length=1)]
_SHARE = Annotated[float, Field(ge=0, le=1)]


class ModelClass(BaseModel):
    """One class that a model tells apart.

    Attributes:
        name: Stable identifier, used on the wire.
        label_zh: What operators read in Chinese.
        label_en: What operators read in English.
        group: Classes of one group describe the same kind of problem and gather in one finding.
        threshold: Operating point: detections with a lower score (0 to 1) are not reported.
        faint: From this score (0 to 1) up a detection says something where one is known to be;
            None if such detections are not used.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: _NON_EMPTY
    label_zh: _NON_EMPTY
    label_en: _NON_EMPTY
    group: _NON_EMPTY
    threshold: _SHARE
    faint: _SHARE | None = None


class Description(BaseModel):
    """What every model says of itself; each kind of model has a subclass and a file of its own.

    Attributes:
        file: Name of the file in the model's folder.
        model: Name of the model, equal to its folder's.
        version: Version of the model.
    """

    model_config = ConfigDict(frozen=True)

    file: ClassVar[str]

    model: _NON_EMPTY
    version: _NON_EMPTY


class DetectorDescription(Description):
    """A detector of objects in pictures.

    Attributes:
        input_size: Long side of the letterboxed input in pixels.
        classes: Classes in the order of the model's class index.
    """

    file = "classes.json"

    input_size: Annotated[int, Field(ge=32, le=4096, multiple_of=32)]
    classes: Annotated[tuple[ModelClass, ...], Field(min_length=1)]

    @field_validator("classes")
    @classmethod
    def _apart(cls, classes: tuple[ModelClass, ...]) -> tuple[ModelClass, ...]:
        names = [one.name for one in classes]
        if len(set(names)) != len(names):
            raise ValueError(f"class names repeat: {', '.join(names)}")
        return classes


class ReaderDescription(Description):
    """A reader of licence plates.

    Attributes:
        charset: Characters in the order of the model's output.
        colors: Colours in the order of the model's output.
        threshold: Operating point: a text of a lower score (0 to 1) is not reported.
        temperature: What log probabilities are divided by, so that scores say how often a text is
            right (C. Guo et al., "On Calibration of Modern Neural Networks", ICML 2017).
    """

    file = "reader.json"

    charset: _NON_EMPTY
    colors: Annotated[tuple[_NON_EMPTY, ...], Field(min_length=1)]
    threshold: _SHARE
    temperature: Annotated[float, Field(gt=0)]


class TrackletsDescription(Description):
    """A classifier of what moved in a clip.

    Attributes:
        classes: What it tells apart, in the order of its output.
        suspected: Operating point: a track of a lower score (0 to 1) is no event.
        confirmed: Lowest score of an event that an operator need not doubt.
    """

    file = "tracklets.json"

    classes: Annotated[tuple[_NON_EMPTY, ...], Field(min_length=2)]
    suspected: _SHARE
    confirmed: _SHARE

    @model_validator(mode="after")
    def _ordered(self) -> "TrackletsDescription":
        if self.confirmed < self.suspected:
            raise ValueError("`confirmed` must not be below `suspected`")
        return self


class ChangeDescription(Description):
    """A network that compares two pictures of one camera.

    Attributes:
        structures: Types of structure in the order of its output.
        appeared: Operating point: probability (0 to 1) at which a new structure is believed.
        removed: The same for a structure that is gone.
    """

    file = "change.json"

    structures: Annotated[tuple[_NON_EMPTY, ...], Field(min_length=1)]
    appeared: _SHARE
    removed: _SHARE
