"""Runs a worker in this process: the long work that no request waits for."""

import os
import resource
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import TypeVar

import structlog

from api.clips.inspecting import ClipHandler
from api.clips.models import JOB_KIND as CLIP
from api.database import Database
from api.evidence.objects import ObjectStore, open_object_store
from api.jobs.scratch import scratch
from api.jobs.watch import Watch
from api.jobs.worker import Handler, Worker
from api.logs import configure_logs
from api.migrations import prepared_database
from api.settings import Settings, load_settings
from api.sites.reading import Pictures
from api.sites.schedule import KIND as SITE
from api.sites.work import SiteHandler
from inference.clips import ClipLimits
from inference.decode import DecodeLimits
from inference.inspections import ClipInspection, Inspection, get_inspection
from inference.inspections.base import SeriesInspection
from inference.policy import ExecutionPolicy, choose_policy

_NICE = 10
_STDIN = 0
_FINISH_WITHIN_S = 20.0
_log = structlog.get_logger()
I = TypeVar("I", bound=Inspection)  # noqa: E741


def handlers(
    settings: Settings, database: Database, objects: ObjectStore, folder: Path
) -> Mapping[str, Handler]:
    """Return what does the jobs of each kind; models are loaded when the first job needs them."""
    policy = choose_policy(settings.device)
    return {
        CLIP: ClipHandler(
            database,
            objects,
            ClipLimits(max_bytes=settings.max_clip_bytes, max_decode_s=settings.job_timeout_s / 2),
            lambda: _load("falling_object", ClipInspection, policy, settings.model_variant),
            folder,
        ),
        SITE: SiteHandler(
            database,
            Pictures(
                objects,
                DecodeLimits(settings.max_picture_bytes, settings.max_picture_pixels),
                settings.zone,
            ),
            lambda: _load("illegal_building", SeriesInspection, policy, settings.model_variant),
        ),
    }


@cache
def _load(name: str, kind: type[I], policy: ExecutionPolicy, variant: str) -> I:
    inspection = get_inspection(name, policy, variant=variant)  # type: ignore[arg-type]
    assert isinstance(inspection, kind)  # noqa: S101 - the registry lists it as such
    inspection.check_golden()
    return inspection


@contextmanager
def open_worker(
    settings: Settings,
    database: Database,
    make: Callable[[Settings, Database, ObjectStore, Path], Mapping[str, Handler]] = handlers,
) -> Iterator[tuple[Worker, Watch]]:
    """Open a worker on a database; while the block lasts it is known and watched.

    Args:
        settings: limits and stores.
        database: where the jobs are, with this version's tables.
        make: makes what does the jobs.
    """
    with ExitStack() as stack:
        objects = open_object_store(settings.resolved_object_store)
        folder = stack.enter_context(scratch(settings.data_dir / "work"))
        watch = Watch(database, job_timeout_s=settings.job_timeout_s)
        stack.enter_context(watch.watching())
        yield Worker(database, objects, make(settings, database, objects, folder), watch), watch


def work(*, child: bool) -> None:
    """Do jobs until SIGINT or SIGTERM; the job that is being done is finished first if it is short.

    Args:
        child: whether the service started this process, which ends with it: when its standard
            input ends.

    Raises:
        SettingsInvalid: when an environment variable makes no sense.
        ProviderUnavailable: when the device that is asked for does not work here.
        DatabaseNotReady: when the database does not answer or lacks tables.
    """
    settings = load_settings()
    configure_logs()
    os.nice(_NICE)  # frames, on which somebody waits, go first
    limit = settings.worker_memory_bytes
    # Data and not address space: models and threads reserve much that they never touch.
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core would hold what the clip shows
    stop = threading.Event()
    with (
        prepared_database(settings) as database,
        open_worker(settings, database) as (worker, watch),
    ):

        def end(*_: object) -> None:
            if not stop.is_set():
                stop.set()
                threading.Thread(target=_end_soon, args=(watch,), daemon=True).start()

        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, end)
        if child:
            threading.Thread(target=_end_with_parent, args=(end,), daemon=True).start()
        _log.info("working", worker=watch.name)
        worker.run(stop)


def _end_with_parent(end: Callable[[], None]) -> None:
    # Not by `sys.stdin`, whose lock a thread that still waits would hold when the process ends.
    while os.read(_STDIN, 1):
        pass
    end()


def _end_soon(watch: Watch) -> None:
    """Give the present job back when it takes too long to wait for."""
    threading.Event().wait(_FINISH_WITHIN_S)
    watch.give_back()
    os._exit(0)
