"""FixMyStreet's `servicerequestupdates`: what a department says one by one, and what it is told."""

from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from api.cases.states import CaseEvent, CaseState
from api.database import now
from api.dispatch import outbox
from api.dispatch.models import Destination, DestinationKind, MessageType, OutboxState
from api.open311.spark import Format
from tests.conftest import serving, sqlite_only
from tests.integration.api.dispatch.town import API_KEY, Department, Town

_OPEN311 = DestinationKind.OPEN311


def given(town: Town, department: Department, **settings: object) -> str:
    """Give a case to a department that knows updates; return the case's id."""
    town.destination(department.url, kind=_OPEN311, settings={"updates": True, **settings})
    case_id = town.case()
    town.send_all()
    return case_id


def heard(town: Town, case_id: str) -> list[tuple[str, bool]]:
    return [
        (entry.event, entry.applied)
        for entry in town.timeline(case_id)
        if entry.source.startswith("destination:")
    ]


@pytest.mark.parametrize("answer_format", Format)
def test_updates_move_the_case_one_by_one_and_count_once(
    town: Town, department: Department, answer_format: Format
) -> None:
    case_id = given(town, department, format=answer_format)
    (work,) = department.received()
    for status in ("accepted", "in_progress", "done"):
        department.say(work["number"], status)
    town.clock.advance(2)  # times are asked for in whole seconds
    poller = town.poller()

    assert poller.run_once() == 4, "received means nothing and is kept as a remark"
    assert poller.run_once() == 0

    assert town.get(case_id).state == CaseState.VERIFYING
    assert heard(town, case_id) == [
        ("remark", False),
        ("accept", True),
        ("start", True),
        ("claim_done", True),
    ]
    said = [e.occurred_at for e in town.timeline(case_id) if e.source.startswith("destination:")]
    assert said == sorted(said)


def test_a_cancellation_is_posted_as_an_update(town: Town, department: Department) -> None:
    case_id = given(town, department)

    town.enter(case_id, CaseEvent.CANCEL)
    town.send_all()

    work, cancellation = department.received()
    message = town.messages(case_id)[-1]
    assert (message.event_type, message.state) == (MessageType.CANCELLED, OutboxState.DELIVERED)
    assert work["status"] == "cancelled"
    form = cancellation["content"]
    assert form["update_id"] == message.id
    assert form["service_request_id"] == work["number"]
    assert form["status"] == "CLOSED"
    assert town.get(case_id).number in form["description"]
    assert town.get(case_id).external_id == work["number"]
    excerpt = town.deliveries(case_id)[-1].request_excerpt or ""
    assert "servicerequestupdates" in excerpt
    assert API_KEY not in excerpt


@sqlite_only
def test_a_cancellation_waits_for_the_number_behind_a_token(
    town: Town, make_department: Callable[..., Department]
) -> None:
    department = make_department(gives_tokens=True)
    case_id = given(town, department)
    assert town.get(case_id).external_id is None

    town.enter(case_id, CaseEvent.CANCEL)
    town.send_all()

    assert town.messages(case_id)[-1].state == OutboxState.DELIVERED
    assert department.received()[0]["status"] == "cancelled"


@sqlite_only
def test_what_was_never_numbered_is_told_by_other_means(
    town: Town, make_department: Callable[..., Department]
) -> None:
    department = make_department(knows_keys=False)
    department.behave("take_and_fail")
    case_id = given(town, department)
    assert town.get(case_id).state == CaseState.UNDELIVERABLE

    town.enter(case_id, CaseEvent.CANCEL)
    town.send_all()

    assert town.messages(case_id)[-1].state == OutboxState.DEAD
    assert town.get(case_id).state == CaseState.CANCELLED
    assert "tell it by other means" in (town.timeline(case_id)[-1].comment or "")


@sqlite_only
def test_a_reminder_that_came_twice_is_one_remark(town: Town, department: Department) -> None:
    case_id = given(town, department)
    with town.database.write() as session:
        given_by = town.messages(case_id)[0]
        outbox.queue(
            session,
            case=town.get(case_id),
            destination=session.get_one(Destination, given_by.destination_id),
            event_type=MessageType.REMINDED,
            payload={**given_by.payload, "deadline": {"due_at": "2026-11-30T09:00:00+00:00"}},
        )
    department.behave("take_and_fail")
    sender = town.sender()

    sender.run_once()
    town.clock.advance(60)
    sender.run_once()

    (work,) = department.received()
    (remark,) = [each for each in work["history"] if "reminder" in each["status"]]
    assert "due 2026-11-30T09:00Z" in remark["status"]
    assert town.messages(case_id)[-1].state == OutboxState.DELIVERED
    assert town.get(case_id).state == CaseState.DISPATCHED


@sqlite_only
def test_without_updates_a_cancellation_is_not_posted(town: Town, department: Department) -> None:
    case_id = given(town, department, updates=False)

    town.enter(case_id, CaseEvent.CANCEL)
    town.send_all()

    assert len(department.received()) == 1
    assert len(town.messages(case_id)) == 1


class Awkward:
    """A department whose list of updates the test writes; it refuses to be asked too much."""

    def __init__(self) -> None:
        self.updates: list[dict[str, object]] = []
        self.asked: list[httpx.QueryParams] = []
        self.app = Starlette(
            routes=[
                Route("/open311/v2/requests.json", self._take, methods=["POST"]),
                Route("/open311/v2/servicerequestupdates.json", self._tell),
            ]
        )

    async def _take(self, request: Request) -> Response:
        return JSONResponse([{"service_request_id": 4711}])

    async def _tell(self, request: Request) -> Response:
        asked = httpx.QueryParams(str(request.query_params))
        self.asked.append(asked)
        return JSONResponse(
            [
                update
                for update in self.updates
                if asked["start_date"] <= str(update["updated_datetime"]) <= asked["end_date"]
            ]
        )


def test_late_doubled_foreign_and_future_updates_do_no_harm(town: Town) -> None:
    awkward = Awkward()
    moment = now().replace(microsecond=0)

    def update(key: str, status: str, minutes: float, number: str = "4711") -> dict[str, object]:
        at = (moment + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")
        return {
            "update_id": key,
            "service_request_id": number,
            "status": status,
            "updated_datetime": at,
            "description": f"{status}\x00 by a clerk",
        }

    with serving(awkward.app) as url:
        town.destination(url, kind=_OPEN311, settings={"updates": True})
        case_id = town.case()
        town.send_all()
        poller = town.poller()
        town.clock.advance(3600)
        awkward.updates = [
            update("b", "IN_PROGRESS", 20),
            update("a", "INVESTIGATING", 10),
            update("b", "IN_PROGRESS", 20),
            update("x", "FIXED", 15, number="9999"),
            update("", "FIXED", 16),
            update("y", "FIXED", 17, number=""),
        ]
        assert poller.run_once() == 2
        assert town.get(case_id).state == CaseState.IN_PROGRESS
        awkward.updates.append(update("late", "ACTION_SCHEDULED", 5))
        awkward.updates.append(update("c", "CLOSED", 30))
        assert poller.run_once() == 2
        assert poller.run_once() == 0

    assert town.get(case_id).state == CaseState.VERIFYING
    assert heard(town, case_id) == [
        ("accept", True),
        ("start", True),
        ("accept", False),
        ("claim_done", True),
    ]
    assert {asked["api_key"] for asked in awkward.asked} == {API_KEY}
    comments = [entry.comment for entry in town.timeline(case_id) if entry.comment]
    assert "CLOSED by a clerk" in comments


@sqlite_only
def test_a_long_silence_is_asked_for_day_by_day(town: Town) -> None:
    awkward = Awkward()
    with serving(awkward.app) as url:
        town.destination(url, kind=_OPEN311, settings={"updates": True})
        town.case()
        town.send_all()
        town.clock.advance(200 * 86400)
        town.poller().run_once()

    starts = [asked["start_date"] for asked in awkward.asked]
    ends = [asked["end_date"] for asked in awkward.asked]
    assert len(starts) == 90, "no server lists more than 90 days"
    assert starts[1:] == ends[:-1], "without a gap"
