"""What is left when the power goes: only what was flushed, at every moment of a run.

A simulated disk keeps of each file what `fsync` or `fdatasync` flushed, and of each folder the
names it had when it was flushed. After every step that changes the disk the power goes, twice: once
nothing else has reached the disk, once all names have but no bytes (after Pillai et al., "All File
Systems Are Not Created Equal", OSDI 2014).
"""

import os
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from gateway.queue import DiskQueue, Priority
from tests.unit.gateway.queue.things import KEY, drain, frame, seconds

MAX_BYTES = 3000  # about six frames


class SimulatedDisk:
    """Sees what a run does to a folder, and gives what a power cut would leave of it."""

    def __init__(self, folder: Path, graves: Path, patch: pytest.MonkeyPatch) -> None:
        self._folder = folder
        self._graves = graves
        self._flushed: dict[int, bytes] = {}
        self._names: dict[int, dict[str, int]] = {folder.stat().st_ino: {}}
        self._calls = {name: getattr(os, name) for name in ("fsync", "fdatasync")}
        for name in self._calls:
            patch.setattr(os, name, self._flush)
        self._unlink = os.unlink
        patch.setattr(os, "unlink", self._bury)
        self._graves.mkdir()

    def _flush(self, descriptor: int) -> None:
        state, path = os.fstat(descriptor), Path(f"/proc/self/fd/{descriptor}")
        if stat.S_ISDIR(state.st_mode):
            self._names[state.st_ino] = self._listing(path)
        else:
            self._flushed[state.st_ino] = path.read_bytes()

    def _bury(self, path: Any, **more: Any) -> None:
        """Delete a file and keep its inode, so that its number is not given again."""
        with suppress(FileNotFoundError):
            os.link(path, self._graves / str(len(list(self._graves.iterdir()))))
        self._unlink(path, **more)

    @staticmethod
    def _listing(path: Path) -> dict[str, int]:
        return {entry.name: entry.inode() for entry in os.scandir(path)}

    def leave(self, to: Path, *, names_reached: bool) -> Path:
        """Write what is left into a new folder."""
        self._leave(self._folder.stat().st_ino, self._folder, to, names_reached)
        return to

    def _leave(self, inode: int, folder: Path, to: Path, names_reached: bool) -> None:
        to.mkdir()
        names = self._listing(folder) if names_reached else self._names.get(inode, {})
        for name, child in names.items():
            if (folder / name).is_dir():
                self._leave(child, folder / name, to / name, names_reached)
            else:
                (to / name).write_bytes(self._flushed.get(child, b""))


class Run:
    """A run of a queue in which the power goes after every step."""

    def __init__(self, tmp_path: Path, key: bytes | None, patch: pytest.MonkeyPatch) -> None:
        self._tmp_path = tmp_path
        self._key = key
        (tmp_path / "disk").mkdir()
        self._disk = SimulatedDisk(tmp_path / "disk", tmp_path / "graves", patch)
        self.put: set[float] = set()
        self.gone: set[float] = set()
        self.dropped = 0
        self.refusing: set[float] = set()
        self.refused = 0
        self.cuts = 0
        self._is_cut = False
        for name in ("fsync", "fdatasync", "rename", "unlink", "pwrite", "mkdir", "write"):
            patch.setattr(os, name, self._then_cut(getattr(os, name)))

    def open(self) -> DiskQueue:
        return DiskQueue(self._tmp_path / "disk" / "queue", max_bytes=MAX_BYTES, key=self._key)

    def cut(self) -> None:
        """Let the power go, and start again with what is left."""
        if self._is_cut:
            return
        self._is_cut = True
        for names_reached in (False, True):
            self.cuts += 1
            left = self._disk.leave(
                self._tmp_path / f"left-{self.cuts}", names_reached=names_reached
            )
            with DiskQueue(left / "queue", max_bytes=MAX_BYTES, key=self._key) as queue:
                stats = queue.stats()
                assert stats.bytes <= MAX_BYTES
                waiting = seconds(drain(queue))
                assert len(waiting) == len(set(waiting))
                missing = self.put - self.gone - set(waiting)
                dropped = sum(stats.dropped.values())
                # What was put waits, or was dropped and counted.
                assert dropped - 1 <= len(missing) <= dropped
                assert dropped >= self.dropped
                assert queue.stats().damaged == stats.damaged
                # What was refused is counted and set aside, or waits still.
                aside = {path.name for path in (left / "queue" / "refused").glob("*[!t]")}
                assert len(aside) == stats.refused >= self.refused
                assert len(aside) + len(self.refusing & set(waiting)) == len(self.refusing)
        self._is_cut = False

    def _then_cut(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **more: Any) -> Any:
            try:
                return real(*arguments, **more)
            finally:
                self.cut()

        return call


@pytest.mark.parametrize("key", [None, KEY], ids=["plain", "sealed"])
def test_whenever_the_power_goes_what_was_put_waits_or_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: bytes | None
) -> None:
    run = Run(tmp_path, key, monkeypatch)
    queue = run.open()

    def put(second: float, priority: Priority = Priority.BACKFILL) -> None:
        queue.put(frame(second, b"p" * 200), priority)
        run.put.add(second)
        run.dropped = sum(queue.stats().dropped.values())
        run.cut()

    for second in (1, 2, 3, 4):
        put(second, Priority(second % 2))
    for end in ("done", "refuse"):
        taken = queue.take()
        assert taken is not None
        (captured,) = seconds([taken[1]])
        run.gone.add(captured)
        if end == "done":
            queue.done(taken[0])
        else:
            run.refusing.add(captured)
            queue.refuse(taken[0], "422 too dark")
            run.refused += 1
            run.cut()
    for second in range(20, 29):
        put(second, Priority(second % 2))
    queue.close()
    queue = run.open()
    put(30)
    assert run.dropped > 3
    assert run.cuts > 100
    assert queue.stats().refused == 1
