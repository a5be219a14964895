"""Whatever is done to a queue, in whatever order, it holds what a plain list would hold."""

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from gateway.errors import QueueFull
from gateway.frame import CapturedFrame
from gateway.queue import DiskQueue, DropPolicy, Priority
from tests.unit.gateway.queue.things import KEY, START, frame, size_of

SMALL, LARGE = b"s" * 100, b"l" * 900
FRAMES = {second: frame(second, LARGE if second % 4 == 0 else SMALL) for second in range(24)}
ALERT, BACKFILL = Priority


@dataclass
class Kept:
    """A frame that the queue should have."""

    second: int
    priority: Priority
    size: int
    path: Path | None = None  # of who holds it


def second_of(one: CapturedFrame) -> int:
    return int((one.metadata.captured_at - START).total_seconds())


class QueueAndModel(RuleBasedStateMachine):
    """A queue on the disk beside a list in memory."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="queue-"))
        self.unflushed = mock.patch.multiple(os, fsync=mock.DEFAULT, fdatasync=mock.DEFAULT)
        self.unflushed.start()  # power cuts are another test's
        self.kept: list[Kept] = []
        self.dropped = dict.fromkeys(Priority, 0)
        self.refused = self.damaged = 0

    @initialize(
        policy=st.sampled_from(DropPolicy),
        key=st.sampled_from([None, KEY]),
        room=st.floats(1, 8, width=16),
    )
    def open(self, policy: DropPolicy, key: bytes | None, room: float) -> None:
        self.policy, self.key = policy, key
        self.sizes = {
            picture: size_of(frame(picture=picture), self.folder / "scale", key)
            for picture in (SMALL, LARGE)
        }
        self.max_bytes = int(room * self.sizes[SMALL])
        self.queue = self.opened()

    def opened(self) -> DiskQueue:
        return DiskQueue(
            self.folder / "queue", max_bytes=self.max_bytes, drop=self.policy, key=self.key
        )

    def teardown(self) -> None:
        self.queue.close()
        self.unflushed.stop()
        shutil.rmtree(self.folder)

    def held(self) -> list[Kept]:
        return [one for one in self.kept if one.path is not None]

    @rule(second=st.sampled_from(list(FRAMES)), priority=st.sampled_from(Priority))
    def put(self, second: int, priority: Priority) -> None:
        new = Kept(second, priority, self.sizes[FRAMES[second].picture])
        if any(one.second == second for one in self.kept):
            assert self.queue.put(FRAMES[second], priority)
            return
        victims = self.victims(new)
        if victims is None and self.policy is DropPolicy.REFUSE:
            with pytest.raises(QueueFull):
                self.queue.put(FRAMES[second], priority)
            return
        assert self.queue.put(FRAMES[second], priority) is (victims is not None)
        for one in [new] if victims is None else victims:
            self.dropped[one.priority] += 1
        if victims is not None:
            self.kept = [one for one in self.kept if one not in victims] + [new]

    def victims(self, new: Kept) -> list[Kept] | None:
        """Return what goes for a new frame; None when it is the new one itself."""
        over = sum(one.size for one in self.kept) + new.size - self.max_bytes
        if over > 0 and self.policy is not DropPolicy.OLDEST_BACKFILL:
            return None
        free = [one for one in self.kept if one.path is None]
        by_worth = sorted([*free, new], key=lambda one: (-one.priority, one.second))
        victims = []
        for one in by_worth:
            if over <= 0:
                break
            if one is new:
                return None
            victims.append(one)
            over -= one.size
        return None if over > 0 else victims

    @rule(only=st.sampled_from([None, *Priority]))
    def take(self, only: Priority | None) -> None:
        free = [one for one in self.kept if one.path is None and only in (None, one.priority)]
        alerts = [one for one in free if one.priority is ALERT]
        taken = self.queue.take(only=only)
        if not free:
            assert taken is None
            return
        by_time = sorted(alerts or free, key=lambda one: one.second)
        expected = by_time[-1 if alerts else 0]
        assert taken is not None
        assert taken[1] == FRAMES[expected.second]
        expected.path = taken[0]

    @precondition(lambda self: self.held())
    @rule(data=st.data(), end=st.sampled_from(["done", "give_back", "refuse"]))
    def end(self, data: st.DataObject, end: str) -> None:
        one = data.draw(st.sampled_from(self.held()))
        assert one.path is not None
        if end == "refuse":
            self.queue.refuse(one.path, "422 no")
            self.refused += 1
        else:
            getattr(self.queue, end)(one.path)
        if end == "give_back":
            one.path = None
        else:
            self.kept.remove(one)

    @precondition(lambda self: any(one.path is None for one in self.kept))
    @rule()
    def tear_what_comes_next(self) -> None:
        """The file that would be posted next is torn: it is set aside and the next one comes."""
        free = [one for one in self.kept if one.path is None]
        alerts = sorted(one.second for one in free if one.priority is ALERT)
        second = alerts[-1] if alerts else min(one.second for one in free)
        (path,) = (self.folder / "queue" / "waiting").glob(f"20261121T0800{second:02}*")
        content = path.read_bytes()
        path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        self.damaged += 1
        self.kept = [one for one in self.kept if one.second != second]
        self.take(None)

    @rule()
    def crash(self) -> None:
        """Start again: nothing is written when a queue is closed, so a crash is the same."""
        self.queue.close()
        self.queue = self.opened()
        for one in self.kept:
            one.path = None

    @invariant()
    def is_as_the_model(self) -> None:
        stats = self.queue.stats()
        assert stats.waiting == {p: sum(one.priority is p for one in self.kept) for p in Priority}
        assert stats.dropped == self.dropped
        assert (stats.refused, stats.damaged) == (self.refused, self.damaged)
        assert stats.bytes == sum(one.size for one in self.kept) <= self.max_bytes
        files = list((self.folder / "queue" / "waiting").iterdir())
        assert sum(path.stat().st_size for path in files) == stats.bytes
        seconds = [one.second for one in self.kept]
        times = (stats.oldest_captured_at, stats.newest_captured_at)
        assert [None if t is None else int((t - START).total_seconds()) for t in times] == [
            min(seconds, default=None),
            max(seconds, default=None),
        ]
        assert len(self.queue) == len(self.kept)


TestQueueAndModel = QueueAndModel.TestCase
TestQueueAndModel.settings = settings(max_examples=25, stateful_step_count=40, deadline=None)
