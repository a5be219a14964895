"""Series as tables (CSV, RFC 4180), for spreadsheets."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from api.counts.schemas import GreennessView, SeriesView

MEDIA_TYPE = "text/csv; charset=utf-8"

_SERIES = (
    "period",
    "start",
    "end",
    "value",
    "frames",
    "lowest",
    "highest",
    "bbch",
    "stage",
    "threshold_missing",
    "severity",
)
_THRESHOLD = ("value", "version", "source")
_GREENNESS = ("period", "start", "end", "frames", "excess_green", "canopy_cover")


def series_csv(series: SeriesView) -> str:
    """Return a series as a table: a line for each period."""
    rows = []
    for point in series.points:
        row = point.model_dump(mode="json")
        threshold = row["threshold"] or {}
        rows.append(
            [series.pest, series.unit, *(row[name] for name in _SERIES)]
            + [threshold.get(name) for name in _THRESHOLD]
        )
    return _table(
        ["pest", "unit", *_SERIES, "threshold", "threshold_version", "threshold_source"], rows
    )


def greenness_csv(series: GreennessView) -> str:
    """Return the greenness of a plot as a table: a line for each period."""
    rows = [point.model_dump(mode="json") for point in series.points]
    return _table(_GREENNESS, [[row[name] for name in _GREENNESS] for row in rows])


def _table(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    # The byte order mark lets spreadsheets see that Chinese text is UTF-8.
    text = io.StringIO("\ufeff", newline="")
    text.seek(0, io.SEEK_END)
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()
