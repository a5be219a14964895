"""Series as tables, for spreadsheets."""

from api.counts.schemas import GreennessView, SeriesView
from api.spreadsheets import table

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
    return table(
        ["pest", "unit", *_SERIES, "threshold", "threshold_version", "threshold_source"], rows
    )


def greenness_csv(series: GreennessView) -> str:
    """Return the greenness of a plot as a table: a line for each period."""
    rows = [point.model_dump(mode="json") for point in series.points]
    return table(_GREENNESS, [[row[name] for name in _GREENNESS] for row in rows])
