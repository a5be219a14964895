"""A set of action thresholds (防治指标) as a document: YAML in, checked values out."""

import hashlib
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from importlib import resources
from itertools import pairwise
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from api.counts.periods import PeriodKind
from api.counts.pests import UNIT, VIEW_OF
from api.errors import Unprocessable
from api.plots.models import ViewKind
from api.plots.stages import Stage, stage_of

LONGEST_DOCUMENT = 256 * 1024
_MU_M2 = 10_000 / 15
_HILLS = 100


class Unit(StrEnum):
    """In what a threshold is published: insects per …; a mu (亩) is a fifteenth of a hectare."""

    PER_M2 = "per_m2"
    PER_MU = "per_mu"
    PER_100_HILLS = "per_100_hills"
    PER_TRAP_NIGHT = "per_trap_night"


Text = Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00]*\S[^\x00]*$")]
Version = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$",
        description="letters, digits, dots, dashes; never given twice",
        examples=["hangzhou-2026.2"],
    ),
]


class Threshold(BaseModel):
    """From how many insects on something should be done, at some stages of growth."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    pest: str = Field(examples=["brown_planthopper"])
    stages: Annotated[tuple[Stage, ...], Field(min_length=1)]
    value: Annotated[float, Field(gt=0, le=1e9, allow_inf_nan=False, examples=[1000])]
    unit: Unit
    source: Text = Field(description="who published it, where")
    note: Text | None = None

    @model_validator(mode="after")
    def _fits_the_pest(self) -> "Threshold":
        kind = VIEW_OF.get(self.pest)
        if kind is None:
            raise ValueError(f"pest is none of {', '.join(VIEW_OF)}")
        if (kind is ViewKind.TRAP) != (self.unit is Unit.PER_TRAP_NIGHT):
            raise ValueError(f"{self.pest} is counted {UNIT[kind]}: {self.unit} does not fit")
        return self

    def in_unit_of_the_camera(self, hills_per_m2: float | None) -> float | None:
        """Return the threshold per square metre, or per trap and night.

        Args:
            hills_per_m2: of the plot; without it one per 100 hills cannot be told.
        """
        if self.unit is Unit.PER_MU:
            return self.value / _MU_M2
        if self.unit is Unit.PER_100_HILLS:
            return None if hills_per_m2 is None else self.value * hills_per_m2 / _HILLS
        return self.value


class Thresholds(BaseModel):
    """A version of a crop's action thresholds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Version
    crop: Annotated[str, Field(pattern=r"^[a-z_]{1,30}$", examples=["rice"])]
    valid_from: date = Field(description="judges the periods that end on this day or later")
    period: PeriodKind = Field(PeriodKind.WEEK, description="whose value is compared")
    min_frames: Annotated[
        int, Field(ge=1, le=10_000, description="usable frames that a period is judged by")
    ] = 3
    severity: Annotated[
        tuple[float, float, float, float],
        Field(description="times the threshold from which a finding has severity 1, 2, 3, 4"),
    ] = (1.0, 1.5, 2.0, 4.0)
    thresholds: Annotated[tuple[Threshold, ...], Field(min_length=1, max_length=1000)]

    @model_validator(mode="after")
    def _makes_sense(self) -> "Thresholds":
        bands = self.severity
        if bands[0] != 1 or not all(a < b for a, b in pairwise(bands)):
            raise ValueError("severity must begin with 1 and ascend, like [1, 1.5, 2, 4]")
        seen: set[tuple[str, Stage]] = set()
        for each in self.thresholds:
            for stage in each.stages:
                if (each.pest, stage) in seen:
                    raise ValueError(f"{each.pest} has two thresholds for {stage}")
                seen.add((each.pest, stage))
        return self

    def of(self, pest: str, bbch: int) -> Threshold | None:
        """Return the threshold of a pest at a growth stage, None where there is none."""
        stage = stage_of(bbch)
        return next(
            (one for one in self.thresholds if one.pest == pest and stage in one.stages), None
        )

    def severity_of(self, ratio: float) -> int:
        """Return 1 to 4 for a value that is `ratio`, 1 or more, times its threshold."""
        return sum(ratio >= band for band in self.severity)

    @property
    def pests(self) -> list[str]:
        """Return the pests that have a threshold, each once."""
        return list(dict.fromkeys(one.pest for one in self.thresholds))


@dataclass(frozen=True, slots=True)
class Parsed:
    """A checked document.

    Attributes:
        thresholds: what it says.
        text: how it says it.
    """

    thresholds: Thresholds
    text: str

    @property
    def sha256(self) -> str:
        """Return the hash of the text, lower-case hexadecimal."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def parse(text: str) -> Parsed:
    """Check a document.

    Raises:
        Unprocessable: with every fault and where it is.
    """
    try:
        content = yaml.load(text, _Loader)  # noqa: S506 - a SafeLoader
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}" if mark else "document"
        raise _invalid([(where, getattr(error, "problem", None) or "is no YAML")]) from None
    try:
        return Parsed(Thresholds.model_validate(content), text)
    except ValidationError as error:
        raise _invalid(
            [
                (".".join(map(str, item["loc"])) or "document", item["msg"])
                for item in error.errors()
            ]
        ) from None


@lru_cache(maxsize=1)
def shipped() -> Parsed:
    """Return the example that comes with Xunjian."""
    return parse(resources.files("api.thresholds").joinpath("rice_example.yaml").read_text("utf-8"))


class _Loader(yaml.SafeLoader):
    """Refuses a key that is given twice, of which YAML would silently take the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        twice = next((key for key in keys if keys.count(key) > 1), None)
        if twice is not None:
            raise yaml.constructor.ConstructorError(
                None, None, f"{twice!r} is given twice", node.start_mark
            )
        return super().construct_mapping(node, deep)


def _invalid(faults: list[tuple[str, str]]) -> Unprocessable:
    return Unprocessable(
        "; ".join(f"{where}: {what}" for where, what in faults[:3]),
        code="thresholds-invalid",
        extra={"errors": [{"location": where, "message": what} for where, what in faults]},
    )
