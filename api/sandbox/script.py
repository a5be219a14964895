"""What the department does with each work: a script in YAML, for demonstrations and tests."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from api.dispatch.statuses import Status
from api.documents import Name, Part, decoded, read_document
from api.findings.geodesy import distance_m
from api.sandbox.behaviour import Behaviour

_LONGEST_S = 86_400.0
_LONGEST_COMMENT = 2000


class Verb(StrEnum):
    """What the department does, and says."""

    ACCEPT = "accept"
    START = "start"
    FINISH = "finish"
    LIE = "lie"  # says that it is done, and has repaired nothing
    RETURN = "return"
    SUSPEND = "suspend"
    RESUME = "resume"


_SAID: dict[Verb, Status] = {
    Verb.ACCEPT: Status.ACCEPTED,
    Verb.START: Status.IN_PROGRESS,
    Verb.FINISH: Status.DONE,
    Verb.LIE: Status.DONE,
    Verb.RETURN: Status.RETURNED,
    Verb.SUSPEND: Status.SUSPENDED,
    Verb.RESUME: Status.RESUMED,
}


@dataclass(frozen=True, slots=True)
class Delay:
    """Some time passes."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Act:
    """The department does something and tells of it."""

    verb: Verb
    comment: str | None = None

    @property
    def status(self) -> Status:
        """What it says."""
        return _SAID[self.verb]

    @property
    def repaired(self) -> bool | None:
        """Whether what was to be repaired is; None where this act does not decide it."""
        return {Verb.FINISH: True, Verb.LIE: False}.get(self.verb)


def _step(value: Any) -> Delay | Act:
    """Read `accept`, `{return: not ours}` or `{delay: 5}`."""
    if isinstance(value, Delay | Act):
        return value
    name, said = value, None
    if isinstance(value, dict) and len(value) == 1:
        ((name, said),) = value.items()
    if name == "delay":
        if isinstance(said, int | float) and 0 <= said <= _LONGEST_S:
            return Delay(float(said))
        raise ValueError(f"a delay is a number of seconds from 0 to {_LONGEST_S:.0f}")
    if name not in list(Verb):
        raise ValueError(f"write delay: SECONDS, or one of {', '.join(Verb)} (with VERB: COMMENT)")
    if said is None or (isinstance(said, str) and len(said) <= _LONGEST_COMMENT):
        return Act(Verb(name), said)
    raise ValueError(f"a comment is a text of at most {_LONGEST_COMMENT} characters")


Step = Annotated[Delay | Act, BeforeValidator(_step)]


class Habit(StrEnum):
    """How the department tells what it does."""

    DOUBLE = "double"  # every word twice, under one id
    REORDER = "reorder"  # all words at the end, the last one first


class Near(Part):
    """A place, in the datum of the messages."""

    latitude: Annotated[float, Field(ge=-90, le=90)]
    longitude: Annotated[float, Field(ge=-180, le=180)]
    within_m: Annotated[float, Field(gt=0, le=100_000)]

    def holds(self, place: tuple[float, float] | None) -> bool:
        """Say whether a latitude and longitude, degrees, lie near."""
        return place is not None and (
            distance_m((self.latitude, self.longitude), place) <= self.within_m
        )


@dataclass(frozen=True, slots=True)
class Arrival:
    """What the department can tell of a work when it is first told of it.

    Attributes:
        order: 1 for the first that ever came.
        what: its class or service code.
        place: latitude and longitude, degrees, as the message says them.
        again: it had a work of this case before.
    """

    order: int
    what: str
    place: tuple[float, float] | None
    again: bool


class Rule(Part):
    """Which works, and what is done with them. A condition that is not there fits every work."""

    classes: list[Name] | None = Field(None, min_length=1, description="classes or service codes")
    works: list[Annotated[int, Field(ge=1)]] | None = Field(
        None, min_length=1, description="by the order in which they first came: 1, 2, …"
    )
    near: Near | None = None
    again: bool | None = Field(None, description="true: its case was here before; false: it is new")
    answers: list[Behaviour] = Field(
        default_factory=list,
        max_length=100,
        description="to the first deliveries, one each; it is taken afterwards",
    )
    steps: list[Step] = Field(default_factory=list, max_length=100)
    callbacks: list[Habit] = Field(default_factory=list)

    @model_validator(mode="after")
    def _ends_with_something(self) -> "Rule":
        if self.steps and isinstance(self.steps[-1], Delay):
            raise ValueError("after the last delay nothing is done")
        return self

    def fits(self, arrival: Arrival) -> bool:
        """Say whether this rule holds for a work."""
        return (
            (self.classes is None or arrival.what in self.classes)
            and (self.works is None or arrival.order in self.works)
            and (self.near is None or self.near.holds(arrival.place))
            and self.again in (None, arrival.again)
        )


TAKEN = Rule()
"""The work is taken, and nothing is done."""


class Script(Part):
    """What is done with every work: by the first rule that fits; by none, it is only taken."""

    rules: list[Rule] = Field(default_factory=list, max_length=200)

    @classmethod
    def steady(cls, delay_s: float) -> "Script":
        """Return the script that accepts, starts and finishes every work.

        Args:
            delay_s: seconds before each of the three.
        """
        delay = Delay(delay_s)
        verbs = (Verb.ACCEPT, Verb.START, Verb.FINISH)
        return cls(rules=[Rule(steps=[step for verb in verbs for step in (delay, Act(verb))])])

    def rule_for(self, arrival: Arrival) -> Rule:
        """Return what is done with a work."""
        return next((rule for rule in self.rules if rule.fits(arrival)), TAKEN)


def read_script(content: bytes) -> Script:
    """Read a script.

    Args:
        content: YAML in UTF-8, 256 KiB at most.

    Raises:
        Unprocessable: it is none; `errors` tells line, place and what is wrong of each mistake.
    """
    return read_document(decoded(content, noun="script"), Script, noun="script")
