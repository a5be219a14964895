"""Documents that a city writes in YAML: checked, with errors that say in which line."""

import difflib
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, TypeVar
from zoneinfo import ZoneInfo

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from api.errors import Unprocessable

LONGEST_DOCUMENT = 256 * 1024

Mistake = tuple[int | None, str, str]
"""Line, place, what is wrong."""

M = TypeVar("M", bound=BaseModel)


def _zone(value: Any) -> Any:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError, TypeError):
        raise ValueError("is no time zone: write one like Asia/Shanghai") from None
    return value


Name = Annotated[str, Field(min_length=1, max_length=120, pattern=r"^[^\x00]*\S[^\x00]*$")]
ZoneName = Annotated[str, BeforeValidator(_zone)]


class Part(BaseModel):
    """A part of a document: it says nothing but what it may say."""

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True, frozen=True)


class Label(Part):
    """What people read."""

    zh: Annotated[str, Field(min_length=1, max_length=60)]
    en: Annotated[str, Field(min_length=1, max_length=60)]


YAML_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/yaml": {"schema": {"type": "string"}}},
    }
}
"""What a route that takes a document adds to its description."""


def decoded(data: bytes, *, noun: str) -> str:
    """Return the UTF-8 text of a document; `noun` as in `read_document`.

    Raises:
        Unprocessable: it is not one.
    """
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise invalid([(None, "", "is not UTF-8")], noun=noun) from None


def line_differences(before: str | None, after: str) -> list[str]:
    """Return the lines that two texts do not share, three lines around each (unified format)."""
    lines = difflib.unified_diff(
        (before or "").splitlines(), after.splitlines(), "before", "after", lineterm=""
    )
    return list(lines)[2:]


def read_document(text: str, model: type[M], *, noun: str) -> M:
    """Read a document.

    Args:
        text: YAML, 256 KiB at most.
        model: what it must be.
        noun: what it is called, in the code of the error: `rules`.

    Raises:
        Unprocessable: it is not one; `errors` tells line, place and what is wrong of each mistake.
    """
    if len(text.encode()) > LONGEST_DOCUMENT:
        raise invalid([(None, "", f"is longer than {LONGEST_DOCUMENT} bytes")], noun=noun)
    try:
        # Anchors and aliases would let a short text become a very long one.
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, yaml.SafeLoader)):
            raise invalid([(None, "", "has an alias (*name): write it out")], noun=noun)
        node = yaml.compose(text, yaml.SafeLoader)
        twice = list(_twice(node))
        values = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = mark.line + 1 if mark else None
        raise invalid([(line, "", f"is no YAML: {error.problem}")], noun=noun) from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise invalid([(None, "", f"is no YAML: {error}")], noun=noun) from None
    if twice:
        raise invalid(twice, noun=noun)
    try:
        return model.model_validate(values)
    except ValidationError as error:
        mistakes = [_mistake(node, item["loc"], item["msg"]) for item in error.errors()]
        raise invalid(mistakes, noun=noun) from None


def invalid(mistakes: Sequence[Mistake], *, noun: str) -> Unprocessable:
    """Return the error that tells of mistakes; `noun` as in `read_document`."""
    errors = [
        {
            "location": ", ".join(filter(None, [f"line {line}" if line else "", place])) or noun,
            "message": message,
        }
        for line, place, message in mistakes
    ]
    told = "; ".join(f"{one['location']}: {one['message']}" for one in errors[:3])
    more = f"; and {len(errors) - 3} more" if len(errors) > 3 else ""
    return Unprocessable(
        f"Nothing was changed. {told}{more}", code=f"{noun}-invalid", extra={"errors": errors}
    )


def _mistake(node: Any, location: Sequence[int | str], message: str) -> Mistake:
    place = ""
    line = node.start_mark.line + 1 if node is not None and location else None
    for step in location:
        if _is_kind(node, step):
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
