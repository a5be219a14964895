"""Figures for people who lead: how good the models are, how quick everybody is, what waits."""

from collections.abc import Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel
from starlette.responses import Response

from api.counts.periods import local_day
from api.database import now
from api.dependencies import ServicesDep, allow
from api.errors import Unprocessable
from api.figures.backlog import backlog
from api.figures.deliveries import deliveries
from api.figures.lights import lights
from api.figures.precision import By, precision
from api.figures.schemas import (
    BacklogDay,
    DeliveriesRow,
    Figures,
    LightsRow,
    PrecisionRow,
    TimesRow,
)
from api.figures.scope import Scope
from api.figures.times import times
from api.permissions import Action
from api.principal import Principal
from api.spreadsheets import MEDIA_TYPE, table

router = APIRouter(tags=["figures"])

_USUAL_DAYS = 28
_MOST_DAYS = 400
_CSV: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/csv": {"schema": {"type": "string"}}}, "description": "The figures"}
}


class Format(StrEnum):
    """How figures are written."""

    JSON = "json"
    CSV = "csv"


FormatQuery = Annotated[
    Format, Query(alias="format", description="csv gives the same rows as a table in UTF-8")
]
Row = TypeVar("Row", bound=BaseModel)


def asked(
    services: ServicesDep,
    principal: Annotated[Principal, Depends(allow(Action.CASES_READ))],
    _: Annotated[Principal, Depends(allow(Action.FINDINGS_READ))],
    first: Annotated[
        date | None,
        Query(alias="from", description="first day, local time zone; 28 days if absent"),
    ] = None,
    last: Annotated[
        date | None, Query(alias="to", description="last day, included; today if absent")
    ] = None,
    inspection: Annotated[str | None, Query(max_length=30, examples=["road_damage"])] = None,
    camera_id: Annotated[str | None, Query(alias="camera", max_length=36)] = None,
) -> Scope:
    """Return what is asked for, narrowed to what the caller may see.

    Raises:
        Unprocessable: there is no such time, or it is too long.
    """
    zone = services.settings.zone
    last = last or local_day(now(), zone)
    first = first or last - timedelta(days=_USUAL_DAYS - 1)
    if not timedelta() <= last - first < timedelta(days=_MOST_DAYS):
        raise Unprocessable(
            f"`from` is not after `to`, and {_MOST_DAYS} days are told at most.",
            code="period-not-possible",
        )
    return Scope(first, last, zone, inspection, camera_id, principal.camera_ids)


ScopeDep = Annotated[Scope, Depends(asked)]


@router.get(
    "/v1/figures/precision",
    summary="How often findings are confirmed",
    response_model=Figures[PrecisionRow],
    responses=_CSV,
)
def read_precision(
    scope: ScopeDep,
    services: ServicesDep,
    by: Annotated[By, Query(description="a row for each class, or each camera and class")] = (
        By.CLASS
    ),
    as_format: FormatQuery = Format.JSON,
) -> Any:
    """Return the precision of what was first seen in a time, by what people said of it.

    A finding counts once, by the last word on it. It is the precision of what was judged:
    `not_judged` says of how many findings it tells nothing.
    """
    with services.database.read() as session:
        rows = precision(session, scope, by=by)
    return _answer(scope, rows, PrecisionRow, as_format)


@router.get(
    "/v1/figures/times",
    summary="How long reviews and cases take",
    response_model=Figures[TimesRow],
    responses=_CSV,
)
def read_times(scope: ScopeDep, services: ServicesDep, as_format: FormatQuery = Format.JSON) -> Any:
    """Return the median and the 90th percentile of what was reviewed, and closed, in a time.

    What still waits is not part of it: the backlog tells of that.
    """
    with services.database.read() as session:
        rows = times(session, scope)
    return _answer(scope, rows, TimesRow, as_format)


@router.get(
    "/v1/figures/backlog",
    summary="What waited, day by day",
    response_model=Figures[BacklogDay],
    responses=_CSV,
)
def read_backlog(
    scope: ScopeDep, services: ServicesDep, as_format: FormatQuery = Format.JSON
) -> Any:
    """Return for each day what came, what was dealt with, and what waited at its end."""
    with services.database.read() as session:
        rows = backlog(session, scope)
    return _answer(scope, rows, BacklogDay, as_format)


@router.get(
    "/v1/figures/lights",
    summary="How departments' cases stand to their terms",
    response_model=Figures[LightsRow],
    responses=_CSV,
)
def read_lights(
    scope: ScopeDep, services: ServicesDep, as_format: FormatQuery = Format.JSON
) -> Any:
    """Return for each department how many cases opened in a time show each light now."""
    with services.database.read() as session:
        rows = lights(session, scope)
    return _answer(scope, rows, LightsRow, as_format)


@router.get(
    "/v1/figures/deliveries",
    summary="How messages reached the departments",
    response_model=Figures[DeliveriesRow],
    responses=_CSV,
)
def read_deliveries(
    scope: ScopeDep, services: ServicesDep, as_format: FormatQuery = Format.JSON
) -> Any:
    """Return for each department what became of the messages written in a time."""
    with services.database.read() as session:
        rows = deliveries(session, scope)
    return _answer(scope, rows, DeliveriesRow, as_format)


def _answer(scope: Scope, rows: Sequence[Row], row: type[Row], as_format: Format) -> Any:
    if as_format is Format.CSV:
        lines = [list(each.model_dump(mode="json").values()) for each in rows]
        return Response(table(list(row.model_fields), lines), media_type=MEDIA_TYPE)
    return Figures(first=scope.first, last=scope.last, items=list(rows))
