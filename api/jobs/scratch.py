"""A folder for what a worker needs while it works, which a later worker clears after a death."""

import fcntl
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_LOCK = "lock"


@contextmanager
def scratch(parent: Path) -> Iterator[Path]:
    """Make a folder that is removed at the end; folders of dead workers are removed now.

    A living worker holds a lock in its folder; the system lets go of it when the worker dies.

    Args:
        parent: folder of all workers' folders, made when absent; on a local disk.
    """
    parent.mkdir(parents=True, exist_ok=True)
    with (parent / _LOCK).open("w") as gate:
        fcntl.flock(gate, fcntl.LOCK_EX)
        for folder in parent.glob("worker-*"):
            _remove_if_left(folder)
        mine = Path(tempfile.mkdtemp(prefix="worker-", dir=parent))
        lock = (mine / _LOCK).open("w")
        fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        yield mine
    finally:
        shutil.rmtree(mine, ignore_errors=True)
        lock.close()


def _remove_if_left(folder: Path) -> None:
    with (folder / _LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        shutil.rmtree(folder, ignore_errors=True)
