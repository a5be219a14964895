"""Work that is done again and again beside the service."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog

from models.errors import XunjianError

_log = structlog.get_logger()


@contextmanager
def every(seconds: float, work: Callable[[], object], *, name: str) -> Iterator[None]:
    """Do some work at intervals, in a thread, until the block ends.

    What goes wrong is logged, and tried again the next time.

    Args:
        seconds: from the end of one round to the next, and before the first.
        work: returns something true where more may wait, which is done at once.
        name: of the thread, and in the log.
    """
    stop = threading.Event()

    def run() -> None:
        while not stop.wait(seconds):
            try:
                while work() and not stop.is_set():
                    pass
            except XunjianError as error:
                _log.error("periodic work failed", work=name, error=str(error))
            except Exception:
                _log.exception("periodic work failed", work=name)

    thread = threading.Thread(target=run, name=name)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
