"""A daily report as a table: a line for each count."""

from collections.abc import Iterator

from api.reports.document import Report
from api.spreadsheets import table

_COLUMNS = ("part", "item", "value", "inspection", "class", "department", "cell")
_HEAD = ("format", "source", "day", "time_zone", "begins_at", "ends_at", "made_at")
_NAMES = {
    "state": "item",
    "fault": "item",
    "inspection": "inspection",
    "class": "class",
    "department": "department",
    "cell": "cell",
}


def as_table(report: Report) -> str:
    """Return a report as CSV with the columns part, item, value, and what they belong to."""
    return table(_COLUMNS, _rows(report))


def _rows(report: Report) -> Iterator[list[str | int]]:
    document = report.model_dump(mode="json", by_alias=True)
    for name in _HEAD:
        yield ["report", name, document[name], "", "", "", ""]
    for part, lines in document.items():
        if part in _HEAD:
            continue
        for line in lines:
            of = {_NAMES[key]: value for key, value in line.items() if key in _NAMES}
            for key, value in line.items():
                if key not in _NAMES:
                    named = {"item": key, **of}
                    yield [part, named["item"], value, *(of.get(c, "") for c in _COLUMNS[3:])]
