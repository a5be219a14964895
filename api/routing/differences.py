"""What changed between two versions of a routing table, entry by entry."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from api.routing.document import RoutingDocument


@dataclass(frozen=True, slots=True)
class Change:
    """One difference; `before` or `after` is None where the entry is not in one.

    Attributes:
        part: `table`, `calendar`, `classes`, `routes`, `order` (of routes) or `escalation`.
        key: which entry: a setting, an inspection with its class, a route's name.
        before: the entry as it was.
        after: the entry as it is.
    """

    part: str
    key: str
    before: Any
    after: Any


def differences(before: RoutingDocument | None, after: RoutingDocument) -> list[Change]:
    """Return what a version changes, in the order in which a table is written.

    Args:
        before: the version before; None compares with nothing.
        after: the version.
    """
    old, new = (_parts(before) if before else {}), _parts(after)
    changes = []
    for part, entries in new.items():
        known = old.get(part, {})
        changes += [
            Change(part, key, known.get(key), entries.get(key))
            for key in dict.fromkeys([*known, *entries])
            if known.get(key) != entries.get(key)
        ]
    # The first route that fits is taken, so that their order matters.
    was = [one.name for one in before.routes] if before else []
    order = [one.name for one in after.routes]
    if before is not None and was != order:
        changes.append(Change("order", "routes", was, order))
    return changes


def _parts(document: RoutingDocument) -> Mapping[str, Mapping[str, Any]]:
    content = document.model_dump(mode="json", by_alias=True)
    calendar = content["calendar"]
    calendar["hours"] = [str(hours) for hours in document.calendar.hours]
    calendar |= {name: sorted(calendar[name]) for name in ("closed", "open")}
    return {
        "table": {"name": document.name, "admin": document.admin},
        "calendar": calendar,
        "classes": {
            f"{one['inspection']} {one['class'] or '*'}": one for one in content["classes"]
        },
        "routes": {one["name"]: one for one in content["routes"]},
        "escalation": {"steps": content["escalation"]},
    }
