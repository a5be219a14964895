"""The department's book: what a message does that gives no work."""

import dataclasses

from api.sandbox.behaviour import Behaviour
from api.sandbox.department import Channel, Department, Offer
from api.sandbox.script import read_script

OFFER = Offer(Channel.WEBHOOK, key="first", case_id="case", what="pothole", content={})
SCRIPT = read_script(
    b"rules:\n- {again: true, steps: [accept]}\n- {works: [2], answers: [fail]}\n- {steps: [lie]}\n"
)


def offer(key: str, case_id: str = "case") -> Offer:
    return dataclasses.replace(OFFER, key=key, case_id=case_id)


def test_a_reminder_is_noted_once_and_changes_no_status() -> None:
    department = Department(SCRIPT)
    work = department.take(OFFER)
    for _ in range(2):
        assert department.answer(None) is Behaviour.TAKE
        department.note(offer("reminder"), "reminded")
    assert work.status == "received"
    assert [word.status for word in work.history] == ["received", "reminded"]
    assert department.counts()["works"] == 1


def test_a_reminder_is_not_counted_as_a_work() -> None:
    department = Department(SCRIPT)
    department.answer(OFFER)
    department.note(offer("reminder"), "reminded")
    assert department.answer(offer("second", "another")) is Behaviour.FAIL


def test_a_case_that_comes_again_is_known_by_its_id() -> None:
    department = Department(SCRIPT)
    first, again = department.take(OFFER), department.take(offer("again"))
    assert [str(step) for step in first.rule.steps] != [str(step) for step in again.rule.steps]
    assert again.rule == SCRIPT.rules[0]


def test_a_work_keeps_its_rule_when_the_script_changes() -> None:
    department = Department(SCRIPT)
    assert department.answer(OFFER) is Behaviour.TAKE
    department.follow(read_script(b"rules: [{answers: [hang]}]"))
    assert department.answer(OFFER) is Behaviour.TAKE
    assert department.take(OFFER).rule == SCRIPT.rules[2]
    assert department.answer(offer("new", "another")) is Behaviour.HANG


def test_answers_are_given_one_each_and_then_the_work_is_taken() -> None:
    department = Department(read_script(b"rules: [{answers: [hang, take_and_fail]}]"))
    answers = [department.answer(OFFER) for _ in range(3)]
    assert answers == [Behaviour.HANG, Behaviour.TAKE_AND_FAIL, Behaviour.TAKE]


def test_what_was_asked_for_the_next_deliveries_comes_before_the_script() -> None:
    department = Department(read_script(b"rules: [{answers: [hang]}]"))
    department.behave([Behaviour.BUSY])
    assert department.answer(OFFER) is Behaviour.BUSY
    assert department.answer(OFFER) is Behaviour.TAKE
