from datetime import timedelta

from sqlalchemy import select

from api.cases.states import CaseEvent, CaseState
from api.database import now
from api.dispatch import outbox
from api.dispatch.models import Doubt, OutboxMessage, OutboxState, Outcome
from tests.integration.api.dispatch.town import Town, at_once

_NOWHERE = "http://127.0.0.1:9"
_MINUTE = timedelta(minutes=1)


def _lease(town: Town, worker: str = "w", after_s: float = 0.0) -> outbox.Lease | None:
    at = now() + timedelta(seconds=after_s)
    with town.database.write() as session:
        return outbox.lease(session, worker=worker, lease_for=_MINUTE, at=at)


def test_every_message_is_leased_to_one_of_many_senders(town: Town) -> None:
    town.destination(_NOWHERE)
    case_ids = {town.case() for _ in range(24)}

    def work() -> list[str]:
        taken = []
        while lease := _lease(town):
            taken.append(lease.message.case_id)
        return taken

    results = at_once(work, 6)

    leased = [case_id for taken in results if isinstance(taken, list) for case_id in taken]
    assert not [result for result in results if isinstance(result, Exception)]
    assert sorted(leased) == sorted(case_ids)


def test_a_dead_senders_message_is_taken_over_when_its_lease_ends(town: Town) -> None:
    town.destination(_NOWHERE)
    town.case()
    first = _lease(town, "dead")

    assert first is not None
    assert _lease(town, "eager") is None
    second = _lease(town, "heir", after_s=61)

    assert second is not None
    assert second.message.id == first.message.id
    assert second.fence == first.fence + 1
    assert second.message.doubt == Doubt.UNCERTAIN
    assert [d.outcome for d in town.deliveries(first.message.case_id)] == [
        Outcome.UNKNOWN,
        Outcome.SENDING,
    ]


def test_an_old_fence_holds_nothing(town: Town) -> None:
    town.destination(_NOWHERE)
    town.case()
    old = _lease(town)
    new = _lease(town, after_s=61)

    assert old is not None
    assert new is not None
    with town.database.write() as session:
        assert outbox.held(session, old) is None
        assert outbox.held(session, new) is not None


def test_an_expired_lease_holds_until_it_is_taken_over(town: Town) -> None:
    town.destination(_NOWHERE)
    town.case()
    with town.database.write() as session:
        lease = outbox.lease(session, worker="slow", lease_for=-_MINUTE, at=now())

    assert lease is not None
    assert lease.until < now()
    with town.database.write() as session:
        assert outbox.held(session, lease) is not None


def test_a_cases_messages_go_in_order(town: Town) -> None:
    town.destination(_NOWHERE)
    case_id = town.case()
    first = _lease(town)
    town.enter(case_id, CaseEvent.CANCEL)
    assert first is not None

    assert [m.event_type for m in town.messages(case_id)] == ["opened", "cancelled"]
    assert _lease(town) is None, "the cancellation overtook the opening"

    with town.database.write() as session:
        message = outbox.held(session, first)
        assert message is not None
        outbox.release(message, OutboxState.DELIVERED)
    second = _lease(town)
    assert second is not None
    assert second.message.event_type == "cancelled"


def test_a_message_that_was_never_sent_is_withdrawn_with_its_case(town: Town) -> None:
    town.destination(_NOWHERE)
    case_id = town.case()

    town.enter(case_id, CaseEvent.CANCEL)

    assert [m.state for m in town.messages(case_id)] == [OutboxState.WITHDRAWN]
    assert town.get(case_id).state == CaseState.CANCELLED
    assert _lease(town) is None


def test_nothing_is_due_before_its_time(town: Town) -> None:
    town.destination(_NOWHERE)
    case_id = town.case()
    with town.database.write() as session:
        message = session.scalars(
            select(OutboxMessage).where(OutboxMessage.case_id == case_id)
        ).one()
        message.next_attempt_at = now() + timedelta(seconds=30)

    assert _lease(town) is None
    assert _lease(town, after_s=31) is not None


def test_a_destination_to_be_avoided_is_left_alone(town: Town) -> None:
    destination = town.destination(_NOWHERE)
    town.case()

    with town.database.write() as session:
        avoided = outbox.lease(
            session, worker="w", lease_for=_MINUTE, at=now(), avoid=[destination.id]
        )
    assert avoided is None
    assert _lease(town) is not None
