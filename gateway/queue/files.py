"""Files and folders that are on the disk when the call returns, and one process per folder."""

import fcntl
import os
import weakref
from collections.abc import Iterable
from pathlib import Path

from gateway.errors import QueueInUse


def write_durably(path: Path, content: Iterable[bytes]) -> None:
    """Write a file that is wholly there or as it was before, whenever the power goes.

    Raises:
        OSError: when the disk does not take it.
    """
    temporary = path.with_name(f"{path.name}.tmp")
    try:
        with temporary.open("wb") as file:
            for data in content:
                file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.rename(path)
        flush_folder(path.parent)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def flush_folder(folder: Path) -> None:
    """Put what was made, renamed and deleted in a folder on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(folder: Path, mode: int = 0o700) -> None:
    """Make a folder, and those above it, that are on the disk when this returns.

    Args:
        folder: the folder.
        mode: who may use it; those above it get the usual mode.
    """
    if not folder.parent.is_dir():
        make_folder(folder.parent, mode=0o777)
    folder.mkdir(mode, exist_ok=True)
    flush_folder(folder.parent)


class FolderLock:
    """Keeps other processes, and other queues of this one, out of a folder.

    It ends with `release`, with the object, or with the process, however that ends.

    Raises:
        QueueInUse: somebody else has the folder.
    """

    def __init__(self, folder: Path) -> None:
        descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        self.release = weakref.finalize(self, os.close, descriptor)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self.release()
            raise QueueInUse(
                f"the queue in {folder} is used by another process",
                hint="stop the other one, or give this one a folder of its own",
            ) from error
