"""Action thresholds (防治指标): versions, imported and compared."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from starlette.concurrency import run_in_threadpool

from api.advisories.judging import judge_all
from api.counts.periods import day_start
from api.dependencies import Services, ServicesDep, allow
from api.errors import NotFound, Unprocessable
from api.frames.bodies import read_body
from api.pages import DEFAULT_LIMIT, Cursor, Limit, Page, decode_id_cursor, page
from api.permissions import Action
from api.principal import Principal
from api.problems import problem_responses
from api.thresholds import service
from api.thresholds.document import LONGEST_DOCUMENT, Parsed, Thresholds, parse, shipped
from api.thresholds.schemas import (
    ChangeView,
    DifferenceView,
    ThresholdsChecked,
    ThresholdSetView,
    ThresholdsView,
)

router = APIRouter(tags=["thresholds"])

_READ = [Depends(allow(Action.THRESHOLDS_READ))]
Manager = Annotated[Principal, Depends(allow(Action.THRESHOLDS_MANAGE))]
_SETTINGS = ("period", "min_frames", "severity")
_YAML: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/yaml": {
                "schema": {"type": "string"},
                "example": "version: hangzhou-2026.2\ncrop: rice\nvalid_from: 2026-06-01\n"
                "thresholds:\n- pest: brown_planthopper\n  stages: [booting]\n  value: 1000\n"
                "  unit: per_100_hills\n  source: 杭州市植保站\n",
            }
        },
    }
}


@router.get(
    "/v1/thresholds",
    summary="List imported thresholds",
    response_model=Page[ThresholdSetView],
    dependencies=_READ,
)
def list_thresholds(
    services: ServicesDep, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Page[ThresholdSetView]:
    """Return what was imported, newest first; the shipped example is not among it."""
    before_id = decode_id_cursor(cursor)
    with services.database.read() as session:
        rows = service.imported(session, limit=limit, before_id=before_id)
    return page(rows, limit, ThresholdSetView)


@router.post(
    "/v1/thresholds",
    summary="Import thresholds",
    status_code=201,
    response_model=ThresholdSetView,
    responses=problem_responses(408, 409, 413, 422),
    openapi_extra=_YAML,
)
async def import_thresholds(
    request: Request, principal: Manager, services: ServicesDep
) -> ThresholdSetView:
    """Import a version, as YAML; the same document again changes nothing.

    It judges the periods that end on its `valid_from` or later; findings that nobody has judged
    follow. A document with faults changes nothing and is answered 422 with each of them.
    """
    parsed = _read(await read_body(request, LONGEST_DOCUMENT))
    return await run_in_threadpool(_import, services, parsed, principal.actor)


@router.post(
    "/v1/thresholds/check",
    summary="Check thresholds",
    response_model=ThresholdsChecked,
    responses=problem_responses(408, 409, 413, 422),
    openapi_extra=_YAML,
)
async def check_thresholds(
    request: Request, _: Manager, services: ServicesDep
) -> ThresholdsChecked:
    """Say whether a document could be imported, and what it would change; changes nothing."""
    parsed = _read(await read_body(request, LONGEST_DOCUMENT))
    return await run_in_threadpool(_check, services, parsed)


def _read(body: bytes) -> Parsed:
    try:
        return parse(body.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise Unprocessable("The document is not UTF-8.", code="thresholds-invalid") from None


def _check(services: Services, parsed: Parsed) -> ThresholdsChecked:
    content = parsed.thresholds
    with services.database.read() as session:
        known = service.same_document(session, parsed)
        old = service.versions(session, content.crop).on(content.valid_from)
    return ThresholdsChecked(
        content=content,
        before=old.version if old else None,
        known=known is not None,
        changes=[ChangeView.model_validate(each) for each in service.differences(old, content)]
        if old
        else [],
    )


def _import(services: Services, parsed: Parsed, actor: str) -> ThresholdSetView:
    content, zone = parsed.thresholds, services.settings.zone
    with services.database.write() as session:
        row = service.import_set(session, parsed=parsed, actor=actor)
        judge_all(session, crop=content.crop, since=day_start(content.valid_from, zone), zone=zone)
    return ThresholdSetView.model_validate(row)


@router.get(
    "/v1/thresholds/{version}",
    summary="Show a version",
    response_model=ThresholdsView,
    dependencies=_READ,
    responses=problem_responses(404),
)
def read_thresholds(version: str, services: ServicesDep) -> ThresholdsView:
    """Return a version with its document; also the one that comes with Xunjian."""
    with services.database.read() as session:
        parsed = service.get_version(session, version)
    return ThresholdsView(content=parsed.thresholds, document=parsed.text, sha256=parsed.sha256)


@router.get(
    "/v1/thresholds/{version}/differences",
    summary="Compare two versions",
    response_model=DifferenceView,
    dependencies=_READ,
    responses=problem_responses(404),
)
def compare_thresholds(
    version: str,
    services: ServicesDep,
    before: Annotated[
        str | None,
        Query(max_length=60, description="version; the one in force before it, if absent"),
    ] = None,
) -> DifferenceView:
    """Return what a version changes, pest by pest and stage by stage."""
    with services.database.read() as session:
        after = service.get_version(session, version).thresholds
        known = service.versions(session, after.crop).sets
        old = (
            service.get_version(session, before).thresholds
            if before is not None
            else _before(known, after)
        )
    return DifferenceView(
        before=old.version,
        after=after.version,
        changes=[ChangeView.model_validate(each) for each in service.differences(old, after)],
        settings={
            name: (getattr(old, name), getattr(after, name))
            for name in _SETTINGS
            if getattr(old, name) != getattr(after, name)
        },
    )


def _before(known: Any, after: Thresholds) -> Thresholds:
    names = [each.version for each in known]
    place = names.index(after.version) + 1
    if place == len(names):
        raise NotFound(
            f"There is no version before {shipped().thresholds.version!r}.",
            code="version-not-found",
        )
    older: Thresholds = known[place]
    return older
