"""What a connector says of itself: forms for destinations of its kind are made of it."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Label:
    """What people read, in both languages."""

    zh: str
    en: str


class SecretNeed(StrEnum):
    """Whether a destination has a secret."""

    ALWAYS = "always"
    OPTIONAL = "optional"
    NEVER = "never"


class StatusBy(StrEnum):
    """How a department tells what it does; by hand it always can."""

    CALLBACK = "callback"
    ASKING = "asking"


@dataclass(frozen=True, slots=True)
class Address:
    """What a destination's `url` is.

    Attributes:
        label: what it is called.
        schemes: what it may begin with.
        example: one.
    """

    label: Label
    schemes: tuple[str, ...]
    example: str


@dataclass(frozen=True, slots=True)
class Secret:
    """What a destination's `secret` is.

    Attributes:
        need: whether there is one.
        label: what it is called, and how one is made.
    """

    need: SecretNeed
    label: Label


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a connector says of itself.

    Attributes:
        title: its name.
        summary: whom it is for.
        address: what `url` is.
        secret: what `secret` is.
        settings: what each of its settings is called; their types are in the settings' schema.
        test: what the test button does.
        status_by: how the department tells what it does.
    """

    title: Label
    summary: Label
    address: Address
    secret: Secret
    settings: dict[str, Label]
    test: Label
    status_by: StatusBy
