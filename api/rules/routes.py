"""Rule sets: checked, put in force, read."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from api.dependencies import ServicesDep, allow
from api.documents import LONGEST_DOCUMENT, YAML_BODY, decoded, line_differences
from api.errors import NotFound
from api.frames.bodies import read_body
from api.pages import DEFAULT_LIMIT, Cursor, Limit, Page, decode_id_cursor, page
from api.permissions import Action
from api.principal import Principal
from api.problems import problem_responses
from api.rules import service
from api.rules.document import NOUN
from api.rules.schemas import RuleSetChecked, RuleSetDifferences, RuleSetText, RuleSetView

router = APIRouter(tags=["rules"])

Reader = Annotated[Principal, Depends(allow(Action.RULES_READ))]
Manager = Annotated[Principal, Depends(allow(Action.RULES_MANAGE))]
Number = Annotated[int, Path(ge=1, le=2**31 - 1)]


@router.get(
    "/v1/rules",
    summary="The rules in force",
    response_model=RuleSetText,
    responses=problem_responses(404),
)
def read_rules_in_force(services: ServicesDep, _: Reader) -> RuleSetText:
    """Return the rules in force, as they were written."""
    with services.database.read() as session:
        rules = service.VERSIONS.in_force(session)
    if rules is None:
        raise NotFound("No rules are in force: nothing is a violation.", code="no-rules")
    return RuleSetText.model_validate(rules)


@router.put(
    "/v1/rules",
    summary="Put rules in force",
    response_model=RuleSetView,
    responses=problem_responses(408, 413),
    openapi_extra=YAML_BODY,
)
async def load_rules(request: Request, services: ServicesDep, principal: Manager) -> RuleSetView:
    """Put a rule set (YAML) in force in place of the one before, from the next frame on.

    A 422 names line and place of every mistake, and every unknown department, register and
    camera; nothing is changed then. To go back, put an earlier version's text.
    """
    text = decoded(await read_body(request, LONGEST_DOCUMENT), noun=NOUN)

    def load() -> RuleSetView:
        with services.database.write() as session:
            rules = service.load(
                session,
                text=text,
                time_zone=services.settings.time_zone,
                actor=principal.actor,
            )
        return RuleSetView.model_validate(rules)

    return await run_in_threadpool(load)


@router.delete(
    "/v1/rules",
    summary="Put no rules in force",
    status_code=204,
    response_class=Response,
    responses=problem_responses(409),
)
def end_rules(services: ServicesDep, principal: Manager) -> None:
    """End the rules in force: from the next frame on nothing is a violation."""
    with services.database.write() as session:
        service.VERSIONS.end(session, actor=principal.actor)


@router.post(
    "/v1/rules/check",
    summary="Check rules",
    response_model=RuleSetChecked,
    responses=problem_responses(408, 413),
    openapi_extra=YAML_BODY,
)
async def check_rules(request: Request, services: ServicesDep, _: Manager) -> RuleSetChecked:
    """Say whether a rule set could be put in force; changes nothing."""
    text = decoded(await read_body(request, LONGEST_DOCUMENT), noun=NOUN)

    def check() -> RuleSetChecked:
        with services.database.read() as session:
            document = service.check(session, text)
            known = service.VERSIONS.in_force(session)
        return RuleSetChecked(
            name=document.name,
            rules=[rule.code for rule in document.rules],
            differences=line_differences(known.text if known else None, text),
        )

    return await run_in_threadpool(check)


@router.get("/v1/rules/versions", summary="Every version", response_model=Page[RuleSetView])
def list_rule_versions(
    services: ServicesDep, _: Reader, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Page[RuleSetView]:
    """Return every version that was ever in force, oldest first."""
    with services.database.read() as session:
        rows = service.VERSIONS.page(session, limit=limit, after_id=decode_id_cursor(cursor))
    return page(rows, limit, RuleSetView)


@router.get(
    "/v1/rules/versions/{number}",
    summary="One version",
    response_model=RuleSetText,
    responses=problem_responses(404),
)
def read_rule_version(number: Number, services: ServicesDep, _: Reader) -> RuleSetText:
    """Return a version as it was written."""
    with services.database.read() as session:
        return RuleSetText.model_validate(service.VERSIONS.get(session, number))


@router.get(
    "/v1/rules/versions/{number}/differences",
    summary="Compare two versions",
    response_model=RuleSetDifferences,
    responses=problem_responses(404),
)
def compare_rule_versions(
    number: Number,
    services: ServicesDep,
    _: Reader,
    before: Annotated[
        int | None, Query(ge=1, le=2**31 - 1, description="the one before it, if absent")
    ] = None,
) -> RuleSetDifferences:
    """Return what a version changes, line by line."""
    if before is None and number > 1:
        before = number - 1
    with services.database.read() as session:
        after = service.VERSIONS.get(session, number).text
        old = service.VERSIONS.get(session, before).text if before is not None else None
    return RuleSetDifferences(before=before, after=number, differences=line_differences(old, after))
