"""Counts that survive: what was dropped, refused and found damaged.

Two slots of one small file are written in turn, in place, each with its own check sum: a slot that
a power cut has torn is not believed and the other one holds. Nothing is allocated, so that it works
on a full disk, where it matters most.

A slot also names the files that the last count was for. They are counted first and parted with
after; what a crash left between is parted with at the next start and not counted again.
"""

import os
from collections.abc import Collection
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from gateway.errors import RecordDamaged
from gateway.queue.files import write_durably
from gateway.queue.order import Priority
from gateway.queue.record import decode_line, encode_line

_SLOT_BYTES = 4096
MOST_NAMES = 32
"""So many names fit into a slot."""


class Fate(StrEnum):
    """Why a file leaves the queue without having been taken by the service."""

    DROPPED = "dropped"
    REFUSED = "refused"
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True)
class Counts:
    """How many left the queue without having been taken, ever.

    Args:
        dropped_alerts: for want of room.
        dropped_backfill: for want of room.
        refused: by the service.
        damaged: not what was written.
        fate: of the files that were counted last.
        names: these files; a crash may have left them.
        number: how often counts were written.
    """

    dropped_alerts: int = 0
    dropped_backfill: int = 0
    refused: int = 0
    damaged: int = 0
    fate: Fate = Fate.DROPPED
    names: tuple[str, ...] = field(default=())
    number: int = 0

    def dropped(self) -> dict[Priority, int]:
        """Return the drops by priority."""
        return {Priority.ALERT: self.dropped_alerts, Priority.BACKFILL: self.dropped_backfill}


class Ledger:
    """The counts of one queue on the disk. Not safe for several threads.

    Args:
        path: the file; made when absent.
        first: the counts when there is no file, or none that can be believed.
    """

    def __init__(self, path: Path, first: Counts) -> None:
        self._path = path
        content = path.read_bytes() if path.exists() else b""
        slots = [content[:_SLOT_BYTES], content[_SLOT_BYTES : 2 * _SLOT_BYTES]]
        self.counts = max(filter(None, map(_read_slot, slots)), key=_number, default=first)
        self._is_there = len(content) == 2 * _SLOT_BYTES
        if not self._is_there:
            with suppress(OSError):  # what waits on a full disk can be posted all the same
                self._make(self.counts)

    def count(self, fate: Fate, priorities: Collection[Priority], names: Collection[str]) -> None:
        """Count things; the count is on the disk when this returns.

        Args:
            fate: what became of them.
            priorities: of each.
            names: the files that are still to be parted with, at most `MOST_NAMES`.
        """
        counts = self.counts
        changed: dict[str, Any] = {"fate": fate, "names": tuple(names)}
        if fate is Fate.DROPPED:
            alerts = sum(priority is Priority.ALERT for priority in priorities)
            changed["dropped_alerts"] = counts.dropped_alerts + alerts
            changed["dropped_backfill"] = counts.dropped_backfill + len(priorities) - alerts
        else:
            changed[fate] = getattr(counts, fate) + len(priorities)
        self._write(replace(counts, **changed))

    def settle(self) -> None:
        """Name no files any more: what was counted last was parted with, and may come again."""
        self._write(replace(self.counts, names=()))

    def _write(self, counts: Counts) -> None:
        counts = replace(counts, number=counts.number + 1)
        if not self._is_there:
            self._make(counts)
        descriptor = os.open(self._path, os.O_WRONLY)
        try:
            os.pwrite(descriptor, _slot(counts), counts.number % 2 * _SLOT_BYTES)
            os.fdatasync(descriptor)
        finally:
            os.close(descriptor)
        self.counts = counts

    def _make(self, counts: Counts) -> None:
        write_durably(self._path, [_slot(counts)] * 2)
        self._is_there = True


def _number(counts: Counts) -> int:
    return counts.number


def _slot(counts: Counts) -> bytes:
    return encode_line(asdict(counts)).ljust(_SLOT_BYTES, b"\0")


def _read_slot(slot: bytes) -> Counts | None:
    line = slot.partition(b"\n")[0]
    if line.startswith(b"{"):
        return None
    try:
        members = decode_line(line)
        return Counts(
            **(members | {"fate": Fate(members["fate"]), "names": tuple(members["names"])})
        )
    except (RecordDamaged, KeyError, TypeError, ValueError):
        return None
