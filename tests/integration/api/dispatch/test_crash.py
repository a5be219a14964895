"""kill -9 of the sending process at every step: the department does the work once, counted."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from api.cases.states import CaseState
from api.dispatch.models import DestinationKind, Doubt, OutboxState, Outcome
from tests.integration.api.dispatch.town import Department, Town

_CASES = 3
# Runs a sender that kills itself, as kill -9 does, the first time that it comes to the step.
_VICTIM = """
import os, signal, sys
from api.database import Database
from tests.integration.api.dispatch.town import Town
town = Town(Database(sys.argv[1]))
sender = town.sender()
def die():
    os.kill(os.getpid(), signal.SIGKILL)
def before(name, method):
    def wrapped(*args, **kwargs):
        if sys.argv[2] == f"before {name}":
            die()
        result = method(*args, **kwargs)
        if sys.argv[2] == f"after {name}" and result is not None:
            die()
        return result
    setattr(sender, name, wrapped)
for name in ("lease", "send", "record"):
    before(name, getattr(sender, name))
if sys.argv[2] == "inside record":
    from sqlalchemy import event
    armed = []
    inner = sender.record
    def record(*args, **kwargs):
        armed.append(True)
        return inner(*args, **kwargs)
    sender.record = record
    event.listen(town.database.engine, "commit", lambda connection: armed and die())
print("ready", flush=True)
while sender.run_once():
    pass
"""


def _victim(town: Town, step: str) -> "subprocess.Popen[bytes]":
    url = town.database.url.render_as_string(hide_password=False)
    root = Path(__file__).parents[4]
    return subprocess.Popen(
        [sys.executable, "-c", _VICTIM, url, step],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        stdout=subprocess.PIPE,
    )


@pytest.mark.parametrize(
    "step",
    ["before lease", "after lease", "before send", "after send", "inside record", "after record"],
)
def test_a_sender_killed_at_any_step_leaves_no_work_lost_and_none_twice(
    town: Town, department: Department, step: str
) -> None:
    town.destination(department.url)
    case_ids = [town.case() for _ in range(_CASES)]
    victim = _victim(town, step)
    assert victim.wait(120) == -signal.SIGKILL

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
    assert _victim(town, step).wait(120) == -signal.SIGKILL
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
    assert _victim(town, step).wait(120) == -signal.SIGKILL

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
    for delay in (0.02, 0.05, 0.11):
        victim = _victim(town, "never")
        assert victim.stdout is not None
        victim.stdout.readline()
        time.sleep(delay)
        victim.kill()
        victim.wait()
        town.clock.advance(120)

    town.send_all()

    assert {town.get(case_id).state for case_id in case_ids} == {CaseState.DISPATCHED}
    assert sorted(work["case_id"] for work in department.received()) == sorted(case_ids)
