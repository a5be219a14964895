"""Keeps two processes out of one run folder, where each would overwrite the other's checkpoints."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from training.errors import TrainingError


@contextlib.contextmanager
def hold_run(run: Path) -> Iterator[None]:
    """Hold a run's folder, made if absent, until the block or the process ends.

    The lock is the system's, on an open file: it goes with the process, however that ends.

    Raises:
        TrainingError: If another process holds it.
    """
    run.mkdir(parents=True, exist_ok=True)
    with (run / ".lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise TrainingError(
                f"process {file.read().strip() or 'unknown'} is training in {run}",
                hint="Wait for it, stop it, or choose another --run.",
            ) from None
        file.seek(0)
        file.truncate()
        file.write(str(os.getpid()))
        file.flush()
        yield
