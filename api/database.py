"""The database: one declarative base, UTC times, and short read and write transactions."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, ClassVar

import uuid_utils
from sqlalchemy import (
    DateTime,
    Dialect,
    Engine,
    Enum,
    MetaData,
    String,
    create_engine,
    event,
    make_url,
)
from sqlalchemy.orm import DeclarativeBase, Session, mapped_column
from sqlalchemy.types import TypeDecorator

ID_LENGTH = 36
_CONNECT_TIMEOUT_S = 5  # PostgreSQL's; frames wait for it before they are told 503


class UTCDateTime(TypeDecorator[datetime]):
    """Timezone-aware UTC on every database; SQLite alone would give naive times back.

    Raises:
        ValueError: when a naive time is written.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Write in UTC; SQLite stores the UTC wall time."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("times are timezone-aware UTC: a naive datetime was given")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Read as UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """The base of every table; constraints have names so that migrations can change them.

    Columns annotated with a StrEnum hold its values as text and give its members back.
    """

    type_annotation_map: ClassVar[dict[Any, Any]] = {
        StrEnum: Enum(
            StrEnum,
            native_enum=False,
            length=30,
            values_callable=lambda enum: [member.value for member in enum],
        )
    }
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


def new_id() -> str:
    """Return a UUIDv7 (RFC 9562): ids sort by the time they were made."""
    return str(uuid_utils.uuid7())


def now() -> datetime:
    """Return the present time, timezone-aware UTC."""
    return datetime.now(UTC)


def id_column() -> Any:
    """Return the primary key column that most tables have."""
    return mapped_column(String(ID_LENGTH), primary_key=True, default=new_id)


class Bell:
    """Wakes waiting threads of this process when something was committed that they wait for."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self.rung = 0

    def ring(self) -> None:
        """Wake everybody who waits."""
        with self._changed:
            self.rung += 1
            self._changed.notify_all()

    def wait(self, since: int, timeout_s: float) -> None:
        """Wait until it rings, or has rung since it had rung `since` times, or time is up."""
        with self._changed:
            self._changed.wait_for(lambda: self.rung != since, timeout_s)


def ring_after_commit(session: Session) -> None:
    """Ring the database's bell when the open transaction has committed."""
    session.info["rings"] = True


class Database:
    """Opens transactions; the only way to the tables.

    SQLite runs in WAL mode with `synchronous=FULL`, so that a committed transaction survives a
    power cut, and takes its write lock at the start (`BEGIN IMMEDIATE`), so that a transaction
    never fails half-way for having read first.
    """

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        if self.url.drivername == "postgresql":
            self.url = self.url.set(drivername="postgresql+psycopg")
        self.engine = self._create_engine()
        self._writing = self.engine.execution_options(begin="BEGIN IMMEDIATE")
        self._sqlite_writer = threading.Lock() if self.is_sqlite else None
        self.bell = Bell()

    @property
    def is_sqlite(self) -> bool:
        """Say whether this is SQLite."""
        return self.url.get_backend_name() == "sqlite"

    def _create_engine(self) -> Engine:
        if not self.is_sqlite:
            return create_engine(
                self.url,
                pool_pre_ping=True,
                pool_size=20,
                connect_args={"connect_timeout": _CONNECT_TIMEOUT_S},
            )
        engine = create_engine(self.url)

        @event.listens_for(engine, "connect")
        def _prepare(connection: Any, _record: Any) -> None:
            connection.isolation_level = None
            for pragma in (
                "journal_mode=WAL",
                "synchronous=FULL",
                "foreign_keys=ON",
                "busy_timeout=30000",
            ):
                connection.execute(f"PRAGMA {pragma}")

        @event.listens_for(engine, "begin")
        def _begin(connection: Any) -> None:
            connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))

        return engine

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Open a transaction that only reads."""
        with Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Open a transaction that commits at the end, or rolls back when an error leaves it."""
        if self._sqlite_writer is None:
            with Session(self.engine, expire_on_commit=False) as session, session.begin():
                yield session
        else:
            with (
                self._sqlite_writer,
                Session(self._writing, expire_on_commit=False) as session,
                session.begin(),
            ):
                yield session
        if "rings" in session.info:
            self.bell.ring()

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()
