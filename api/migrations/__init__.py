"""Brings a database to the tables that this version of the service needs."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import OperationalError

from api.database import Database
from api.settings import Settings
from models.errors import XunjianError


class DatabaseNotReady(XunjianError):
    """The database does not answer, or its tables are of another version."""


def upgrade(database: Database) -> None:
    """Apply every migration that is missing, all in one transaction.

    Two processes that start at once do not disturb each other: the second waits and finds
    nothing left to do.

    Raises:
        DatabaseNotReady: when a newer version of the service made the tables.
    """
    revision = current(database)
    if revision is not None and revision not in _revisions():
        raise DatabaseNotReady(
            f"the database is at revision {revision}, which this version does not know",
            hint="A newer version of Xunjian made it: run that one, or restore a backup.",
        )
    config = _config()
    config.attributes["database"] = database
    command.upgrade(config, "head")


def current(database: Database) -> str | None:
    """Return the revision that the database is at, None for an empty one."""
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def head() -> str | None:
    """Return the revision that this version of the service needs."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def check(database: Database) -> None:
    """Check that the database has this version's tables.

    Raises:
        DatabaseNotReady: when it has not.
    """
    revision = current(database)
    if revision != head():
        raise DatabaseNotReady(
            f"the database is {f'at revision {revision}' if revision else 'empty'}; this version "
            f"needs revision {head()}",
            hint="Run `xunjian db upgrade`.",
        )


@contextmanager
def prepared_database(settings: Settings) -> Iterator[Database]:
    """Open the database of an installation with this version's tables in it.

    On SQLite they are made or changed now. On PostgreSQL, which several processes share, an
    operator says when: `xunjian db upgrade`.

    Raises:
        DatabaseNotReady: when the database does not answer or lacks tables.
    """
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    database = Database(settings.resolved_database_url)
    try:
        (upgrade if database.is_sqlite else check)(database)
    except OperationalError as error:
        raise DatabaseNotReady(
            f"the database {database.url.render_as_string()} does not answer: {error.orig}",
            hint="Check XUNJIAN_DATABASE_URL and that the server runs.",
        ) from error
    try:
        yield database
    finally:
        database.close()


def _revisions() -> set[str]:
    return {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config
