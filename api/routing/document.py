"""A routing table as a city writes it: what classes are called, who receives them, until when."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from importlib import resources
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, model_validator

from api.camera_health.inspection import FINDS
from api.deadlines.calendar import CalendarSettings
from api.deadlines.escalation import DEFAULT_STEPS, Steps
from api.deadlines.terms import Term
from api.documents import Label, Name, Part, read_document
from api.rules.hours import Hours, any_holds

NOUN = "routing"


def _inspection(name: str) -> str:
    if name not in FINDS:
        raise ValueError(f"is none of {', '.join(sorted(FINDS))}")
    return name


def _hours(value: Any) -> Any:
    return Hours.parse(value) if isinstance(value, str) else value


def _term(value: Any) -> Any:
    return Term.parse(value) if isinstance(value, str) else value


def _text(value: Any) -> Any:
    # Of 330106 YAML makes a number; no division begins with 0, so that no digit is lost.
    return str(value) if type(value) is int else value


Inspection = Annotated[str, AfterValidator(_inspection)]
Severity = Annotated[int, Field(ge=1, le=4, description="1 slight to 4 dangerous")]
ClassCode = Annotated[
    str,
    Field(pattern=r"^[0-9]{2}-[0-9]{3}$", description="major and minor class", examples=["02-081"]),
]
CodeOrMajor = Annotated[
    str,
    Field(
        pattern=r"^[0-9]{2}(-[0-9]{3})?$",
        description="a class code, or a major class with all of its codes",
        examples=["02-081", "02"],
    ),
]
Division = Annotated[
    str,
    Field(pattern=r"^[1-9][0-9]{5}$", description="administrative division, GB/T 2260"),
    BeforeValidator(_text),
]


class ClassEntry(Part):
    """What a class of findings is called in the city's table of codes."""

    inspection: Inspection
    class_name: str | None = Field(
        None,
        alias="class",
        min_length=1,
        max_length=60,
        description="if absent: every class of the inspection that has no entry of its own",
    )
    code: ClassCode
    label: Label


class RouteEntry(Part):
    """One route: which findings take it, who receives them, how long they have."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    codes: list[CodeOrMajor] | None = Field(None, min_length=1)
    severity: list[Severity] | None = Field(None, min_length=1, max_length=4)
    grids: list[Annotated[str, Field(min_length=1, max_length=40)]] | None = Field(
        None, min_length=1, description="codes of areas; what lies in an area inside them counts"
    )
    hours: Annotated[
        list[Annotated[Hours, BeforeValidator(_hours), PlainSerializer(str)]],
        Field(default_factory=list),
    ]
    during: Literal["work", "off_work"] | None = Field(
        None, description="time of work by the calendar, holidays and all, or all other time"
    )
    department: Name | None = Field(
        None, description="if absent, the one that the finding names or that receives its class"
    )
    term: Annotated[Term, BeforeValidator(_term), PlainSerializer(str)] | None = Field(
        None, description="no deadline if absent"
    )
    review: Literal["policy", "always"] = Field(
        "policy", description="always: no policy stands in for a person"
    )

    def fits(
        self,
        *,
        code: str | None,
        severity: int,
        grids: Sequence[str],
        moment: datetime,
        is_work: bool,
    ) -> bool:
        """Say whether a finding takes this route.

        Args:
            code: of its class, as in `ClassEntry`; None without one.
            severity: 1 … 4.
            grids: codes of the areas that hold its place.
            moment: the time that counts, in the city's time zone.
            is_work: whether that is time of work.
        """
        return (
            (
                self.codes is None
                or (code is not None and not {code, code[:2]}.isdisjoint(self.codes))
            )
            and (self.severity is None or severity in self.severity)
            and (self.grids is None or not set(grids).isdisjoint(self.grids))
            and any_holds(self.hours, moment)
            and self.during in (None, "work" if is_work else "off_work")
        )

    def covers(self, other: "RouteEntry") -> bool:
        """Say whether whatever takes the other route would take this one too."""
        return (
            (
                self.codes is None
                or (
                    other.codes is not None
                    and all(not {code, code[:2]}.isdisjoint(self.codes) for code in other.codes)
                )
            )
            and _includes(self.severity, other.severity)
            and _includes(self.grids, other.grids)
            and (not self.hours or self.hours == other.hours)
            and self.during in (None, other.during)
        )


class RoutingDocument(Part):
    """A city's routing table. The first route that a finding fits is the one it takes."""

    name: Name
    admin: Division
    calendar: CalendarSettings = CalendarSettings()
    classes: Annotated[list[ClassEntry], Field(default_factory=list, max_length=2000)]
    routes: Annotated[list[RouteEntry], Field(default_factory=list, max_length=1000)]
    escalation: Steps = DEFAULT_STEPS

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        _once([f"{one.inspection} {one.class_name or '*'}" for one in self.classes], "the class")
        _once([one.name for one in self.routes], "the route")
        known = {one.code for one in self.classes}
        known |= {code[:2] for code in known}
        labels: dict[str, Label] = {}
        for one in self.classes:
            if labels.setdefault(one.code, one.label) != one.label:
                raise ValueError(f"{one.code} has two labels")
        for route in self.routes:
            if unknown := sorted(set(route.codes or ()) - known):
                raise ValueError(f"{route.name}: no class has the code {', '.join(unknown)}")
        return self

    @property
    def zone(self) -> ZoneInfo:
        """Return where its hours are counted."""
        return ZoneInfo(self.calendar.time_zone)

    @property
    def departments(self) -> set[str]:
        """Return the names of the destinations that it names."""
        return {route.department for route in self.routes if route.department} | {
            step.to for step in self.escalation if step.to
        }

    @property
    def grids(self) -> set[str]:
        """Return the codes of the areas that it names."""
        return {code for route in self.routes for code in route.grids or ()}

    def entry(self, inspection: str, class_name: str) -> ClassEntry | None:
        """Return what a class is called, None where the table does not say."""
        of_inspection = [one for one in self.classes if one.inspection == inspection]
        return next(
            (one for one in of_inspection if one.class_name == class_name),
            next((one for one in of_inspection if one.class_name is None), None),
        )

    def full_code(self, entry: ClassEntry) -> str:
        """Return division, major and minor class: 11 digits."""
        return self.admin + entry.code.replace("-", "")

    def label_of(self, class_code: str) -> Label | None:
        """Return what a class code of 11 digits is called, None where it is none of this table."""
        return next((one.label for one in self.classes if self.full_code(one) == class_code), None)

    @property
    def warnings(self) -> list[str]:
        """Return what is allowed and probably not meant: routes that nothing ever takes."""
        return [
            f"nothing takes the route {later.name}: {earlier.name} comes before it and takes it all"
            for number, later in enumerate(self.routes)
            for earlier in self.routes[:number]
            if earlier.covers(later)
        ]


@lru_cache(maxsize=16)
def read_table(text: str) -> RoutingDocument:
    """Read a routing table.

    Args:
        text: YAML, 256 KiB at most.

    Raises:
        Unprocessable: it is not one; `errors` tells line, place and what is wrong of each mistake.
    """
    return read_document(text, RoutingDocument, noun=NOUN)


def example() -> str:
    """Return the table that comes with Xunjian, to begin with."""
    return resources.files("api.routing").joinpath("example.yaml").read_text("utf-8")


def _includes(these: Sequence[Any] | None, those: Sequence[Any] | None) -> bool:
    return these is None or (those is not None and set(those) <= set(these))


def _once(names: Sequence[str], what: str) -> None:
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"{what} {', '.join(twice)} is there twice")
