"""Unit cards: how departments kept their terms in a month, on both databases."""

import csv
import io
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from api.cases.states import CaseEvent as Event
from api.deadlines.cards import Color, UnitCard, month_bounds, unit_cards
from tests.conftest import MakeCamera, SignIn, sqlite_only
from tests.integration.api.deadlines.conftest import NOWHERE, Load, deliver
from tests.integration.api.dispatch.town import Town

HOUR = 3600.0
ZONE = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def town(town: Town) -> Town:
    """Let every day of these tests lie in the middle of next month."""
    middle = (datetime.now(UTC).replace(day=1) + timedelta(days=32)).replace(day=10)
    town.clock.offset = middle - datetime.now(UTC)
    return town


def cards(town: Town, *, months: int = 0) -> list[UnitCard]:
    month = (town.clock().date().replace(day=1) + timedelta(days=31 * months)).replace(day=1)
    with town.database.read() as session:
        return unit_cards(session, month=month, zone=ZONE, at=town.clock(), visible=None)


def done(town: Town, hours: float, *events: Event) -> str:
    """Let a case be done after so many hours with its department; then what else happens."""
    case_id = town.case()
    deliver(town, case_id)
    town.clock.advance(hours * HOUR)
    for event in events or (Event.CLAIM_DONE,):
        town.enter(case_id, event)
    return case_id


def test_a_month_of_a_department(town: Town, load: Load) -> None:
    roads = town.destination(NOWHERE, name="roads")
    load("10h", escalation="[{at: 100%, do: escalate}]")
    done(town, 1)
    done(town, 9)
    done(town, 9, Event.SUSPEND, Event.CLAIM_DONE)
    done(town, 11)
    done(town, 1, Event.RETURN)
    done(town, 20, Event.CANCEL)
    done(town, 1, Event.SUSPEND)
    failed = done(town, 2, Event.CLAIM_DONE, Event.FAIL)
    deliver(town, failed)
    overdue = town.case()
    deliver(town, overdue)
    town.clock.advance(12 * HOUR)
    running = town.case()
    deliver(town, running)

    (card,) = cards(town)

    assert card.destination_id == roads.id
    assert (card.in_time, card.ahead, card.late) == (4, 2, 3)
    assert (card.returned, card.running) == (1, 1)
    assert (card.claimed, card.failed) == (5, 1)
    assert card.on_time_share == pytest.approx(4 / 7)
    assert card.failed_share == pytest.approx(1 / 5)
    assert card.card == Color.RED
    assert cards(town, months=1) == []


def test_a_case_counts_in_the_month_of_its_deadline_and_for_its_department(
    town: Town, load: Load
) -> None:
    town.destination(NOWHERE, name="roads")
    load(f"{40 * 24}h")
    case_id = town.case()
    deliver(town, case_id)
    town.enter(case_id, Event.CLAIM_DONE)
    assert cards(town) == []
    due = town.clock() + timedelta(days=40)
    with town.database.read() as session:
        (card,) = unit_cards(session, month=due.date(), zone=ZONE, at=town.clock(), visible=None)
    assert (card.name, card.in_time, card.card) == ("roads", 1, Color.GREEN)


@pytest.mark.parametrize(
    ("in_time", "late", "claimed", "failed", "color"),
    [
        (0, 0, 0, 0, None),
        (19, 1, 20, 1, Color.GREEN),
        (19, 1, 20, 2, Color.YELLOW),
        (18, 2, 20, 0, Color.YELLOW),
        (8, 2, 10, 2, Color.YELLOW),
        (10, 0, 10, 3, Color.RED),
        (7, 3, 10, 0, Color.RED),
        (0, 1, 0, 0, Color.RED),
    ],
)
def test_cards_are_green_yellow_and_red_by_two_shares(
    in_time: int, late: int, claimed: int, failed: int, color: Color | None
) -> None:
    card = UnitCard("id", "roads", in_time, 0, late, 0, 0, claimed, failed, 0)
    assert card.card == color


@pytest.mark.parametrize(
    ("day", "begin", "end"),
    [
        (date(2026, 11, 30), "2026-10-31T16:00+00:00", "2026-11-30T16:00+00:00"),
        (date(2026, 12, 1), "2026-11-30T16:00+00:00", "2026-12-31T16:00+00:00"),
    ],
)
def test_months_begin_where_the_city_is(day: date, begin: str, end: str) -> None:
    assert month_bounds(day, ZONE) == (datetime.fromisoformat(begin), datetime.fromisoformat(end))


@sqlite_only
def test_cards_are_read_as_json_and_as_a_table(
    town: Town, load: Load, sign_in: SignIn, make_camera: MakeCamera
) -> None:
    town.destination(NOWHERE, name="道路养护处")
    load("10h", department="道路养护处")
    done(town, 1)
    done(town, 11)
    month = f"{town.clock().astimezone(ZONE):%Y-%m}"
    operator = sign_in("operator")

    this = operator.get("/v1/units/cards").json()
    assert this == operator.get(f"/v1/units/cards?month={month}").json()
    assert this["month"] == month
    (card,) = this["items"]
    assert (card["name"], card["card"], card["on_time_share"]) == ("道路养护处", "red", 0.5)
    answer = operator.get("/v1/units/cards?format=csv")
    assert answer.headers["content-type"].startswith("text/csv")
    (row,) = csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff")))
    assert (row["month"], row["name"], row["in_time"], row["late"]) == (
        month,
        "道路养护处",
        "1",
        "1",
    )
    assert operator.get("/v1/units/cards?month=2026-13").status_code == 422
    assert operator.get("/v1/units/cards?month=2020-01").json()["items"] == []
    stranger = sign_in("operator", camera_ids=[make_camera().id])
    assert stranger.get("/v1/units/cards").json()["items"] == []
