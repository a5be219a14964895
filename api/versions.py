"""Documents with versions: one is in force until the next one is; none is ever changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import String, Text, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from api.audit import service as audit
from api.database import UTCDateTime, id_column, now
from api.errors import Conflict, NotFound


class Version:
    """The columns of one version of a document. The one in force is the one that has not ended."""

    id: Mapped[str] = id_column()
    number: Mapped[int] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(String(120))
    text: Mapped[str] = mapped_column(Text)  # YAML
    loaded_by: Mapped[str] = mapped_column(String(80))
    loaded_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)


V = TypeVar("V", bound=Version)


@dataclass(frozen=True, slots=True)
class Versions(Generic[V]):
    """Every version of a document.

    Attributes:
        table: where they are.
        code: of the document, in audit records and problems.
        noun: what people call the document.
    """

    table: type[V]
    code: str
    noun: str

    def in_force(self, session: Session, *, held: bool = False) -> V | None:
        """Return the version in force, `held` until the transaction ends, or None."""
        query = select(self.table).where(self.table.ended_at.is_(None))
        return session.scalar(query.with_for_update() if held else query)

    def put(self, session: Session, *, actor: str, says: Mapping[str, Any], **columns: Any) -> V:
        """Put a version in force, in place of the one before.

        Args:
            session: the open transaction.
            actor: who does it.
            says: what the audit record tells of it, beside its number and name.
            columns: of the new row.

        Raises:
            Conflict: somebody else loaded one at the same time.
        """
        before = self.in_force(session, held=True)
        # Also one that was loaded while this waited for the lock.
        session.execute(
            update(self.table).where(self.table.ended_at.is_(None)).values(ended_at=now())
        )
        number = (session.scalar(select(func.max(self.table.number))) or 0) + 1
        version = self.table(**columns)
        version.number, version.loaded_by = number, actor
        session.add(version)
        try:
            session.flush()
        except IntegrityError:
            raise Conflict(
                f"Another version of the {self.noun} was loaded just now; look at it.",
                code=f"{self.code}-race",
            ) from None
        audit.record(
            session,
            actor=actor,
            action=f"{self.code}.load",
            object_type=self.code,
            object_id=version.id,
            before={"version": before.number, "name": before.name} if before else None,
            after={"version": number, "name": version.name, **says},
        )
        return version

    def end(self, session: Session, *, actor: str) -> None:
        """Put none in force.

        Raises:
            Conflict: none is.
        """
        version = self.in_force(session, held=True)
        if version is None:
            raise Conflict(f"No version of the {self.noun} is in force.", code=f"no-{self.code}")
        version.ended_at = now()
        audit.record(
            session,
            actor=actor,
            action=f"{self.code}.end",
            object_type=self.code,
            object_id=version.id,
            before={"version": version.number, "name": version.name},
        )

    def page(self, session: Session, *, limit: int, after_id: str | None = None) -> Sequence[V]:
        """Return versions, oldest first, one more than `limit` if there are more."""
        query = select(self.table).where(self.table.id > (after_id or ""))
        return session.scalars(query.order_by(self.table.id).limit(limit + 1)).all()

    def get(self, session: Session, number: int) -> V:
        """Return a version.

        Raises:
            NotFound: there is none of this number.
        """
        version = session.scalar(select(self.table).where(self.table.number == number))
        if version is None:
            raise NotFound(
                f"There is no version of the {self.noun} with this number.",
                code=f"{self.code}-not-found",
            )
        return version
