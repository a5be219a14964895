"""kill -9 of a worker at every step: half days are put together once, structures told once."""

import multiprocessing
import signal
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from api.database import Database, now
from api.jobs.models import Job, JobState
from api.sites.models import Composite
from tests.integration.api.sites import victim
from tests.integration.api.sites.yard import Yard

_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload([victim.__name__])


@pytest.mark.parametrize("step", ["composing", "writing", "written"])
def test_a_worker_killed_in_mid_composite_leaves_one_finding(
    database: Database, tmp_path: Path, step: str
) -> None:
    yard = Yard(database, tmp_path / "objects").open()
    yard.watch_from_now_on()
    for day in range(2, 6):
        yard.post_day(day, shed=True)
    url = database.url.render_as_string(hide_password=False)
    process = _PROCESSES.Process(target=victim.run, args=(url, str(yard.folder), step))
    process.start()
    process.join(120)
    assert process.exitcode == -signal.SIGKILL
    with database.write() as session:  # the dead worker's lease ends
        session.execute(
            update(Job)
            .where(Job.state == JobState.RUNNING)
            .values(lease_until=now() - timedelta(seconds=1))
        )
    yard.work()
    assert len(yard.rows(Composite)) == 3
    assert len(yard.findings()) == 1
    assert yard.uses() == {"learned": 8, "composed": 18, "waiting": 6}
