"""The routing table in force, as it is asked for: with every department resolved."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.routing.document import RoutingDocument, read_table
from api.routing.models import RoutingTable


@dataclass(frozen=True, slots=True)
class InForce:
    """A version of the routing table.

    Attributes:
        id: of which version.
        document: what it says.
        departments: ids of destinations by the names that it uses.
    """

    id: str
    document: RoutingDocument
    departments: Mapping[str, str]


def in_force(session: Session) -> InForce | None:
    """Return the routing table in force, None where there is none."""
    query = select(RoutingTable).where(RoutingTable.ended_at.is_(None))
    row = session.scalar(query)
    return InForce(row.id, read_table(row.text), row.departments) if row else None


def document_of(session: Session, table_id: str) -> RoutingDocument:
    """Return what a version says; versions never change."""
    return read_table(session.get_one(RoutingTable, table_id).text)
