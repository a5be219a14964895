import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text

from api import migrations
from api.database import Database
from api.settings import Settings
from api.tables import metadata


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """Give a database without a single table, of each kind in turn."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'empty.sqlite3'}"
    else:
        url = request.getfixturevalue("postgresql_url")
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    database = Database(url)
    yield database
    database.close()


# Alembic cannot compare descending indexes on SQLite; their text is compared instead.
@pytest.mark.filterwarnings("ignore:autogenerate skipping .*:UserWarning")
def test_migrations_make_exactly_the_tables_of_the_models(
    empty_database: Database, sqlite_url: str
) -> None:
    migrations.upgrade(empty_database)
    with empty_database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = [
            difference
            for difference in compare_metadata(context, metadata)
            if "alembic_version" not in str(difference)
            and not (empty_database.is_sqlite and difference[0] in ("add_index", "remove_index"))
        ]
    assert differences == []
    if empty_database.is_sqlite:
        of_models = Database(sqlite_url)
        assert _indexes(empty_database) == _indexes(of_models)
        of_models.close()


def _indexes(database: Database) -> set[str]:
    with database.read() as session:
        return {
            " ".join(sql.split())
            for (sql,) in session.execute(
                text("SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
            )
        }


def test_upgrading_again_changes_nothing(empty_database: Database) -> None:
    assert migrations.current(empty_database) is None
    migrations.upgrade(empty_database)
    migrations.upgrade(empty_database)
    assert migrations.current(empty_database) == migrations.head()
    migrations.check(empty_database)


def test_two_processes_may_upgrade_at_once(empty_database: Database, tmp_path: Path) -> None:
    url = empty_database.url.render_as_string(hide_password=False)
    environment = {**os.environ, "XUNJIAN_DATABASE_URL": url, "XUNJIAN_DATA_DIR": str(tmp_path)}
    command = [sys.executable, "-m", "xunjian", "db", "upgrade"]
    processes = [subprocess.Popen(command, env=environment) for _ in range(2)]
    assert [process.wait() for process in processes] == [0, 0]
    migrations.check(empty_database)


def test_foreign_keys_hold_after_an_upgrade(empty_database: Database) -> None:
    migrations.upgrade(empty_database)
    if empty_database.is_sqlite:
        with empty_database.read() as session:
            assert session.execute(text("PRAGMA foreign_keys")).scalar() == 1


def test_a_database_of_a_newer_version_is_left_alone(empty_database: Database) -> None:
    migrations.upgrade(empty_database)
    with empty_database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(migrations.DatabaseNotReady, match="9999"):
        migrations.upgrade(empty_database)


def test_sqlite_is_upgraded_on_the_way_and_postgresql_is_not(
    empty_database: Database, tmp_path: Path
) -> None:
    settings = Settings(
        data_dir=tmp_path, database_url=empty_database.url.render_as_string(hide_password=False)
    )
    if empty_database.is_sqlite:
        with migrations.prepared_database(settings) as database:
            migrations.check(database)
        return
    with pytest.raises(migrations.DatabaseNotReady) as caught:  # noqa: SIM117
        with migrations.prepared_database(settings):
            pass
    assert "xunjian db upgrade" in str(caught.value.hint)
    assert inspect(empty_database.engine).get_table_names() == []


def test_a_database_that_does_not_answer_is_named_without_its_password(tmp_path: Path) -> None:
    settings = Settings(
        data_dir=tmp_path, database_url="postgresql://xunjian:hush@127.0.0.1:1/xunjian"
    )
    with pytest.raises(migrations.DatabaseNotReady) as caught:  # noqa: SIM117
        with migrations.prepared_database(settings):
            pass
    assert "127.0.0.1:1/xunjian" in str(caught.value)
    assert "hush" not in str(caught.value)
