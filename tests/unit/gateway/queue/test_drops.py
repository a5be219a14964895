"""What a full queue drops, that it counts it, and that it never passes its bound."""

import errno
import os
import resource
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.errors import QueueFull
from gateway.queue import DiskQueue, DropPolicy, Priority
from tests.unit.gateway.queue.things import KEY, drain, files, frame, seconds, size_of

PICTURE = b"p" * 5000
ALERT, BACKFILL = Priority


@pytest.fixture(params=[None, KEY], ids=["plain", "sealed"])
def key(request: pytest.FixtureRequest) -> bytes | None:
    """Run a test with and without encryption."""
    key: bytes | None = request.param
    return key


@pytest.fixture
def room(tmp_path: Path, key: bytes | None) -> Callable[..., DiskQueue]:
    """Open a queue with room for some frames of one size."""
    size = size_of(frame(picture=PICTURE), tmp_path / "scale", key)

    def open_queue(
        frames: float, drop: DropPolicy = DropPolicy.OLDEST_BACKFILL, folder: str = "queue"
    ) -> DiskQueue:
        return DiskQueue(tmp_path / folder, max_bytes=int(frames * size), drop=drop, key=key)

    return open_queue


def put(queue: DiskQueue, second: float, priority: Priority = BACKFILL) -> bool:
    return queue.put(frame(second, PICTURE), priority)


def test_the_oldest_backfill_goes_first(room: Callable[..., DiskQueue]) -> None:
    queue = room(3)
    for second in (1, 2, 3):
        assert put(queue, second)
    assert put(queue, 4)
    assert put(queue, 5, ALERT)
    assert seconds(drain(queue)) == [5, 3, 4]
    assert queue.stats().dropped == {ALERT: 0, BACKFILL: 2}


def test_then_the_oldest_alert(room: Callable[..., DiskQueue]) -> None:
    queue = room(3)
    put(queue, 9)
    for second in (1, 2, 3, 4):
        assert put(queue, second, ALERT)
    assert queue.stats().dropped == {ALERT: 1, BACKFILL: 1}
    assert seconds(drain(queue)) == [4, 3, 2]


def test_backfill_never_pushes_an_alert_out(room: Callable[..., DiskQueue]) -> None:
    queue = room(2)
    put(queue, 1, ALERT)
    put(queue, 2, ALERT)
    assert not put(queue, 3)
    assert seconds(drain(queue)) == [2, 1]
    assert queue.stats().dropped == {ALERT: 0, BACKFILL: 1}


def test_what_is_itself_the_oldest_is_not_kept(room: Callable[..., DiskQueue]) -> None:
    queue = room(2)
    put(queue, 5)
    put(queue, 6)
    assert not put(queue, 4)
    assert seconds(drain(queue)) == [5, 6]
    assert queue.stats().dropped == {ALERT: 0, BACKFILL: 1}


def test_nothing_is_dropped_in_vain(room: Callable[..., DiskQueue]) -> None:
    queue = room(2)
    put(queue, 1)
    put(queue, 9)
    assert not queue.put(frame(5, PICTURE * 2))
    assert not queue.put(frame(10, PICTURE * 4))
    assert seconds(drain(queue)) == [1, 9]
    assert queue.stats().dropped == {ALERT: 0, BACKFILL: 2}


def test_many_go_for_a_large_one(room: Callable[..., DiskQueue]) -> None:
    queue = room(80)
    for second in range(80):
        put(queue, second)
    assert queue.put(frame(100, PICTURE * 70))
    stats = queue.stats()
    assert stats.dropped[BACKFILL] == 81 - sum(stats.waiting.values())
    assert seconds(drain(queue)) == [*range(stats.dropped[BACKFILL], 80), 100]


def test_what_is_being_posted_is_not_dropped(room: Callable[..., DiskQueue]) -> None:
    queue = room(2)
    put(queue, 1)
    put(queue, 2)
    taken = queue.take()
    assert taken is not None
    assert put(queue, 3)
    queue.give_back(taken[0])
    assert seconds(drain(queue)) == [1, 3]


def test_newest_does_not_keep_the_new_one(room: Callable[..., DiskQueue]) -> None:
    queue = room(2, DropPolicy.NEWEST)
    put(queue, 1)
    put(queue, 2)
    assert not put(queue, 3, ALERT)
    assert seconds(drain(queue)) == [1, 2]
    assert queue.stats().dropped == {ALERT: 1, BACKFILL: 0}


def test_refuse_raises_and_keeps_what_it_has(room: Callable[..., DiskQueue]) -> None:
    queue = room(2, DropPolicy.REFUSE)
    put(queue, 1)
    put(queue, 2)
    with pytest.raises(QueueFull, match="bytes and is full"):
        put(queue, 3, ALERT)
    assert seconds(drain(queue)) == [1, 2]
    assert queue.stats().dropped == {ALERT: 0, BACKFILL: 0}


def test_the_bound_holds_on_the_disk_at_every_moment(
    tmp_path: Path, room: Callable[..., DiskQueue], monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = room(3.5)
    most = queue.stats().bytes
    flush = os.fsync

    def watch(descriptor: int) -> None:
        nonlocal most
        most = max(most, sum(path.stat().st_size for path in files(tmp_path / "queue")))
        flush(descriptor)

    monkeypatch.setattr(os, "fsync", watch)
    for second in range(12):
        put(queue, second, Priority(second % 2))
    size = files(tmp_path / "queue")[0].stat().st_size
    assert 3 * size <= most <= 3.5 * size


def test_what_was_dropped_refused_and_damaged_is_still_counted_after_a_restart(
    tmp_path: Path, room: Callable[..., DiskQueue]
) -> None:
    with room(4) as queue:
        for second in range(6):
            put(queue, second, ALERT)
        put(queue, 9)
        taken = queue.take()
        assert taken is not None
        queue.refuse(taken[0], "422 too dark")
        files(tmp_path / "queue")[-1].write_bytes(b"torn")
        assert seconds(drain(queue)) == [3, 2]
        before = queue.stats()
    assert (before.refused, before.damaged) == (1, 1)
    assert before.dropped == {ALERT: 2, BACKFILL: 1}
    with room(4) as queue:
        assert queue.stats() == before
    (refused,) = (tmp_path / "queue" / "refused").glob("*[!t]")
    assert refused.with_name(f"{refused.name}.txt").read_text() == "422 too dark\n"
    assert len(list((tmp_path / "queue" / "damaged").iterdir())) == 1


def test_what_was_dropped_and_comes_again_is_not_dropped_by_a_restart(
    room: Callable[..., DiskQueue],
) -> None:
    with room(2) as queue:
        for second in (1, 2, 3):
            put(queue, second)
        drain(queue)
        assert put(queue, 1)
    with room(2) as queue:
        assert seconds(drain(queue)) == [1]


def test_a_smaller_bound_than_what_waits_drops_with_the_next_one(
    room: Callable[..., DiskQueue],
) -> None:
    with room(5) as queue:
        for second in range(5):
            put(queue, second)
    with room(2) as queue:
        assert len(queue) == 5
        put(queue, 9)
        assert seconds(drain(queue)) == [4, 9]


@pytest.mark.parametrize("drop", DropPolicy)
def test_a_disk_that_cannot_be_written_leaves_nothing_behind(
    tmp_path: Path, room: Callable[..., DiskQueue], drop: DropPolicy
) -> None:
    queue = room(100, drop)
    put(queue, 1)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    for limit in (0, 1, 100, 4096):
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
        try:
            with pytest.raises(OSError, match="File too large"):
                put(queue, 2)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert len(files(tmp_path / "queue")) == 1
    assert put(queue, 2)
    assert seconds(drain(queue)) == [1, 2]


@pytest.mark.parametrize("failing", ["fsync", "rename"])
def test_a_flush_that_fails_leaves_nothing_behind(
    tmp_path: Path,
    room: Callable[..., DiskQueue],
    monkeypatch: pytest.MonkeyPatch,
    failing: str,
) -> None:
    queue = room(100)
    real = getattr(os, failing)
    for good in range(2 if failing == "fsync" else 1):  # of the file, then of the folder
        calls = iter(range(9))

        def fail(*arguments: object, good: int = good, calls: object = calls) -> object:
            if next(calls) == good:  # type: ignore[call-overload]
                raise OSError(errno.EIO, "Input/output error")
            return real(*arguments)

        with monkeypatch.context() as patch:
            patch.setattr(os, failing, fail)
            with pytest.raises(OSError, match="Input/output"):
                put(queue, 1)
        assert files(tmp_path / "queue") == []
        assert len(queue) == 0
    assert put(queue, 1)
    assert seconds(drain(queue)) == [1]


FULL_DISK = textwrap.dedent(
    """
    import errno, os, sys
    from pathlib import Path
    from gateway.queue import DiskQueue, DropPolicy, Priority
    from tests.unit.gateway.queue.things import drain, frame, seconds
    folder = Path(sys.argv[1])
    filler = folder / "somebody-else"
    queue = DiskQueue(folder / "queue", drop=DropPolicy(sys.argv[2]))
    picture = os.urandom(60_000)
    raised, kept, second = 0, [], 0
    for second in range(40):  # the disk has room for about 30
        if second == 35:
            taken = queue.take(only=Priority.BACKFILL)
            if taken:
                queue.refuse(taken[0], "a reason on a full disk")
        try:
            if queue.put(frame(second, picture), Priority.ALERT if second == 3 else 1):
                kept.append(second)
        except OSError as error:
            assert error.errno == errno.ENOSPC, error
            raised += 1
    stats = queue.stats()
    assert not list(queue._waiting.glob("*.tmp"))
    waiting = seconds(drain(queue))
    print(raised, sum(stats.dropped.values()), stats.refused, *map(int, waiting))
    """
)


FULL_AT_START = textwrap.dedent(
    """
    import errno, os, sys
    from pathlib import Path
    from gateway.queue import DiskQueue
    from tests.unit.gateway.queue.things import drain, frame, seconds
    folder = Path(sys.argv[1])
    with DiskQueue(folder / "queue") as queue:
        for second in range(3):
            queue.put(frame(second, os.urandom(60_000)))
    for name in ("counts", "lock"):  # as the version before left it
        (folder / "queue" / name).unlink()
    try:
        with (folder / "somebody-else").open("wb", buffering=0) as filler:
            while True:
                filler.write(b"x" * 4096)
    except OSError as error:
        assert error.errno == errno.ENOSPC, error
    queue = DiskQueue(folder / "queue")
    print(*map(int, seconds(drain(queue))))
    """
)


def on_a_small_disk(folder: Path, script: str, *arguments: str) -> list[int]:
    """Run a script in a folder of 2 MB, and return the numbers that it prints."""
    command = 'mount -t tmpfs -o size=2m small "$1" && exec "$2" -c "$3" "$1" "$4"'
    ran = subprocess.run(
        [
            *("unshare", "-rm", "sh", "-c", command, "sh"),
            *(str(folder), sys.executable, script, *arguments),
        ],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path.cwd())},
    )
    assert ran.returncode == 0, ran.stderr
    return [int(word) for word in ran.stdout.split()]


needs_a_small_disk = pytest.mark.skipif(
    shutil.which("unshare") is None
    or subprocess.run(["unshare", "-rm", "true"], capture_output=True, check=False).returncode != 0,
    reason="no small disk can be mounted here (unshare -rm)",
)


@needs_a_small_disk
@pytest.mark.parametrize("drop", DropPolicy)
def test_a_full_disk_drops_as_a_full_queue_does(tmp_path: Path, drop: DropPolicy) -> None:
    raised, dropped, refused, *waiting = on_a_small_disk(tmp_path, FULL_DISK, drop.value)
    assert raised + dropped + refused + len(waiting) == 40
    assert refused == 1
    if drop is DropPolicy.OLDEST_BACKFILL:
        assert raised == 0
        assert waiting == [3, *range(40 - len(waiting) + 1, 40)]
    else:
        assert dropped == 0
        assert waiting[:4] == [3, 1, 2, 4]


@needs_a_small_disk
def test_what_waits_on_a_full_disk_is_posted(tmp_path: Path) -> None:
    assert on_a_small_disk(tmp_path, FULL_AT_START) == [0, 1, 2]
