"""Verifications, to read; and what is set for their classes."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from api.camera_health.inspection import FINDS
from api.cases.views import visible_case
from api.dependencies import ServicesDep, allow
from api.errors import NotFound
from api.pages import DEFAULT_LIMIT, Cursor, Limit, Page, decode_id_cursor, page
from api.permissions import Action
from api.principal import Principal
from api.problems import problem_responses
from api.verification import rules, service, views
from api.verification.models import VerificationState
from api.verification.schemas import (
    RulePut,
    RuleView,
    VerificationDetail,
    VerificationView,
)

router = APIRouter(tags=["verification"])

Reader = Annotated[Principal, Depends(allow(Action.CASES_READ))]
RuleReader = Annotated[Principal, Depends(allow(Action.POLICIES_READ))]
RuleManager = Annotated[Principal, Depends(allow(Action.POLICIES_MANAGE))]
Name = Annotated[str, Path(max_length=60, pattern=r"^[a-z][a-z0-9_]*$")]


@router.get(
    "/v1/verifications", summary="List verifications", response_model=Page[VerificationView]
)
def list_verifications(
    principal: Reader,
    services: ServicesDep,
    state: Annotated[
        list[VerificationState] | None,
        Query(description="only those that stand in one of these; `needs_person` is a task"),
    ] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[VerificationView]:
    """Return claims of the cameras that the caller may see, newest first.

    A person decides one by entering `pass` or `fail` on its case (`POST /v1/cases/{id}/events`).
    """
    with services.database.read() as session:
        rows = service.verifications(
            session,
            limit=limit,
            before_id=decode_id_cursor(cursor),
            states=state or (),
            visible=principal.camera_ids,
        )
    return page(rows, limit, VerificationView)


@router.get(
    "/v1/cases/{case_id}/verification",
    summary="Show how a case's newest claim is verified",
    response_model=VerificationDetail,
    responses=problem_responses(404),
)
def get_verification(case_id: str, principal: Reader, services: ServicesDep) -> VerificationDetail:
    """Return the newest claim of a case with every look at the place since."""
    with services.database.read() as session:
        visible_case(session, case_id, principal)
        found = service.newest(session, case_id)
        (detail,) = views.details(session, [found], visible=principal.camera_ids)
    return detail


@router.get(
    "/v1/verification-rules",
    summary="List what is set for the verification of classes",
    response_model=Page[RuleView],
)
def list_verification_rules(_: RuleReader, services: ServicesDep) -> Page[RuleView]:
    """Return what was set; classes that are not in it are derived (docs/verification.md)."""
    with services.database.read() as session:
        rows = rules.rules(session)
    return Page(items=[RuleView.model_validate(row) for row in rows], next_cursor=None)


@router.put(
    "/v1/verification-rules/{inspection}/{class_name}",
    summary="Set how claims of a class are verified",
    response_model=RuleView,
    responses=problem_responses(404),
)
def put_verification_rule(
    inspection: Name,
    class_name: Name,
    body: RulePut,
    principal: RuleManager,
    services: ServicesDep,
) -> RuleView:
    """Set how many clean looks close a case of a class, how far apart, and how long to wait.

    It holds from the next claim on. Null derives a value; all null undoes what was set.
    """
    if inspection not in FINDS:
        raise NotFound(
            f"There is no inspection {inspection!r}; there are: {', '.join(FINDS)}.",
            code="inspection-not-found",
        )
    with services.database.write() as session:
        row = rules.put(
            session,
            inspection=inspection,
            class_name=class_name,
            looks=body.looks,
            gap_minutes=body.gap_minutes,
            wait_hours=body.wait_hours,
            actor=principal.actor,
        )
        return RuleView.model_validate(row)
