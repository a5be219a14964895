"""Group commit on both databases: answers after the commit, failures alone."""

import asyncio
import threading
from collections.abc import Sequence

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from api.database import Database
from api.errors import Conflict, Unavailable
from api.frames.writer import GroupWriter
from api.gateways.models import Gateway


class Writing:
    """Writes gateways by name and remembers the groups; `poison` fails, `refuse` is refused."""

    def __init__(self) -> None:
        self.groups: list[list[str]] = []
        self.gate = threading.Event()
        self.gate.set()

    def __call__(self, session: Session, names: Sequence[str]) -> list[str | Exception]:
        self.gate.wait()
        self.groups.append(list(names))
        if "poison" in names:
            raise ValueError("poison")
        answers: list[str | Exception] = []
        for name in names:
            if name == "refuse":
                answers.append(Conflict("no", code="no"))
                continue
            gateway = Gateway(name=name)
            session.add(gateway)
            session.flush()
            answers.append(gateway.id)
        return answers


def names_in(database: Database) -> list[str]:
    with database.read() as session:
        return sorted(session.scalars(select(Gateway.name)))


def write_together(database: Database, writing: Writing, names: list[str]) -> list[object]:
    """Hand names over while the first is being written, so that the rest form a group."""
    writer: GroupWriter[str, str] = GroupWriter(database, writing)

    async def hand_over() -> list[object]:
        writing.gate.clear()
        tasks = [asyncio.create_task(writer.write(name)) for name in names]
        await asyncio.sleep(0.05)
        assert writer.pending == len(names)
        writing.gate.set()
        return list(await asyncio.gather(*tasks, return_exceptions=True))

    try:
        return asyncio.run(hand_over())
    finally:
        writer.close()
        assert writer.pending == 0


def test_what_waits_shares_one_transaction(database: Database) -> None:
    writing = Writing()
    names = [f"gateway-{number}" for number in range(10)]
    answers = write_together(database, writing, names)
    assert names_in(database) == sorted(names)
    assert all(isinstance(answer, str) for answer in answers)
    assert sum(map(len, writing.groups)) == 10
    assert len(writing.groups) <= 2


def test_what_is_urgent_is_written_first_and_the_rest_in_every_group(database: Database) -> None:
    writing = Writing()
    writer: GroupWriter[str, str] = GroupWriter(database, writing)

    async def hand_over() -> None:
        writing.gate.clear()
        tasks = [asyncio.create_task(writer.write("first"))]
        while writer.pending < 1:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)
        tasks += [
            asyncio.create_task(writer.write(f"{urgent}-{number}", urgent=urgent))
            for number in range(10)
            for urgent in (False, True)
        ]
        await asyncio.sleep(0.05)
        writing.gate.set()
        await asyncio.gather(*tasks)

    try:
        asyncio.run(hand_over())
    finally:
        writer.close()
    second = writing.groups[1]
    assert second[:10] == [f"True-{number}" for number in range(10)]
    assert second[10:] == [f"False-{number}" for number in range(4)]
    assert sum(map(len, writing.groups)) == 21


def test_a_bad_item_fails_alone(database: Database) -> None:
    answers = write_together(database, Writing(), ["first", "a", "poison", "b"])
    assert names_in(database) == ["a", "b", "first"]
    assert isinstance(answers[2], ValueError)


def test_a_refused_item_changes_nothing_for_the_others(database: Database) -> None:
    writing = Writing()
    answers = write_together(database, writing, ["first", "refuse", "b"])
    assert names_in(database) == ["b", "first"]
    assert isinstance(answers[1], Conflict)
    assert sum(map(len, writing.groups)) == 3, "nothing had to be written again"


def test_a_conflict_with_another_process_is_met_by_trying_anew(database: Database) -> None:
    attempts = 0

    def write(session: Session, names: Sequence[str]) -> list[str | Exception]:
        nonlocal attempts
        attempts += 1
        # The other process came first until the third attempt.
        name = "taken" if attempts < 3 else "free"
        session.add(Gateway(name=name))
        session.flush()
        return [name for _ in names]

    with database.write() as session:
        session.add(Gateway(name="taken"))
    writer: GroupWriter[str, str] = GroupWriter(database, write)
    try:
        assert asyncio.run(writer.write("x")) == "free"
    finally:
        writer.close()


def test_a_database_that_is_down_is_told_at_once_and_to_all(database: Database) -> None:
    attempts = 0

    def write(session: Session, names: Sequence[str]) -> list[str | Exception]:
        nonlocal attempts
        attempts += 1
        raise OperationalError("select 1", {}, Exception("connection refused"))

    writer: GroupWriter[str, str] = GroupWriter(database, write)

    async def three() -> list[object]:
        return list(
            await asyncio.gather(*(writer.write(name) for name in "abc"), return_exceptions=True)
        )

    try:
        answers = asyncio.run(three())
    finally:
        writer.close()
    assert all(isinstance(answer, Unavailable) and answer.retry_after_s for answer in answers)
    assert attempts <= 3, "a dead database is not asked again for each frame"


def test_close_writes_what_was_handed_over_and_then_refuses(database: Database) -> None:
    writing = Writing()
    writer: GroupWriter[str, str] = GroupWriter(database, writing)

    async def hand_over_and_close() -> str:
        task = asyncio.create_task(writer.write("last"))
        await asyncio.sleep(0)
        await asyncio.to_thread(writer.close)
        with pytest.raises(Unavailable):
            await writer.write("late")
        return await task

    assert asyncio.run(hand_over_and_close())
    assert names_in(database) == ["last"]
