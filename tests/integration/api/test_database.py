import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import select
from sqlalchemy.exc import StatementError

from api.database import Database
from api.gateways.models import Gateway


def test_times_come_back_in_utc(database: Database) -> None:
    beijing = datetime(2026, 11, 21, 8, 0, 0, 123456, timezone(timedelta(hours=8)))
    with database.write() as session:
        session.add(Gateway(name="g", created_at=beijing))
    with database.read() as session:
        found = session.scalars(select(Gateway)).one().created_at
    assert found == beijing
    assert found.tzinfo is UTC


def test_a_naive_time_is_refused(database: Database) -> None:
    with pytest.raises(StatementError, match="timezone-aware"):  # noqa: SIM117
        with database.write() as session:
            session.add(Gateway(name="g", created_at=datetime(2026, 11, 21)))  # noqa: DTZ001


def test_an_error_rolls_everything_back(database: Database) -> None:
    def fail() -> None:
        with database.write() as session:
            session.add(Gateway(name="g"))
            session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with database.read() as session:
        assert session.scalars(select(Gateway)).all() == []


def test_many_writers_and_readers_do_not_disturb_each_other(database: Database) -> None:
    errors: list[Exception] = []

    def write(number: int) -> None:
        other = Database(database.url.render_as_string(hide_password=False))
        try:
            for index in range(5):
                with database.write() as session:  # reads, then writes: no lock may fail
                    session.scalars(select(Gateway)).all()
                    session.add(Gateway(name=f"{number}-{index}"))
                with other.write() as session:  # as another process would
                    session.scalars(select(Gateway)).all()
                    session.add(Gateway(name=f"other-{number}-{index}"))
                with database.read() as session:
                    session.scalars(select(Gateway)).all()
        except Exception as error:
            errors.append(error)
        finally:
            other.close()

    threads = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    with database.read() as session:
        assert len(session.scalars(select(Gateway)).all()) == 60
