"""Brings a database to the tables that this version of the service needs."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from api.database import Database


def upgrade(database: Database) -> None:
    """Apply every migration that is missing, all in one transaction.

    Two processes that start at once do not disturb each other: the second waits and finds
    nothing left to do.
    """
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


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config
