"""One process at a time, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sqlalchemy import update

from api.database import Database, now
from api.mqtt_ingest.lease import give_back, hold
from api.mqtt_ingest.models import DoorLease


def test_one_holds_until_it_gives_back_or_is_gone(database: Database) -> None:
    assert hold(database, door="mqtt", holder="a")
    assert hold(database, door="mqtt", holder="a")
    assert not hold(database, door="mqtt", holder="b")
    assert hold(database, door="other", holder="b")
    give_back(database, door="mqtt", holder="b")
    assert not hold(database, door="mqtt", holder="b")
    give_back(database, door="mqtt", holder="a")
    assert hold(database, door="mqtt", holder="b")
    with database.write() as session:
        session.execute(update(DoorLease).values(expires_at=now() - timedelta(seconds=1)))
    assert hold(database, door="mqtt", holder="a")
    assert not hold(database, door="mqtt", holder="b")


def test_of_many_that_come_at_once_one_holds(database: Database) -> None:
    with ThreadPoolExecutor(6) as pool:
        held = list(pool.map(lambda n: hold(database, door="mqtt", holder=str(n)), range(6)))
    assert held.count(True) == 1
