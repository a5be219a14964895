"""Prescriptions: what an expert answers to a case, kept with it as it came."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.audit import service as audit
from api.cases.models import Case, Prescription


class Prescribed(BaseModel):
    """What is to be done."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "measure": "25% 吡蚜酮可湿性粉剂",
                    "dose": "24 g/亩，兑水45 kg",
                    "date": "2026-08-14",
                    "text": "对准稻丛基部喷雾，田间保持3-5 cm水层",
                }
            ]
        },
    )

    measure: Annotated[
        str,
        Field(
            min_length=1,
            max_length=200,
            pattern=r"^[^\x00]*\S[^\x00]*$",
            description="pesticide, or what else is to be done",
        ),
    ]
    dose: Annotated[str | None, Field(max_length=200, pattern=r"^[^\x00]*$")] = None
    apply_on: Annotated[date | None, Field(alias="date", description="when to do it")] = None
    text: Annotated[str | None, Field(max_length=4000, pattern=r"^[^\x00]*$")] = None


def prescribe(
    session: Session,
    *,
    case: Case,
    prescribed: Prescribed,
    source: str,
    message_id: str | None = None,
) -> Prescription:
    """Keep a prescription with its case; it moves nothing.

    Args:
        session: the open transaction.
        case: the case, locked.
        prescribed: what is to be done.
        source: who says so: `user:ID` or `destination:ID`.
        message_id: the sender's own id of the message: it counts once.
    """
    row = Prescription(
        case_id=case.id, source=source, message_id=message_id, **prescribed.model_dump()
    )
    session.add(row)
    session.flush()
    audit.record(
        session,
        actor=source,
        action="case.prescribe",
        object_type="case",
        object_id=case.id,
        after=prescribed.model_dump(mode="json", by_alias=True),
    )
    return row


def prescriptions(session: Session, case_id: str) -> Sequence[Prescription]:
    """Return what was prescribed on a case, oldest first."""
    return session.scalars(
        select(Prescription).where(Prescription.case_id == case_id).order_by(Prescription.id)
    ).all()
