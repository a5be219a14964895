"""Attributes: what a department asks of requests of its services beyond GeoReport's own fields.

Source: https://wiki.open311.org/GeoReport_v2 (GET Service Definition, POST Service Request:
`attribute[code]=value`, `attribute[code][]=value` for each value of a multivaluelist).
"""

from collections.abc import Callable, Mapping, Sequence
from string import Template
from typing import Any

from api.dispatch.connectors.open311_answers import Definition

Given = Mapping[str, str | Sequence[str]]


def _of(*path: str) -> Callable[[Mapping[str, Any]], Any]:
    def found(facts: Mapping[str, Any]) -> Any:
        value: Any = facts
        for name in path:
            value = (value or {}).get(name)
        return value

    return found


FIELDS: dict[str, Callable[[Mapping[str, Any]], Any]] = {
    "case_number": _of("case", "number"),
    "class_code": _of("case", "class_code", "code"),
    "grid_code": _of("case", "grid", "code"),
    "term": _of("deadline", "term"),
    "class": _of("finding", "class"),
    "class_group": _of("finding", "class_group"),
    "inspection": _of("finding", "inspection"),
    "severity": _of("finding", "severity"),
    "confidence": _of("finding", "confidence"),
    "looks": _of("finding", "looks"),
    "size_m": _of("finding", "size_m"),
    "first_seen_at": _of("finding", "first_seen_at"),
    "last_seen_at": _of("finding", "last_seen_at"),
    "accuracy_m": _of("location", "accuracy_m"),
}
"""What `$name` in an attribute's value stands for, out of what a message tells."""
_ROUTING = ("class_code", "grid_code", "term")


def attribute_form(given: Given, facts: Mapping[str, Any]) -> dict[str, str | list[str]]:
    """Return the fields of a POST that carry attributes, filled in.

    A value that needs a field which this case lacks (a size nobody measured) is left out.

    Args:
        given: attribute code to value or values, as the settings have them.
        facts: what the message tells.
    """
    known = _known(facts)
    form: dict[str, str | list[str]] = {}
    for code, value in given.items():
        if isinstance(value, str):
            if (filled := _filled(value, known)) is not None:
                form[f"attribute[{code}]"] = filled
        else:
            form[f"attribute[{code}][]"] = [
                filled for each in value if (filled := _filled(each, known)) is not None
            ]
    return form


def attribute_problems(definition: Definition, given: Given) -> list[str]:
    """Return what a department would refuse or not understand of attributes, or nothing.

    Args:
        definition: of the service.
        given: attribute code to value or values, as the settings have them.
    """
    asked = {attribute.code: attribute for attribute in definition.attributes}
    problems = [
        f"attribute {code} is required: {attribute.description or attribute.datatype or ''}".strip()
        for code, attribute in asked.items()
        if attribute.required and attribute.variable and code not in given
    ]
    for code, value in given.items():
        attribute = asked.get(code)
        if attribute is None:
            problems.append(f"there is no attribute {code}")
            continue
        keys = {choice.key for choice in attribute.values or ()}
        constants = [each for each in _listed(value) if not Template(each).get_identifiers()]
        wrong = [each for each in constants if keys and each not in keys]
        if wrong:
            problems.append(f"attribute {code} is one of {', '.join(sorted(keys))}, not {wrong[0]}")
    return problems


def routing_form(facts: Mapping[str, Any]) -> dict[str, str | list[str]]:
    """Return the fields that tell what the city's routing table says, where it says something."""
    known = _known(facts)
    return {f"attribute[{name}]": known[name] for name in _ROUTING if name in known}


def _known(facts: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, of in FIELDS.items() if (value := of(facts)) is not None}


def _listed(value: str | Sequence[str]) -> Sequence[str]:
    return [value] if isinstance(value, str) else value


def _filled(value: str, known: Mapping[str, str]) -> str | None:
    template = Template(value)
    if any(name not in known for name in template.get_identifiers()):
        return None
    return template.substitute(known)
