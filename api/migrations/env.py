"""Alembic's entry: which database, which tables, one transaction for everything."""

from alembic import context

from api.database import Database
from api.settings import Settings
from api.tables import metadata

# Any number that nothing else in the same PostgreSQL database locks.
_MIGRATION_LOCK = 5_923_711


def _run() -> None:
    database: Database = context.config.attributes.get("database") or Database(
        Settings().resolved_database_url
    )
    with database.engine.connect() as connection:
        if database.is_sqlite:
            # Batch operations copy and drop tables; SQLite ignores this inside a transaction.
            connection.connection.cursor().execute("PRAGMA foreign_keys=OFF")
            connection = connection.execution_options(begin="BEGIN IMMEDIATE")
        context.configure(
            connection=connection,
            target_metadata=metadata,
            render_as_batch=True,
            compare_type=True,
            transactional_ddl=True,
        )
        with connection.begin():
            if not database.is_sqlite:
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})")
            context.run_migrations()
        connection.detach()  # its foreign keys are off: it must not go back into the pool


_run()
