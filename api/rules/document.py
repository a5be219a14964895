"""A rule set as a city writes it."""

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from api.documents import Label, Name, Part, ZoneName, read_document
from api.rules.hours import Hours

NOUN = "rules"

Vehicle = Literal["car", "bus", "truck", "motorcycle"]
PlateColor = Literal["blue", "green", "yellow", "white", "black"]
Share = Annotated[float, Field(ge=0, le=1)]
Frames = Annotated[int, Field(ge=1, le=50, description="frames of one passage that show it")]
Vehicles = Annotated[list[Vehicle], Field(min_length=1)]
MinWidth = Annotated[
    int, Field(ge=1, le=10_000, description="of the vehicle in pixels; one cut by the edge is none")
]
_ROAD: list[Vehicle] = ["car", "bus", "truck"]


class RegisterCondition(Part):
    """Its plate is in a register, or one edit away from a plate there."""

    type: Literal["register"]
    register_name: Name = Field(alias="register")
    similar: Literal["review", "ignore"] = "review"
    min_score: Share = Field(0.5, description="readings less sure than this say nothing")
    sure: Share = Field(
        0.9, description="a reading at least this sure that differs is another vehicle"
    )
    frames: Frames = 1


class PlateMissing(Part):
    """No plate is seen on a vehicle that is near enough to show one."""

    type: Literal["plate_missing"]
    vehicles: Vehicles = _ROAD
    min_width_px: MinWidth = 240
    min_score: Share = Field(0.5, description="of the vehicle")
    frames: Frames = 3


class PlateUnreadable(Part):
    """A plate is seen on a vehicle that is near enough, and cannot be read."""

    type: Literal["plate_unreadable"]
    vehicles: Vehicles = _ROAD
    min_width_px: MinWidth = 240
    min_score: Share = Field(0.5, description="of the vehicle")
    readable: Share = Field(0.5, description="a reading at least this sure is one")
    frames: Frames = 3


class PlateColorCondition(Part):
    """Its plate has a colour that its kind of vehicle may not have."""

    type: Literal["plate_color"]
    vehicles: Vehicles
    colors: Annotated[list[PlateColor], Field(min_length=1, description="those it may have")]
    min_width_px: MinWidth = 160
    min_score: Share = Field(0.6, description="of the vehicle")
    frames: Frames = 2


class BlackSmoke(Part):
    """It leaves black smoke."""

    type: Literal["black_smoke"]
    min_score: Share = Field(0.5, description="of the smoke")
    frames: Frames = 3


class BannedClass(Part):
    """It is of a kind that may not be here at this time."""

    type: Literal["banned_class"]
    vehicles: Vehicles
    min_score: Share = Field(0.6, description="of the vehicle")
    frames: Frames = 2
    except_register: Name | None = Field(None, description="of plates that may be here")


class Flag(Part):
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


def _hours(value: Any) -> Any:
    return Hours.parse(value) if isinstance(value, str) else value


class Rule(Part):
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


class Site(Part):
    """Cameras that look at one place: what they see of one plate is one finding."""

    cameras: Annotated[list[Name], Field(min_length=1)]
    time_zone: ZoneName | None = None


SiteCode = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,35}$")]


class RuleSetDocument(Part):
    """A city's rules."""

    name: Name
    time_zone: ZoneName | None = Field(None, description="the deployment's if absent")
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
    return read_document(text, RuleSetDocument, noun=NOUN)
