"""What is done while a term runs out, and after it: part of a city's routing table."""

from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator


class Notice(StrEnum):
    """What can be done about a case that takes its time."""

    REMIND = "remind"  # its own department, 催办
    ESCALATE = "escalate"  # the next one, 督办


def _share(value: Any) -> Any:
    if isinstance(value, str) and value.endswith("%"):
        return float(value.removesuffix("%")) / 100
    return value


class Step(BaseModel):
    """One thing that is done, when a share of the term has passed.

    An escalation goes `to` a destination of the city, which is told of the case and does not get
    it, or to the people here, if it names none.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    at: Annotated[
        float,
        BeforeValidator(_share),
        Field(gt=0, le=20, description="of the term: 0.8 or 80%; over 100% is after its end"),
    ]
    do: Notice
    to: Annotated[
        str | None, Field(min_length=1, max_length=120, description="name of a destination")
    ] = None

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.do is Notice.REMIND and self.to is not None:
            raise ValueError("a reminder goes to the case's own department: leave `to` out")
        return self


def _in_order(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    return tuple(sorted(steps, key=lambda step: step.at))


Steps = Annotated[tuple[Step, ...], Field(max_length=20), AfterValidator(_in_order)]

DEFAULT_STEPS = (Step(at=0.8, do=Notice.REMIND), Step(at=1.0, do=Notice.ESCALATE))
"""One reminder, and the people here when the term is over: where a table says nothing else."""
