"""What the demonstration prints at its end."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import httpx
from rich.table import Table

from api.demo.act import Ended

_WHO = {"user": "operator", "system": "Xunjian", "destination": "a department"}


def of_cases(cases: Sequence[Mapping[str, Any]]) -> Table:
    """List cases as `GET /v1/cases` gives them, oldest first."""
    columns = ("number", "problem", "severity", "looks", "where (WGS-84)", "department", "state")
    table = _table("Cases", *columns)
    for case in reversed(cases):
        finding, destination = case["finding"], case["destination"]
        where = (finding["latitude"], finding["longitude"])
        table.add_row(
            case["number"],
            finding["class"],
            str(finding["severity"]),
            str(finding["looks"]),
            "" if None in where else f"{where[0]:.5f}, {where[1]:.5f}",
            destination["name"] if destination else "none",
            case["state"],
        )
    return table


def of_acts(ended: Sequence[Ended], operator: httpx.Client, received: Sequence[str]) -> Table:
    """Say for each inspection what came of its frames.

    Args:
        ended: the acts.
        operator: signed in, to count findings.
        received: ids of the cases that reached a department.
    """
    table = _table("What happened", "inspection", "frames", "findings", "cases", "received", "")
    for one in ended:
        table.add_row(
            one.act.title,
            f"{one.frames} in {one.posted_s:.1f} s",
            str(len(one.act.findings(operator))),
            str(len(one.opened)),
            str(len(set(one.opened) & set(received))),
            one.act.told,
        )
    return table


def of_timeline(case: Mapping[str, Any]) -> Table:
    """Tell the story of a case as `GET /v1/cases/{id}` gives it, in the zone of this machine."""
    department = case["destination"]
    table = _table(
        f"{case['number']}: {case['finding']['class']}, {case['state']}",
        *("when", "what", "state", "who", "words"),
    )
    for entry in case["timeline"]:
        who = entry["source"].split(":")[0]
        table.add_row(
            f"{datetime.fromisoformat(entry['occurred_at']).astimezone():%H:%M:%S}",
            entry["event"],
            entry["to_state"] if entry["applied"] else "",
            department["name"] if who == "destination" and department else _WHO[who],
            entry["comment"] or "",
        )
    return table


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column)
    return table
