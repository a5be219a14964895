"""Reading a configuration in YAML, with errors that name the line and say how to mend it."""

import difflib
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from gateway.errors import ConfigInvalid

_VARIABLE = re.compile(r"\$\{(\w+)\}")
_HINT = "see docs/gateway-agent.md, or `xunjian gateway init` for a file to begin with"

Mistake = tuple[int | None, str, str]
"""Line, place, what is wrong."""

M = TypeVar("M", bound=BaseModel)


def read_document(path: Path, model: type[M]) -> M:
    """Read a file in YAML. `${NAME}` in a value stands for the environment variable.

    Args:
        path: the file; relative paths in it begin at its folder.
        model: what it must be.

    Raises:
        ConfigInvalid: it is not one; each mistake is told with its line and place.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        node = yaml.compose(text, yaml.SafeLoader)
        mistakes = [*_twice(node), *_put_variables_in(node)]
        values = _values(node) if node is not None and not mistakes else {}
    except OSError as error:
        raise ConfigInvalid(f"{path}: {error.strerror}", hint=_HINT) from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise _invalid(path, [(line, "", f"is no YAML: {error.problem}")]) from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise _invalid(path, [(None, "", f"is no YAML: {error}")]) from None
    if mistakes:
        raise _invalid(path, mistakes)
    try:
        return model.model_validate(values, context={"folder": path.parent})
    except ValidationError as error:
        details = error.errors(include_url=False)
        raise _invalid(path, [_mistake(node, model, item) for item in details]) from None


def _values(node: yaml.Node) -> Any:
    loader = yaml.SafeLoader("")
    try:
        return loader.construct_document(node)
    finally:
        loader.dispose()


def _invalid(path: Path, mistakes: Sequence[Mistake]) -> ConfigInvalid:
    lines = [
        ", ".join(filter(None, [f"line {line}" if line else "", place])) + f": {message}"
        for line, place, message in sorted(mistakes, key=lambda mistake: mistake[0] or 0)
    ]
    return ConfigInvalid("\n  ".join([f"{path} cannot be used:", *lines]), hint=_HINT)


def _mistake(node: Any, model: type[BaseModel], item: Any) -> Mistake:
    location = item["loc"]
    place, line = "", node.start_mark.line + 1 if node is not None and location else None
    for step in location[:-1]:
        found = _child(node, step)
        if found is None:
            continue  # pydantic names the member of a union, which is no place in the text
        node, line = found
        place += _step(step)
    if location:
        found = _child(node, location[-1])
        if found is not None:
            line = found[1]
        place += _step(location[-1])
    message = item["msg"].removeprefix("Value error, ")
    if item["type"] == "extra_forbidden":
        near = difflib.get_close_matches(str(location[-1]), _words(model), n=1)
        message = "is not known here" + (f"; did you mean {near[0]}?" if near else "")
    elif item["type"] == "missing":
        message = "is missing"
    return line, place.lstrip("."), message


def _step(step: int | str) -> str:
    return f"[{step}]" if isinstance(step, int) else f".{step}"


def _words(model: type[BaseModel]) -> set[str]:
    """Return every key that the configuration knows anywhere."""
    schema = model.model_json_schema()
    parts = [schema, *schema.get("$defs", {}).values()]
    return {name for part in parts for name in part.get("properties", {})}


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
    for child in _below(node):
        yield from _twice(child)


def _put_variables_in(node: Any) -> Iterator[Mistake]:
    """Put the environment's values in place of `${NAME}`; find those that are not set."""
    if isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:str":
        for name in _VARIABLE.findall(node.value):
            if name not in os.environ:
                message = f"the environment variable {name} is not set"
                yield node.start_mark.line + 1, f"${{{name}}}", message
        node.value = _VARIABLE.sub(lambda match: os.environ.get(match[1], ""), node.value)
    for child in _below(node):
        yield from _put_variables_in(child)


def _below(node: Any) -> Iterator[Any]:
    for child in node.value if isinstance(node, yaml.CollectionNode) else ():
        yield from child if isinstance(child, tuple) else (child,)
