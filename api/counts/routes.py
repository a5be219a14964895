"""Counts and series of plots, for charts and spreadsheets."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api.counts import series as charts
from api.counts.periods import PeriodKind, local_day
from api.counts.pests import VIEW_OF
from api.counts.schemas import FrameCountView, GreennessView, SeriesView
from api.counts.series import Range
from api.counts.table import greenness_csv, series_csv
from api.database import now
from api.dependencies import ServicesDep, allow
from api.errors import Unprocessable
from api.pages import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, next_cursor
from api.permissions import Action
from api.plots.service import plot_of
from api.principal import Principal
from api.problems import problem_responses
from api.spreadsheets import MEDIA_TYPE

router = APIRouter(tags=["plots"])

Reader = Annotated[Principal, Depends(allow(Action.PLOTS_READ))]
_USUAL_DAYS = {PeriodKind.DAY: 28, PeriodKind.WEEK: 84}
_MOST_DAYS = 400
_MOST_DAYS_OF_FRAMES = 31


class Format(StrEnum):
    """How a series is written."""

    JSON = "json"
    CSV = "csv"


First = Annotated[date | None, Query(alias="from", description="first day, local time zone")]
Last = Annotated[date | None, Query(alias="to", description="last day; today, if absent")]
PeriodQuery = Annotated[PeriodKind, Query(description="a week begins on Monday")]
FormatQuery = Annotated[Format, Query(description="csv gives a table in UTF-8")]
_JSON_OR_CSV: dict[str, Any] = {
    "content": {"text/csv": {"schema": {"type": "string"}}},
    "description": "The series",
}


@router.get(
    "/v1/plots/{plot_id}/series",
    summary="How a pest of a plot goes over time",
    response_model=SeriesView,
    responses={**problem_responses(404), 200: _JSON_OR_CSV},
)
def read_series(
    plot_id: str,
    principal: Reader,
    services: ServicesDep,
    pest: Annotated[str, Query(max_length=60, examples=["brown_planthopper"])],
    first: First = None,
    last: Last = None,
    period: PeriodQuery = PeriodKind.WEEK,
    as_format: Annotated[FormatQuery, Query(alias="format")] = Format.JSON,
) -> Any:
    """Return a value for each day or week, with the action threshold in force beside it.

    A value is the median of the usable frames' densities; a period without such a frame has none.
    """
    if pest not in VIEW_OF:
        raise Unprocessable(
            f"There is no pest {pest!r}; there are: {', '.join(VIEW_OF)}.", code="pest-not-found"
        )
    asked = _asked(services, period, first, last)
    with services.database.read() as session:
        plot = plot_of(session, plot_id, principal)
        found = charts.series(session, plot, pest=pest, asked=asked)
    if as_format is Format.CSV:
        return Response(series_csv(found), media_type=MEDIA_TYPE)
    return found


@router.get(
    "/v1/plots/{plot_id}/greenness",
    summary="How a plot grows",
    response_model=GreennessView,
    responses={**problem_responses(404), 200: _JSON_OR_CSV},
)
def read_greenness(
    plot_id: str,
    principal: Reader,
    services: ServicesDep,
    first: First = None,
    last: Last = None,
    period: PeriodQuery = PeriodKind.DAY,
    as_format: Annotated[FormatQuery, Query(alias="format")] = Format.JSON,
) -> Any:
    """Return excess green and canopy cover (长势) for each day or week, by the close pictures."""
    asked = _asked(services, period, first, last)
    with services.database.read() as session:
        found = charts.greenness(session, plot_of(session, plot_id, principal), asked=asked)
    if as_format is Format.CSV:
        return Response(greenness_csv(found), media_type=MEDIA_TYPE)
    return found


@router.get(
    "/v1/plots/{plot_id}/counts",
    summary="What was counted in each frame",
    response_model=Page[FrameCountView],
    responses=problem_responses(400, 404),
)
def list_counts(
    plot_id: str,
    principal: Reader,
    services: ServicesDep,
    first: First = None,
    last: Last = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[FrameCountView]:
    """Return the frames of a plot's cameras with their counts, oldest first; 31 days at most."""
    after = tuple(decode_cursor(cursor, datetime, str)) if cursor else None
    asked = _asked(services, PeriodKind.DAY, first, last, most_days=_MOST_DAYS_OF_FRAMES)
    with services.database.read() as session:
        found = charts.frame_counts(session, plot_of(session, plot_id, principal), asked=asked)
    rows = [each for each in found if after is None or (each.captured_at, each.frame_id) > after]
    return Page(
        items=rows[:limit],
        next_cursor=next_cursor(rows[: limit + 1], limit, "captured_at", "frame_id"),
    )


def _asked(
    services: ServicesDep,
    kind: PeriodKind,
    first: date | None,
    last: date | None,
    *,
    most_days: int = _MOST_DAYS,
) -> Range:
    zone = services.settings.zone
    last = last or local_day(now(), zone)
    try:
        first = first or last - timedelta(days=_USUAL_DAYS[kind] - 1)
        asked = Range.of_days(kind, first, last, zone)
        days = (asked.last.last - asked.first.first).days
        asked.first.start, asked.last.next.end  # noqa: B018 - in the calendar, with what is before
    except (OverflowError, ValueError):
        days = -1
    if not 0 <= days <= most_days + 7 or first is None or first > last:
        raise Unprocessable(
            f"`from` and `to` must be days in order, at most {most_days} days apart.",
            code="range-invalid",
        )
    return asked
