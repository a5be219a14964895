"""Reconciliation, to read."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.cases.schemas import DestinationName
from api.counts.periods import Period, PeriodKind
from api.database import now
from api.dependencies import ServicesDep, allow
from api.dispatch.connectors.wire import open_client
from api.permissions import Action
from api.reconciliation import departments
from api.reconciliation.schemas import (
    AccountView,
    ComparisonView,
    DiscrepancyView,
    ReconciliationView,
)
from api.reconciliation.service import DETAILS, Account, Discrepancy, reconcile

router = APIRouter(tags=["dispatch"])

_TIMEOUT_S = 10.0


@router.get(
    "/v1/reconciliation",
    summary="Account for a day's messages",
    response_model=ReconciliationView,
    dependencies=[Depends(allow(Action.REPORTS_READ))],
)
def get_reconciliation(
    services: ServicesDep,
    day: Annotated[
        date | None, Query(description="when the messages were made; today by default")
    ] = None,
    ask: Annotated[
        bool,
        Query(description="also ask the departments that can list their work; takes a while"),
    ] = False,
) -> ReconciliationView:
    """Return what became of the messages made on a day, and everything that does not agree.

    Of each destination: made = delivered + waiting + dead + withdrawn. Held against them are the
    numbering of each case's messages, the case's state, and the log of attempts; with `ask=true`
    also what each Open311 department lists, by our reference and by its number.
    """
    zone, at = services.settings.zone, now()
    period = (
        Period.of_day(PeriodKind.DAY, day, zone) if day else Period.of(PeriodKind.DAY, at, zone)
    )
    with services.database.read() as session:
        found = reconcile(session, day=period, at=at)
    compared = None
    if ask:
        with open_client(_TIMEOUT_S) as client:
            compared = departments.compare(
                services.database,
                seal=services.seal,
                day=period,
                client=client,
                timeout_s=_TIMEOUT_S,
            )
    discrepancies = [
        *found.discrepancies,
        *(each for comparison in compared or () for each in comparison.discrepancies),
    ]
    return ReconciliationView(
        day=period.first,
        time_zone=services.settings.time_zone,
        at=at,
        agrees=not discrepancies and not any(each.problem for each in compared or ()),
        destinations=[_account(account) for account in found.accounts],
        departments=None if compared is None else [_comparison(each) for each in compared],
        discrepancies=[_discrepancy(each) for each in discrepancies],
    )


def _account(account: Account) -> AccountView:
    return AccountView(
        destination=DestinationName.model_validate(account.destination),
        made=account.made,
        delivered=account.delivered,
        waiting=account.waiting,
        dead=account.dead,
        withdrawn=account.withdrawn,
    )


def _comparison(comparison: departments.Comparison) -> ComparisonView:
    return ComparisonView(
        destination=DestinationName.model_validate(comparison.destination),
        delivered=comparison.delivered,
        listed=comparison.listed,
        problem=comparison.problem,
    )


def _discrepancy(discrepancy: Discrepancy) -> DiscrepancyView:
    return DiscrepancyView(
        fault=discrepancy.fault,
        detail=DETAILS[discrepancy.fault],
        case_id=discrepancy.case_id,
        message_id=discrepancy.message_id,
        destination_id=discrepancy.destination_id,
        external_ids=list(discrepancy.external_ids),
    )
