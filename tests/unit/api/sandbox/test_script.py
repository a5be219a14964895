"""The department's script: which rule holds for a work, and what is wrong with one that is none."""

import pytest

from api.errors import Unprocessable
from api.sandbox.script import TAKEN, Act, Arrival, Delay, Script, Verb, read_script

POTHOLE = Arrival(order=1, what="pothole", place=(30.25, 120.15), again=False)


def test_steps_are_read_with_their_comments() -> None:
    script = read_script(
        b"rules:\n- steps: [accept, delay: 2, start, {return: not our road}]\n- steps: [lie]\n"
    )
    assert script.rules[0].steps == [
        Act(Verb.ACCEPT),
        Delay(2),
        Act(Verb.START),
        Act(Verb.RETURN, "not our road"),
    ]


@pytest.mark.parametrize(
    ("verb", "status", "repaired"),
    [
        (Verb.ACCEPT, "accepted", None),
        (Verb.START, "in_progress", None),
        (Verb.FINISH, "done", True),
        (Verb.LIE, "done", False),
        (Verb.RETURN, "returned", None),
        (Verb.SUSPEND, "suspended", None),
        (Verb.RESUME, "resumed", None),
    ],
)
def test_a_lie_is_told_like_a_repair(verb: Verb, status: str, repaired: bool | None) -> None:
    act = Act(verb)
    assert (act.status, act.repaired) == (status, repaired)


@pytest.mark.parametrize(
    ("conditions", "fits"),
    [
        ("{}", True),
        ("{classes: [crack, pothole]}", True),
        ("{classes: [crack]}", False),
        ("{works: [1, 3]}", True),
        ("{works: [2]}", False),
        ("{near: {latitude: 30.25005, longitude: 120.15, within_m: 6}}", True),
        ("{near: {latitude: 30.25005, longitude: 120.15, within_m: 5}}", False),
        ("{again: false}", True),
        ("{again: true}", False),
        ("{classes: [pothole], works: [2]}", False),
    ],
)
def test_every_condition_of_a_rule_has_to_hold(conditions: str, fits: bool) -> None:
    (rule,) = read_script(f"rules: [{conditions}]".encode()).rules
    assert rule.fits(POTHOLE) == fits


def test_the_first_rule_that_fits_holds_and_without_one_work_is_only_taken() -> None:
    script = read_script(
        b"rules:\n- {classes: [crack], steps: [lie]}\n- {steps: [accept]}\n- {steps: [finish]}\n"
    )
    assert script.rule_for(POTHOLE).steps == [Act(Verb.ACCEPT)]
    assert read_script(b"rules: []").rule_for(POTHOLE) is TAKEN
    assert Script().rule_for(POTHOLE) is TAKEN


def test_a_place_that_is_not_known_is_near_nothing() -> None:
    (rule,) = read_script(b"rules: [{near: {latitude: 0, longitude: 0, within_m: 1}}]").rules
    assert not rule.fits(Arrival(order=1, what="pothole", place=None, again=False))


def test_a_steady_department_accepts_starts_and_finishes() -> None:
    steps = Script.steady(5).rule_for(POTHOLE).steps
    assert [step.status if isinstance(step, Act) else step.seconds for step in steps] == [
        *(5, "accepted"),
        *(5, "in_progress"),
        *(5, "done"),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"rules:\n- steps:\n  - accept\n  - forget\n", "line 4, rules[0].steps[1]: write delay"),
        (b"rules:\n- steps: [delay: -1]\n", "a delay is a number of seconds"),
        (b"rules:\n- steps: [accept, delay: 1]\n", "after the last delay nothing is done"),
        (b"rules:\n- steps: [{accept: a, start: b}]\n", "rules[0].steps[0]: write delay"),
        (b"rules:\n- steps: [[accept]]\n", "rules[0].steps[0]: write delay"),
        (b"rules:\n- answers: [vanish]\n", "line 2, rules[0].answers[0]"),
        (b"rules:\n- works: [0]\n", "line 2, rules[0].works[0]"),
        (b"rules:\n- callbacks: [triple]\n", "rules[0].callbacks[0]"),
        (b"rules:\n- colour: red\n", "line 2, rules[0].colour"),
        (b"rules:\n- steps: [accept: {}]\n", "rules[0].steps[0]: a comment is a text"),
        (b"rules: [\n", "is no YAML"),
        (b"- accept\n", "script"),
        (b"rules: \xff\n", "is not UTF-8"),
    ],
)
def test_a_mistake_is_told_with_its_place(text: bytes, said: str) -> None:
    with pytest.raises(Unprocessable, match="Nothing was changed") as error:
        read_script(text)
    assert said in error.value.detail
