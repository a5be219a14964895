"""A rule set as a city writes it: YAML, checked, with errors that say in which line."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

import yaml
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from api.errors import Unprocessable
from api.rules.hours import Hours

_LONGEST = 256 * 1024


def _zone(value: Any) -> Any:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError, TypeError):
        raise ValueError("is no time zone: write one like Asia/Shanghai") from None
    return value


Vehicle = Literal["car", "bus", "truck", "motorcycle"]
PlateColor = Literal["blue", "green", "yellow", "white", "black"]
Name = Annotated[str, Field(min_length=1, max_length=120, pattern=r"^[^\x00]*\S[^\x00]*$")]
Share = Annotated[float, Field(ge=0, le=1)]
Frames = Annotated[int, Field(ge=1, le=50, description="frames of one passage that show it")]
Zone = Annotated[str, BeforeValidator(_zone)]
Vehicles = Annotated[list[Vehicle], Field(min_length=1)]
MinWidth = Annotated[
    int, Field(ge=1, le=10_000, description="of the vehicle in pixels; one cut by the edge is none")
]
_ROAD: list[Vehicle] = ["car", "bus", "truck"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True, frozen=True)


class RegisterCondition(_Part):
    """Its plate is in a register, or one edit away from a plate there."""

    type: Literal["register"]
    register_name: Name = Field(alias="register")
    similar: Literal["review", "ignore"] = "review"
    min_score: Share = Field(0.5, description="readings less sure than this say nothing")
    sure: Share = Field(
        0.9, description="a reading at least this sure that differs is another vehicle"
    )
    frames: Frames = 1


class PlateMissing(_Part):
    """No plate is seen on a vehicle that is near enough to show one."""

    type: Literal["plate_missing"]
    vehicles: Vehicles = _ROAD
    min_width_px: MinWidth = 240
    min_score: Share = Field(0.5, description="of the vehicle")
    frames: Frames = 3


class PlateUnreadable(_Part):
    """A plate is seen on a vehicle that is near enough, and cannot be read."""

    type: Literal["plate_unreadable"]
    vehicles: Vehicles = _ROAD
    min_width_px: MinWidth = 240
    min_score: Share = Field(0.5, description="of the vehicle")
    readable: Share = Field(0.5, description="a reading at least this sure is one")
    frames: Frames = 3


class PlateColorCondition(_Part):
    """Its plate has a colour that its kind of vehicle may not have."""

    type: Literal["plate_color"]
    vehicles: Vehicles
    colors: Annotated[list[PlateColor], Field(min_length=1, description="those it may have")]
    min_width_px: MinWidth = 160
    min_score: Share = Field(0.6, description="of the vehicle")
    frames: Frames = 2


class BlackSmoke(_Part):
    """It leaves black smoke."""

    type: Literal["black_smoke"]
    min_score: Share = Field(0.5, description="of the smoke")
    frames: Frames = 3


class BannedClass(_Part):
    """It is of a kind that may not be here at this time."""

    type: Literal["banned_class"]
    vehicles: Vehicles
    min_score: Share = Field(0.6, description="of the vehicle")
    frames: Frames = 2
    except_register: Name | None = Field(None, description="of plates that may be here")


class Flag(_Part):
    """Another device at the camera says so (`Xunjian-Flags`)."""

    type: Literal["flag"]
    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.-]{0,39}$")]
    value: Annotated[str, Field(max_length=60)] | None = Field(
        None, description="any value if absent"
    )


Condition = Annotated[
    RegisterCondition
    | PlateMissing
    | PlateUnreadable
    | PlateColorCondition
    | BlackSmoke
    | BannedClass
    | Flag,
    Field(discriminator="type"),
]


class Label(_Part):
    """What people read."""

    zh: Annotated[str, Field(min_length=1, max_length=60)]
    en: Annotated[str, Field(min_length=1, max_length=60)]


def _hours(value: Any) -> Any:
    return Hours.parse(value) if isinstance(value, str) else value


class Rule(_Part):
    """One rule: where and when it holds, what breaks it, who receives what does."""

    code: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,23}$")]
    label: Label
    severity: Annotated[int, Field(ge=1, le=4, description="1 slight to 4 dangerous")]
    department: Name
    sites: list[str] | None = Field(None, min_length=1)
    cameras: list[Name] | None = Field(None, min_length=1)
    hours: list[Annotated[Hours, BeforeValidator(_hours)]] = Field(default_factory=list)
    window: Literal["passage", "hour", "day", "week"] = "day"
    when: Condition


class Site(_Part):
    """Cameras that look at one place: what they see of one plate is one finding."""

    cameras: Annotated[list[Name], Field(min_length=1)]
    time_zone: Zone | None = None


SiteCode = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,35}$")]


class RuleSetDocument(_Part):
    """A city's rules."""

    name: Name
    time_zone: Zone | None = Field(None, description="the deployment's if absent")
    sites: dict[SiteCode, Site] = Field(default_factory=dict)
    rules: Annotated[list[Rule], Field(min_length=1, max_length=200)]

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        codes = [rule.code for rule in self.rules]
        if twice := {code for code in codes if codes.count(code) > 1}:
            raise ValueError(f"the code {', '.join(sorted(twice))} is there twice")
        cameras = [name for site in self.sites.values() for name in site.cameras]
        if twice := {name for name in cameras if cameras.count(name) > 1}:
            raise ValueError(f"the camera {', '.join(sorted(twice))} is in two sites")
        for rule in self.rules:
            if unknown := set(rule.sites or ()) - self.sites.keys():
                raise ValueError(f"{rule.code}: there is no site {', '.join(sorted(unknown))}")
        return self

    @property
    def departments(self) -> set[str]:
        """Return the names of the destinations that receive something."""
        return {rule.department for rule in self.rules}

    @property
    def registers(self) -> set[str]:
        """Return the names of the registers that are asked."""
        asked = {
            rule.when.register_name
            for rule in self.rules
            if isinstance(rule.when, RegisterCondition)
        }
        return asked | {
            rule.when.except_register
            for rule in self.rules
            if isinstance(rule.when, BannedClass) and rule.when.except_register
        }

    @property
    def cameras(self) -> set[str]:
        """Return the names of the cameras that are named."""
        return {name for site in self.sites.values() for name in site.cameras} | {
            name for rule in self.rules for name in rule.cameras or ()
        }


def read_rules(text: str) -> RuleSetDocument:
    """Read a rule set.

    Args:
        text: YAML, 256 KiB at most.

    Raises:
        Unprocessable: it is not one; `errors` tells line, place and what is wrong of each mistake.
    """
    if len(text.encode()) > _LONGEST:
        raise invalid([(None, "", f"is longer than {_LONGEST} bytes")])
    try:
        # Anchors and aliases would let a short text become a very long one.
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, yaml.SafeLoader)):
            raise invalid([(None, "", "has an alias (*name): write it out")])
        node = yaml.compose(text, yaml.SafeLoader)
        twice = list(_twice(node))
        values = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = mark.line + 1 if mark else None
        raise invalid([(line, "", f"is no YAML: {error.problem}")]) from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise invalid([(None, "", f"is no YAML: {error}")]) from None
    if twice:
        raise invalid(twice)
    try:
        return RuleSetDocument.model_validate(values)
    except ValidationError as error:
        raise invalid([_mistake(node, item["loc"], item["msg"]) for item in error.errors()]) from (
            None
        )


Mistake = tuple[int | None, str, str]
"""Line, place, what is wrong."""


def invalid(mistakes: Sequence[Mistake]) -> Unprocessable:
    """Return the error that tells of mistakes."""
    errors = [
        {
            "location": ", ".join(filter(None, [f"line {line}" if line else "", place])) or "rules",
            "message": message,
        }
        for line, place, message in mistakes
    ]
    told = "; ".join(f"{one['location']}: {one['message']}" for one in errors[:3])
    more = f"; and {len(errors) - 3} more" if len(errors) > 3 else ""
    return Unprocessable(
        f"Nothing was changed. {told}{more}", code="rules-invalid", extra={"errors": errors}
    )


def _mistake(node: Any, location: Sequence[int | str], message: str) -> Mistake:
    place = ""
    line = node.start_mark.line + 1 if node is not None else None
    for step in location:
        if place.endswith(".when") and _is_kind(node, step):
            continue  # pydantic names the member of the union, which is no place in the text
        found = _child(node, step)
        if found is not None:
            node, line = found
        place += f"[{step}]" if isinstance(step, int) else f".{step}"
    return line, place.lstrip("."), message.removeprefix("Value error, ")


def _is_kind(node: Any, step: int | str) -> bool:
    return isinstance(node, yaml.MappingNode) and any(
        key.value == "type" and value.value == step for key, value in node.value
    )


def _child(node: Any, step: int | str) -> tuple[Any, int] | None:
    """Return the node that a step leads to, and the line in which it is named."""
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        child = node.value[step]
        return child, child.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == step:
                return value, key.start_mark.line + 1
    return None


def _twice(node: Any) -> Iterator[Mistake]:
    """Find keys that are given twice, of which YAML would silently take the last."""
    if isinstance(node, yaml.MappingNode):
        names = [key.value for key, _ in node.value]
        for n, (key, _) in enumerate(node.value):
            if key.value in names[:n]:
                yield key.start_mark.line + 1, str(key.value), "is there twice"
    for child in node.value if isinstance(node, yaml.CollectionNode) else ():
        for part in child if isinstance(child, tuple) else (child,):
            yield from _twice(part)
