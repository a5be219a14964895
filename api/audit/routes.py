"""The audit record, to read."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.audit import service
from api.audit.schemas import AuditView
from api.dependencies import ServicesDep, allow
from api.pages import DEFAULT_LIMIT, Cursor, Limit, Page, decode_id_cursor, page
from api.permissions import Action
from api.principal import Principal

router = APIRouter(tags=["audit"])


@router.get("/v1/audit", summary="List audit records", response_model=Page[AuditView])
def list_audit_records(
    _: Annotated[Principal, Depends(allow(Action.AUDIT_READ))],
    services: ServicesDep,
    object_type: Annotated[str | None, Query(max_length=40, examples=["finding"])] = None,
    object_id: Annotated[str | None, Query(max_length=36)] = None,
    actor: Annotated[str | None, Query(max_length=80, examples=["user:0199f0c2-…"])] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[AuditView]:
    """Return audit records, newest first."""
    before_id = decode_id_cursor(cursor)
    with services.database.read() as session:
        rows = service.records(
            session,
            limit=limit,
            before_id=before_id,
            object_type=object_type,
            object_id=object_id,
            actor=actor,
        )
    return page(rows, limit, AuditView)
