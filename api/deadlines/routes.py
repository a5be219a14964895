"""How departments keep their terms."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api.counts.periods import local_day
from api.database import now
from api.deadlines.cards import unit_cards
from api.deadlines.schemas import UnitCards, UnitCardView
from api.dependencies import ServicesDep, allow
from api.permissions import Action
from api.principal import Principal
from api.spreadsheets import MEDIA_TYPE, table

router = APIRouter(tags=["cases"])


class Format(StrEnum):
    """How cards are written."""

    JSON = "json"
    CSV = "csv"


@router.get(
    "/v1/units/cards",
    summary="How departments kept their terms in a month",
    response_model=UnitCards,
    responses={
        200: {
            "content": {"text/csv": {"schema": {"type": "string"}}},
            "description": "The cards",
        }
    },
)
def list_unit_cards(
    principal: Annotated[Principal, Depends(allow(Action.CASES_READ))],
    services: ServicesDep,
    month: Annotated[
        str | None,
        Query(
            pattern=r"^20\d\d-(0[1-9]|1[0-2])$",
            description="this month if absent",
            examples=["2026-11"],
        ),
    ] = None,
    as_format: Annotated[Format, Query(alias="format")] = Format.JSON,
) -> Any:
    """Return a card for each department that had a deadline in the month: green, yellow or red.

    Cases of the cameras that the caller may see count. Nothing here tells of a person.
    """
    at, zone = now(), services.settings.zone
    first = date.fromisoformat(f"{month}-01") if month else local_day(at, zone).replace(day=1)
    with services.database.read() as session:
        found = unit_cards(session, month=first, zone=zone, at=at, visible=principal.camera_ids)
    cards = [UnitCardView.model_validate(card) for card in found]
    name = f"{first:%Y-%m}"
    if as_format is Format.CSV:
        columns = list(UnitCardView.model_fields)
        rows = [[name, *card.model_dump(mode="json").values()] for card in cards]
        return Response(table(["month", *columns], rows), media_type=MEDIA_TYPE)
    return UnitCards(month=name, items=cards)
