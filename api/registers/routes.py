"""Registers: made, filled from CSV or JSON, exported."""

import csv
import io
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool

from api.dependencies import Services, ServicesDep, allow
from api.errors import Unprocessable
from api.frames.bodies import read_body
from api.pages import DEFAULT_LIMIT, Cursor, Limit, Page, decode_id_cursor, page
from api.permissions import Action
from api.principal import Principal
from api.problems import problem_responses
from api.registers import service
from api.registers.models import ChangeMode
from api.registers.rows import Entry, read_csv, read_rows
from api.registers.schemas import (
    EntriesCreate,
    Export,
    RegisterCreate,
    RegisterView,
    Removal,
    VersionView,
)

router = APIRouter(tags=["registers"])

Reader = Annotated[Principal, Depends(allow(Action.REGISTERS_READ))]
Manager = Annotated[Principal, Depends(allow(Action.REGISTERS_MANAGE))]
Exporter = Annotated[Principal, Depends(allow(Action.REGISTERS_EXPORT))]
_LONGEST_BODY = 16 * 1024 * 1024
_ENTRIES: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "text/csv": {
                "schema": {"type": "string"},
                "example": "plate,valid_from,valid_until,note\n京A12345,2026-11-01,2027-10-31,\n",
            },
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["entries"],
                    "properties": {
                        "entries": {
                            "type": "array",
                            "items": {
                                "type": "object",
                                "required": ["plate"],
                                "properties": {
                                    "plate": {"type": "string"},
                                    "valid_from": {"type": "string", "format": "date"},
                                    "valid_until": {"type": "string", "format": "date"},
                                    "note": {"type": "string", "maxLength": 200},
                                },
                            },
                        }
                    },
                },
                "example": {"entries": [{"plate": "京A12345", "valid_until": "2027-10-31"}]},
            },
        },
    }
}


@router.get("/v1/registers", summary="List registers", response_model=Page[RegisterView])
def list_registers(
    services: ServicesDep, _: Reader, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Page[RegisterView]:
    """Return the registers, oldest first; never what is in them."""
    with services.database.read() as session:
        rows = service.registers(session, limit=limit, after_id=decode_id_cursor(cursor))
    return page(rows, limit, RegisterView)


@router.post(
    "/v1/registers",
    summary="Make a register",
    status_code=201,
    response_model=RegisterView,
    responses=problem_responses(409),
)
def create_register(
    body: RegisterCreate, services: ServicesDep, principal: Manager
) -> RegisterView:
    """Make an empty register."""
    with services.database.write() as session:
        register = service.create_register(
            session, name=body.name, kind=body.kind, actor=principal.actor
        )
    return RegisterView.model_validate(register)


@router.get(
    "/v1/registers/{register_id}",
    summary="Show a register",
    response_model=RegisterView,
    responses=problem_responses(404),
)
def read_register(register_id: str, services: ServicesDep, _: Reader) -> RegisterView:
    """Return a register, without what is in it."""
    with services.database.read() as session:
        return RegisterView.model_validate(service.get_register(session, register_id))


@router.delete(
    "/v1/registers/{register_id}",
    summary="Delete a register",
    status_code=204,
    response_class=Response,
    responses=problem_responses(404, 409),
)
def delete_register(register_id: str, services: ServicesDep, principal: Manager) -> None:
    """Delete a register and everything in it; the audit record keeps that it was there."""
    with services.database.write() as session:
        service.delete_register(session, register_id=register_id, actor=principal.actor)


@router.get(
    "/v1/registers/{register_id}/versions",
    summary="What was done to a register",
    response_model=Page[VersionView],
    responses=problem_responses(404),
)
def list_register_versions(
    register_id: str,
    services: ServicesDep,
    _: Reader,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[VersionView]:
    """Return each change with its numbers and who made it, oldest first."""
    with services.database.read() as session:
        rows = service.versions(
            session, register_id=register_id, limit=limit, after_id=decode_id_cursor(cursor)
        )
    return page(rows, limit, VersionView)


@router.post(
    "/v1/registers/{register_id}/entries",
    summary="Fill a register",
    response_model=VersionView,
    responses=problem_responses(404, 408, 413),
    openapi_extra=_ENTRIES,
)
async def change_entries(
    register_id: str,
    request: Request,
    services: ServicesDep,
    principal: Manager,
    mode: Annotated[
        Literal["replace", "add"],
        Query(description="`replace`: these and no others; `add`: these too, or with new days"),
    ],
) -> VersionView:
    """Replace what is in a register, or add to it: everything at once, or nothing.

    CSV (`text/csv`: UTF-8 or GB18030; columns plate 号牌, valid_from 生效日期, valid_until
    截止日期, note 备注) or JSON. A 422 names every row that is wrong, its column, and why.
    """
    data = await read_body(request, _LONGEST_BODY)
    as_json = request.headers.get("content-type", "").startswith("application/json")

    def change() -> VersionView:
        given = _of_json(data) if as_json else read_csv(data)
        return _change(services, principal, register_id, ChangeMode(mode), given)

    return await run_in_threadpool(change)


@router.post(
    "/v1/registers/{register_id}/removals",
    summary="Take plates out of a register",
    response_model=VersionView,
    responses=problem_responses(404),
)
def remove_entries(
    register_id: str, body: Removal, services: ServicesDep, principal: Manager
) -> VersionView:
    """Take plates out: all of them, or nothing if one is not in it. Plates stay out of paths."""
    given = read_rows(enumerate(({"plate": plate} for plate in body.plates), 1))
    return _change(services, principal, register_id, ChangeMode.REMOVE, given)


@router.post(
    "/v1/registers/{register_id}/export",
    summary="Read a register",
    response_class=Response,
    responses={
        200: {"content": {"text/csv": {"schema": {"type": "string"}}}},
        **problem_responses(404),
    },
)
def export_entries(
    register_id: str, body: Export, services: ServicesDep, principal: Exporter
) -> Response:
    """Return a register as CSV (UTF-8 with a byte order mark); who and why is recorded."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(["plate", "valid_from", "valid_until", "note"])
    with services.database.write() as session:
        for entry in service.entries(
            session,
            register_id=register_id,
            plates=services.plates,
            purpose=body.purpose,
            actor=principal.actor,
        ):
            writer.writerow([entry.plate, entry.valid_from, entry.valid_until, entry.note])
    headers = {
        "Cache-Control": "no-store",
        "Content-Disposition": f'attachment; filename="register-{register_id}.csv"',
    }
    return Response(
        file.getvalue().encode("utf-8-sig"), headers=headers, media_type="text/csv; charset=utf-8"
    )


def _change(
    services: Services,
    principal: Principal,
    register_id: str,
    mode: ChangeMode,
    given: list[Entry],
) -> VersionView:
    prepared = service.prepare(given, services.plates)
    with services.database.write() as session:
        version = service.change(
            session,
            register_id=register_id,
            mode=mode,
            prepared=prepared,
            plates=services.plates,
            actor=principal.actor,
        )
    return VersionView.model_validate(version)


def _of_json(data: bytes) -> list[Entry]:
    try:
        body = EntriesCreate.model_validate_json(data)
    except ValidationError as error:
        errors = [
            {"location": ".".join(map(str, item["loc"])), "message": item["msg"]}
            for item in error.errors(include_input=False)
        ]
        raise Unprocessable(
            "; ".join(f"{one['location']}: {one['message']}" for one in errors[:3]),
            code="register-invalid",
            extra={"errors": errors},
        ) from None
    rows = (one.model_dump(mode="json") for one in body.entries)
    return read_rows(enumerate(rows, 1))
