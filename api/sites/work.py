"""The job of the kind `site`: one step of a camera's work, done again until nothing is left.

A step lets go of pictures that were used, then makes baselines, or puts one half day together. It
works without a transaction; what came of it is written in the one that ends the job, so that a
worker that dies in between has changed nothing.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import timedelta

import structlog
from sqlalchemy.orm import Session

from api.baselines.models import Baseline as BaselineRow
from api.database import Database, now
from api.passages.rows import lock_camera
from api.sites import reading
from api.sites.composing import put_together
from api.sites.erasing import erase, mark
from api.sites.learning import enough, learn
from api.sites.models import FrameUse, SiteFrame
from api.sites.pictures import keep_pictures
from api.sites.reading import Held, Known, Pictures
from api.sites.recording import Pending, record
from api.sites.schedule import schedule
from api.sites.slots import Slot, Waiting, is_over, slots
from inference.inspections.base import SeriesInspection
from inference.sites.light import LightMode

LONGEST_WAIT = timedelta(days=7)
"""Pictures wait so long for somebody to approve the baseline."""

_log = structlog.get_logger()
Write = Callable[[Session, Known], None]


class SiteHandler:
    """Does the jobs of the kind `site`; their subject is a camera.

    Args:
        database: where cameras and what is known of them are.
        pictures: reads and keeps pictures.
        load: loads the inspection, once it is needed.
    """

    def __init__(
        self, database: Database, pictures: Pictures, load: Callable[[], SeriesInspection]
    ) -> None:
        self._database = database
        self._pictures = pictures
        self._load = load

    def work(self, camera_id: str) -> Callable[[Session], Collection[str]]:
        """Do one step for a camera; what it returns writes what came of it.

        Raises:
            ObjectStoreError: the store does not answer.
            ModelError: the model is missing or damaged.
        """
        with self._database.read() as session:
            known = reading.read(session, camera_id)
            erased = erase(session, self._pictures.objects, camera_id)
        write = self._step(known) if known is not None else None

        def finish(session: Session) -> Collection[str]:
            lock_camera(session, camera_id)
            mark(session, erased)
            fresh = reading.read(session, camera_id)
            if fresh is None or known is None:
                return ()
            if write is not None and fresh.site.round == known.site.round:
                write(session, fresh)
                schedule(session, camera_id)
            else:
                self._wait(session, fresh)
            return ()

        return finish

    def give_up(self, session: Session, camera_id: str, problem: str) -> None:
        """Tell that a camera's frames could not be put together; the next frame tries again."""
        known = reading.read(session, camera_id)
        if known is not None:
            known.site.problem = problem

    def tidy(self) -> None:
        """Do nothing: all that is due has its job."""

    def _step(self, known: Known) -> Write | None:
        waiting = [one for one in known.frames if one.row.use is FrameUse.WAITING]
        if not known.watched:
            return _let_go(known.frames) if known.frames else None
        if not known.baselines:
            first = enough(waiting, self._pictures, few=known.site.few_by is not None)
            return self._learn(first) if first else None
        if not known.approved:
            old = [one for one in waiting if one.frame.received_at < now() - LONGEST_WAIT]
            return _let_go(old) if old else None
        slot = self._next(known)
        return self._compose(known, slot) if slot is not None else None

    def _learn(self, waiting: list[Held]) -> Write:
        lesson = learn(waiting, self._pictures)

        def write(session: Session, fresh: Known) -> None:
            lesson.write(session, fresh)
            for frame_id, (use, trouble) in lesson.uses.items():
                row = session.get_one(SiteFrame, frame_id)
                row.use, row.trouble = use, trouble

        return write

    def _compose(self, known: Known, slot: Slot) -> Write:
        inspection = self._load()
        rows: dict[LightMode, BaselineRow] = {
            light: known.approved[light] for light in ("day", "night") if light in known.approved
        }
        baselines = {light: self._pictures.baseline(light, row) for light, row in rows.items()}
        site = inspection.watch(baselines)
        outcome = put_together(known, slot, site, self._pictures)
        kept = keep_pictures(outcome, site, self._pictures.objects)
        pending = Pending(
            outcome=outcome,
            pictures=kept,
            size_wh=site.size_wh,
            baselines=rows,
            model=inspection.used[0],
            gone_after=site.settings.persistence.gone,
        )
        return lambda session, fresh: record(session, fresh, pending)

    def _slots(self, known: Known) -> list[Slot]:
        waiting = [
            Waiting(one.frame.id, one.frame.captured_at, one.frame.received_at)
            for one in known.frames
            if one.row.use is FrameUse.WAITING
        ]
        return slots(waiting, zone=self._pictures.zone)

    def _next(self, known: Known) -> Slot | None:
        at = now()
        newest = known.newest or at
        found = (slot for slot in self._slots(known) if is_over(slot, newest=newest, at=at))
        return next(found, None)

    def _wait(self, session: Session, known: Known) -> None:
        """Have the next slot worked on when it is over, or old pictures let go of."""
        waiting = self._slots(known)
        if not waiting or not known.baselines:
            return
        at = waiting[0].over_at if known.approved else now() + timedelta(days=1)
        schedule(session, known.camera.id, not_before=at)


def _let_go(frames: Sequence[Held]) -> Write:
    ids = [one.frame.id for one in frames]

    def write(session: Session, _: Known) -> None:
        for frame_id in ids:
            session.get_one(SiteFrame, frame_id).use = FrameUse.EXPIRED

    return write
