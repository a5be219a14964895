"""The audit record, to read and to hand on."""

import json
from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime
from starlette.responses import StreamingResponse

from api.audit import service
from api.audit.actors import names_of
from api.audit.schemas import AuditView, AuditWords
from api.audit.service import Filters
from api.database import Database
from api.dependencies import ServicesDep, allow
from api.pages import DEFAULT_LIMIT, Cursor, Limit, Page, decode_id_cursor, next_cursor
from api.permissions import Action
from api.principal import Principal
from api.spreadsheets import MEDIA_TYPE, lines

router = APIRouter(tags=["audit"])

Reader = Annotated[Principal, Depends(allow(Action.AUDIT_READ))]
_ROWS_AT_ONCE = 1000
_COLUMNS = (
    "at",
    "actor",
    "actor_name",
    "action",
    "object_type",
    "object_id",
    "before",
    "after",
    "reason",
)


class Format(StrEnum):
    """How audit records are written."""

    JSON = "json"
    CSV = "csv"


@router.get(
    "/v1/audit",
    summary="List audit records",
    response_model=Page[AuditView],
    responses={
        200: {
            "content": {"text/csv": {"schema": {"type": "string"}}},
            "description": "The records",
        }
    },
)
def list_audit_records(
    _: Reader,
    services: ServicesDep,
    actor: Annotated[str | None, Query(max_length=80, examples=["user:0199f0c2-…"])] = None,
    action: Annotated[
        list[str] | None, Query(max_length=200, description="any of", examples=[["camera.update"]])
    ] = None,
    object_type: Annotated[str | None, Query(max_length=40, examples=["finding"])] = None,
    object_id: Annotated[str | None, Query(max_length=36)] = None,
    since: Annotated[AwareDatetime | None, Query(description="at this time or later")] = None,
    until: Annotated[AwareDatetime | None, Query(description="before this time")] = None,
    as_format: Annotated[
        Format, Query(alias="format", description="csv: every record that fits, without pages")
    ] = Format.JSON,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Any:
    """Return audit records, newest first."""
    filters = Filters(actor, action or (), object_type, object_id, since, until)
    if as_format is Format.CSV:
        headers = {"Content-Disposition": 'attachment; filename="xunjian-audit.csv"'}
        rows = _rows(services.database, filters)
        return StreamingResponse(lines(_COLUMNS, rows), media_type=MEDIA_TYPE, headers=headers)
    views, following = _views(
        services.database, filters, limit=limit, before_id=decode_id_cursor(cursor)
    )
    return Page(items=views, next_cursor=following)


@router.get("/v1/audit/words", summary="The words of the audit record", response_model=AuditWords)
def list_audit_words(_: Reader, services: ServicesDep) -> AuditWords:
    """Return the actions and kinds of objects that stand in the record, to search for."""
    with services.database.read() as session:
        actions, types = service.words(session)
    return AuditWords(actions=list(actions), object_types=list(types))


def _views(
    database: Database, filters: Filters, *, limit: int, before_id: str | None
) -> tuple[list[AuditView], str | None]:
    with database.read() as session:
        rows = service.records(session, filters, limit=limit, before_id=before_id)
        names = names_of(session, {row.actor for row in rows[:limit]})
    views = [
        AuditView(
            id=row.id,
            at=row.at,
            actor=row.actor,
            actor_name=names.get(row.actor),
            action=row.action,
            object_type=row.object_type,
            object_id=row.object_id,
            before=row.before,
            after=row.after,
            reason=row.reason,
        )
        for row in rows[:limit]
    ]
    return views, next_cursor(rows, limit, "id")


def _rows(database: Database, filters: Filters) -> Iterator[tuple[Any, ...]]:
    """Give every record, part by part, so that no transaction lasts as long as a slow reader."""
    cursor: str | None = None
    while True:
        views, cursor = _views(
            database, filters, limit=_ROWS_AT_ONCE, before_id=decode_id_cursor(cursor)
        )
        for view in views:
            yield tuple(_cell(getattr(view, column)) for column in _COLUMNS)
        if cursor is None:
            return


def _cell(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else value
