"""A worker in a process of its own that kills itself, as kill -9 does, when it comes to a step.

`python -m tests.integration.api.clips.victim URL DATA_DIR STEP [MARKER]`: with a marker, a file
that it makes before it dies, it dies only once.
"""

import os
import signal
import sys
import threading
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from sqlalchemy.orm import Session

from api.clips.inspecting import ClipHandler
from api.clips.models import JOB_KIND
from api.database import Database
from api.evidence.objects import ObjectStore
from api.jobs.queue import Lease
from api.jobs.worker import Finish, Handler, Worker
from api.settings import Settings
from api.work import open_worker
from inference.clips import Clip, ClipFrame, ClipLimits
from inference.falling.clip_events import ClipEvents
from inference.falling.view import View
from tests.integration.api.clips.looker import Looker


class _Dying:
    """A clip whose decoding kills the process at its sixth frame."""

    def __init__(self, clip: Clip, die: "Death") -> None:
        self.width, self.height = clip.width, clip.height
        self._clip, self._die = clip, die

    def frames(self) -> Iterator[ClipFrame]:
        for number, frame in enumerate(self._clip.frames()):
            if number == 5:
                self._die.at("mid-clip")
            yield frame


class Death:
    """Kills the process at one step, once if there is a marker."""

    def __init__(self, step: str, marker: Path | None) -> None:
        self._step, self._marker = step, marker

    def at(self, step: str) -> None:
        if step != self._step or (self._marker is not None and self._marker.exists()):
            return
        if self._marker is not None:
            self._marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)


class _DyingLooker(Looker):
    def __init__(self, die: Death) -> None:
        self._die = die

    def inspect(self, clip: Clip, view: View | None = None) -> ClipEvents:
        return super().inspect(_Dying(clip, self._die), view)


class _DyingWorker(Worker):
    die: Death

    def lease(self) -> Lease | None:
        lease = super().lease()
        if lease is not None:
            self.die.at("after lease")
        return lease

    def record(self, lease: Lease, finish: Finish) -> bool:
        def dying(session: Session) -> Collection[str]:
            unneeded = finish(session)
            session.flush()
            self.die.at("inside record")
            return unneeded

        self.die.at("before record")
        recorded = super().record(lease, dying)
        self.die.at("after record")
        return recorded


def run(url: str, data_dir: Path, step: str, marker: Path | None, *, once: bool) -> None:
    """Do the jobs that are due, or with a standard input all until it ends; die at the step."""
    die = Death(step, marker)

    def make(
        _: Settings, database: Database, objects: ObjectStore, folder: Path
    ) -> Mapping[str, Handler]:
        limits = ClipLimits()
        return {JOB_KIND: ClipHandler(database, objects, limits, lambda: _DyingLooker(die), folder)}

    database = Database(url)
    with open_worker(Settings(data_dir=data_dir), database, make) as (worker, _watch):
        worker.__class__, worker.die = _DyingWorker, die  # type: ignore[attr-defined]
        if once:
            while worker.run_once():
                pass
            return
        stop = threading.Event()

        def end() -> None:
            sys.stdin.read()
            stop.set()

        threading.Thread(target=end, daemon=True).start()
        worker.run(stop)


if __name__ == "__main__":
    run(sys.argv[1], Path(sys.argv[2]), sys.argv[3], Path(sys.argv[4]), once=False)
