"""What is kept though it will not be posted: bounded, so that it cannot fill the disk."""

from contextlib import suppress
from pathlib import Path

from gateway.queue.files import flush_folder, make_folder

_BLOCK_BYTES = 4096  # the least that a file takes
_REASON = ".txt"
_LONGEST_REASON = 4000


class Shelf:
    """A folder of files that were set aside, of which the oldest go when there are too many.

    A file that is larger than the bound by itself is not kept; its reason is. Not safe for several
    threads.

    Args:
        folder: the folder; made when absent.
        max_bytes: the bound, each file rounded up to whole blocks of 4 KiB.
    """

    def __init__(self, folder: Path, *, max_bytes: int) -> None:
        make_folder(folder)
        self._folder = folder
        self._max_bytes = max_bytes
        self._sizes: dict[str, int] = {}  # of each with its reason, in the order they came
        self._bytes = 0
        states = [(path.stat(), path.name) for path in folder.iterdir() if path.is_file()]
        for _, name in sorted(states, key=lambda one: one[0].st_ctime_ns):  # when it was moved
            self._weigh(name.removesuffix(_REASON))
        self._make_room(0)

    def __len__(self) -> int:
        """How many files are there, reasons left out."""
        return sum(path.suffix != _REASON for path in self._folder.iterdir())

    def explain(self, name: str, why: str) -> None:
        """Write down why a file will be set aside, unless the disk is full."""
        content = f"{why[:_LONGEST_REASON]}\n".encode(errors="backslashreplace")
        self._make_room(len(content))
        with suppress(OSError):
            self._pair(name)[1].write_bytes(content)
        self._weigh(name)

    def take_in(self, path: Path) -> None:
        """Move a file here; it is moved on the disk when this returns."""
        size = path.stat().st_size
        if _blocks(size) > self._max_bytes:
            path.unlink()
        else:
            self._make_room(size)
            path.rename(self._folder / path.name)
            self._weigh(path.name)
        flush_folder(self._folder)

    def _make_room(self, size: int) -> None:
        while self._sizes and self._bytes + _blocks(size) > self._max_bytes:
            oldest = next(iter(self._sizes))
            for path in self._pair(oldest):
                path.unlink(missing_ok=True)
            self._bytes -= self._sizes.pop(oldest)

    def _weigh(self, name: str) -> None:
        size = sum(_blocks(path.stat().st_size) for path in self._pair(name) if path.exists())
        self._bytes += size - self._sizes.pop(name, 0)
        self._sizes[name] = size

    def _pair(self, name: str) -> tuple[Path, Path]:
        return self._folder / name, self._folder / f"{name}{_REASON}"


def _blocks(size: int) -> int:
    return -(-size // _BLOCK_BYTES) * _BLOCK_BYTES
