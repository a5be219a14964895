"""What is kept though it will not be posted: bounded, so that it cannot fill the disk."""

from pathlib import Path

from gateway.queue.files import flush_folder, make_folder

_BLOCK_BYTES = 4096  # the least that a file takes


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
        states = [(path.stat(), path.name) for path in folder.iterdir()]
        states.sort(key=lambda state: state[0].st_ctime_ns)  # when it was moved here
        self._sizes = {name: _blocks(state.st_size) for state, name in states}
        self._bytes = sum(self._sizes.values())
        self._make_room(0)

    def __len__(self) -> int:
        """How many files are there, reasons left out."""
        return sum(not name.endswith(".txt") for name in self._sizes)

    def explain(self, name: str, why: str) -> None:
        """Write down why a file will be set aside."""
        content = f"{why}\n".encode()
        self._make_room(len(content))
        (self._folder / f"{name}.txt").write_bytes(content)
        self._add(f"{name}.txt", len(content))

    def take_in(self, path: Path) -> None:
        """Move a file here; it is moved on the disk when this returns."""
        size = path.stat().st_size
        if _blocks(size) > self._max_bytes:
            path.unlink()
        else:
            self._make_room(size)
            path.rename(self._folder / path.name)
            self._add(path.name, size)
        flush_folder(self._folder)

    def _make_room(self, size: int) -> None:
        while self._sizes and self._bytes + _blocks(size) > self._max_bytes:
            oldest = next(iter(self._sizes))
            (self._folder / oldest).unlink(missing_ok=True)
            self._bytes -= self._sizes.pop(oldest)

    def _add(self, name: str, size: int) -> None:
        self._bytes += _blocks(size) - self._sizes.pop(name, 0)
        self._sizes[name] = _blocks(size)


def _blocks(size: int) -> int:
    return -(-size // _BLOCK_BYTES) * _BLOCK_BYTES
