"""Comments: what people here say of a case, among themselves or to the department that has it."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.audit import service as audit
from api.cases.models import Case, CaseComment
from api.cases.schemas import CommentView, DestinationName
from api.cases.sources import source_names
from api.cases.states import WITH_DEPARTMENT, CaseState
from api.database import now
from api.dispatch import outbox
from api.dispatch.connectors import carried
from api.dispatch.models import Destination, MessageType, OutboxMessage, OutboxState
from api.dispatch.payload import facts
from api.errors import Conflict
from api.findings.models import Finding


class Audience(StrEnum):
    """Whom a comment is for."""

    INTERNAL = "internal"
    DEPARTMENT = "department"


class CommentCreate(BaseModel):
    """What somebody has to say of a case."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"text": "请补拍修复后的照片", "audience": "department"}]},
    )

    text: Annotated[str, Field(min_length=1, max_length=2000, pattern=r"^[^\x00]*\S[^\x00]*$")]
    audience: Audience = Field(
        Audience.INTERNAL, description="`department`: the department that has the case is told"
    )


def told_of(session: Session, case: Case) -> Destination | None:
    """Return the department that a comment on a case can be told to, None where there is none.

    It has the case, is enabled, and its connector carries comments.
    """
    if case.destination_id is None or case.state not in (*WITH_DEPARTMENT, CaseState.SUSPENDED):
        return None
    destination = session.get_one(Destination, case.destination_id)
    if destination.disabled_at is not None or MessageType.COMMENTED not in carried(destination):
        return None
    return destination


def comment(
    session: Session,
    *,
    case: Case,
    said: CommentCreate,
    author: str,
    idempotency_key: str | None = None,
) -> None:
    """Keep a comment with its case, and tell the department where it is for it; it moves nothing.

    Args:
        session: the open transaction.
        case: the case, locked.
        said: what.
        author: who says it: `user:ID` or `token:ID`.
        idempotency_key: of the author: with one that came before, nothing happens.

    Raises:
        Conflict: it is for a department, and none can be told.
    """
    if idempotency_key is not None and session.scalar(
        select(CaseComment.id).where(
            CaseComment.author == author, CaseComment.idempotency_key == idempotency_key
        )
    ):
        return
    row = CaseComment(
        case_id=case.id, text=said.text.strip(), author=author, idempotency_key=idempotency_key
    )
    if said.audience is Audience.DEPARTMENT:
        row.outbox_id = _tell(session, case, row.text).id
    session.add(row)
    case.updated_at = now()
    session.flush()
    audit.record(
        session,
        actor=author,
        action="case.comment",
        object_type="case",
        object_id=case.id,
        after={"comment_id": row.id, "text": row.text, "audience": said.audience},
    )


def comments(session: Session, case_id: str) -> list[CommentView]:
    """Return what people here said of a case, oldest first."""
    rows = session.execute(
        select(CaseComment, OutboxMessage.state, Destination)
        .outerjoin(OutboxMessage, OutboxMessage.id == CaseComment.outbox_id)
        .outerjoin(Destination, Destination.id == OutboxMessage.destination_id)
        .where(CaseComment.case_id == case_id)
        .order_by(CaseComment.id)
    ).tuples()
    found = list(rows)
    names = source_names(session, {row.author for row, _, _ in found})
    return [_view(row, state, destination, names) for row, state, destination in found]


def _tell(session: Session, case: Case, text: str) -> OutboxMessage:
    destination = told_of(session, case)
    if destination is None:
        raise Conflict(
            "No department can be told: it must have the case, be enabled, and its connector must "
            "carry comments. Keep the comment internal, or tell it by other means.",
            code="comment-not-carried",
        )
    payload = facts(session, case=case, finding=session.get_one(Finding, case.finding_id))
    payload["comment"] = {"text": text}
    return outbox.queue(
        session,
        case=case,
        destination=destination,
        event_type=MessageType.COMMENTED,
        payload=payload,
    )


def _view(
    row: CaseComment,
    state: OutboxState | None,
    destination: Destination | None,
    names: Mapping[str, str],
) -> CommentView:
    return CommentView(
        id=row.id,
        text=row.text,
        author=row.author,
        author_name=names.get(row.author),
        told=DestinationName.model_validate(destination) if destination else None,
        told_state=state,
        created_at=row.created_at,
    )
