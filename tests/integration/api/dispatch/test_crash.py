"""kill -9 of the sending process at every step: the department does the work once, counted."""

import multiprocessing
import signal
import time
from multiprocessing.context import ForkServerProcess

import pytest

from api.cases.states import CaseState
from api.dispatch.models import DestinationKind, Doubt, OutboxState, Outcome
from tests.integration.api.dispatch import victim
from tests.integration.api.dispatch.town import Department, Town

_CASES = 3
_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload([victim.__name__])


def _start(town: Town, step: str) -> ForkServerProcess:
    url = town.database.url.render_as_string(hide_password=False)
    process = _processes.Process(target=victim.run, args=(url, step))
    process.start()
    return process


def _die_at(town: Town, step: str) -> None:
    process = _start(town, step)
    process.join(120)
    assert process.exitcode == -signal.SIGKILL


@pytest.mark.parametrize(
    "step",
    ["before lease", "after lease", "before send", "after send", "inside record", "after record"],
)
def test_a_sender_killed_at_any_step_leaves_no_work_lost_and_none_twice(
    town: Town, department: Department, step: str
) -> None:
    town.destination(department.url)
    case_ids = [town.case() for _ in range(_CASES)]
    _die_at(town, step)

    town.send_all()
    town.clock.advance(120)  # the dead sender's lease ends
    town.send_all()

    assert [town.get(case_id).state for case_id in case_ids] == [CaseState.DISPATCHED] * _CASES
    assert sorted(work["case_id"] for work in department.received()) == sorted(case_ids)
    told_again = step in ("after send", "inside record")
    assert department.counts()["duplicates"] == int(told_again)
    assert department.counts()["messages"] == _CASES + int(told_again)


@pytest.mark.parametrize("step", ["after lease", "after send"])
def test_open311_in_doubt_after_a_crash_goes_to_people(
    town: Town, department: Department, step: str
) -> None:
    """GeoReport knows no key: nobody can say whether the dead sender's request arrived."""
    town.destination(department.url, kind=DestinationKind.OPEN311)
    case_id = town.case()
    _die_at(town, step)
    told = len(department.received())
    assert told == int(step == "after send")

    town.clock.advance(120)
    town.send_all()

    assert len(department.received()) == told
    assert town.get(case_id).state == CaseState.UNDELIVERABLE
    (message,) = town.messages(case_id)
    assert (message.state, message.doubt) == (OutboxState.DEAD, Doubt.UNCERTAIN)
    assert [d.outcome for d in town.deliveries(case_id)] == [Outcome.UNKNOWN, Outcome.DEAD]


@pytest.mark.parametrize("step", ["after lease", "after send"])
def test_open311_in_doubt_after_a_crash_is_searched_for(
    town: Town, department: Department, step: str
) -> None:
    settings = {"after_doubt": "search"}
    town.destination(department.url, kind=DestinationKind.OPEN311, settings=settings)
    case_id = town.case()
    _die_at(town, step)

    town.clock.advance(120)
    town.send_all()

    (work,) = department.received()
    assert work["times_told"] == 1
    assert town.get(case_id).state == CaseState.DISPATCHED
    assert town.get(case_id).external_id == work["number"]


def test_senders_killed_at_any_moment_deliver_everything_once(
    town: Town, department: Department
) -> None:
    """Not at a step of ours but whenever it happens: three senders in a row, killed by time."""
    town.destination(department.url)
    case_ids = [town.case() for _ in range(30)]
    for delay in (0.05, 0.1, 0.2):
        process = _start(town, "never")
        time.sleep(delay)
        process.kill()
        process.join()
        town.clock.advance(120)

    town.send_all()

    assert {town.get(case_id).state for case_id in case_ids} == {CaseState.DISPATCHED}
    assert sorted(work["case_id"] for work in department.received()) == sorted(case_ids)
