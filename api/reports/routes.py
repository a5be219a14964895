"""Signed daily reports, to read and to hand on."""

from datetime import date
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from starlette.responses import PlainTextResponse, Response

from api.database import now
from api.dependencies import ServicesDep, allow
from api.pages import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, next_cursor
from api.permissions import Action
from api.problems import problem_responses
from api.reports import service
from api.reports.document import SignedReport
from api.reports.schemas import ReportLine
from api.reports.signing import as_pem
from api.spreadsheets import MEDIA_TYPE

router = APIRouter(tags=["reports"])

_READER = [Depends(allow(Action.REPORTS_READ))]


class Format(StrEnum):
    """How a report is written."""

    JSON = "json"
    CSV = "csv"


@router.get(
    "/v1/reports/daily",
    summary="List daily reports",
    response_model=Page[ReportLine],
    dependencies=_READER,
)
def list_reports(
    services: ServicesDep, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Page[ReportLine]:
    """Return the days of which there is a report, newest first."""
    before = date.fromisoformat(decode_cursor(cursor, str)[0]) if cursor else None
    with services.database.read() as session:
        rows = service.days(session, limit=limit, before=before)
    lines = [ReportLine(day=row.day, made_at=row.made_at, key_id=row.key_id) for row in rows]
    return Page(items=lines[:limit], next_cursor=next_cursor(lines, limit, "name"))


@router.get(
    "/v1/reports/daily/{day}",
    summary="A signed daily report",
    response_model=SignedReport,
    responses={
        200: {
            "content": {"text/csv": {"schema": {"type": "string"}}},
            "description": "The report with its signature",
        },
        **problem_responses(409),
    },
    dependencies=_READER,
)
def get_report(
    services: ServicesDep,
    day: Annotated[date, Path(examples=["2026-11-21"])],
    as_format: Annotated[Format, Query(alias="format")] = Format.JSON,
) -> Response:
    """Return a day's report, signed with Ed25519; the same one whoever asks, and whenever.

    It is made when the day is over. `xunjian report verify FILE --key key.pem` says whether a file
    is what was signed; the public key is at `/v1/reports/key.pem`.
    """
    made = services.reports.report(day, at=now())
    name = f"xunjian-{day}.{as_format}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    if as_format is Format.CSV:
        return Response(services.reports.table(made), media_type=MEDIA_TYPE, headers=headers)
    return Response(service.as_json(made), media_type="application/json", headers=headers)


@router.get(
    "/v1/reports/key.pem",
    summary="The public key of the reports",
    response_class=PlainTextResponse,
    responses={
        200: {
            "content": {"application/x-pem-file": {"schema": {"type": "string"}}},
            "description": "An Ed25519 public key",
        }
    },
    openapi_extra={"security": []},
)
def get_key(services: ServicesDep) -> Response:
    """Return what daily reports are checked with; fetch it once and keep it."""
    pem = as_pem(services.reports.signer.public_key)
    return Response(pem, media_type="application/x-pem-file")
