"""What a gateway relies on: a frame that was put is there until it is done, whatever happens."""

import os
import signal
import subprocess
import sys
import textwrap
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.errors import QueueFull, QueueInUse
from gateway.frame import CapturedFrame, FrameMetadata
from gateway.queue import DiskQueue, DropPolicy, Priority

START = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)


def frame(second: float = 0, picture: bytes = b"picture", camera: str = "bus-1") -> CapturedFrame:
    metadata = FrameMetadata(camera, START + timedelta(seconds=second), latitude=30.1)
    return CapturedFrame(metadata, picture, "image/jpeg")


def drain(queue: DiskQueue) -> list[CapturedFrame]:
    frames = []
    while (taken := queue.take()) is not None:
        frames.append(taken[1])
        queue.done(taken[0])
    return frames


def test_gives_back_what_was_put_oldest_capture_first(tmp_path: Path) -> None:
    queue = DiskQueue(tmp_path)
    for second in (3, 1, 2):
        queue.put(frame(second, picture=bytes([second, 0, 10, 13])))
    assert drain(queue) == [frame(s, picture=bytes([s, 0, 10, 13])) for s in (1, 2, 3)]
    assert len(queue) == 0


def test_alerts_go_before_backfill_and_the_newest_alert_first(tmp_path: Path) -> None:
    queue = DiskQueue(tmp_path)
    for second in (1, 2, 3):
        queue.put(frame(second))
        queue.put(frame(second + 10), Priority.ALERT)
    queue.close()
    seconds = [f.metadata.captured_at.second for f in drain(DiskQueue(tmp_path))]
    assert seconds == [13, 12, 11, 1, 2, 3]


def test_only_one_priority_can_be_taken(tmp_path: Path) -> None:
    queue = DiskQueue(tmp_path)
    queue.put(frame(1), Priority.ALERT)
    assert queue.take(only=Priority.BACKFILL) is None
    assert queue.take(only=Priority.ALERT) is not None


def test_a_second_process_is_kept_out(tmp_path: Path) -> None:
    with DiskQueue(tmp_path) as queue:
        with pytest.raises(QueueInUse, match=str(tmp_path)):
            DiskQueue(tmp_path)
        queue.put(frame())
    assert drain(DiskQueue(tmp_path)) == [frame()]


def test_the_same_frame_is_kept_once(tmp_path: Path) -> None:
    queue = DiskQueue(tmp_path)
    queue.put(frame())
    queue.put(frame())
    assert len(drain(queue)) == 1


def test_a_taken_frame_is_not_taken_twice_until_given_back(tmp_path: Path) -> None:
    queue = DiskQueue(tmp_path)
    queue.put(frame())
    taken = queue.take()
    assert taken is not None
    assert queue.take() is None
    queue.give_back(taken[0])
    assert queue.take() == taken


def test_frames_taken_but_not_done_wait_again_after_a_restart(tmp_path: Path) -> None:
    queue = DiskQueue(tmp_path)
    queue.put(frame())
    assert queue.take() is not None
    queue.close()
    assert drain(DiskQueue(tmp_path)) == [frame()]


def test_a_full_queue_refuses_and_keeps_what_it_has(tmp_path: Path) -> None:
    queue = DiskQueue(tmp_path, max_bytes=1000, drop=DropPolicy.REFUSE)
    queue.put(frame(1, picture=b"x" * 500))
    with pytest.raises(QueueFull, match="1000 bytes"):
        queue.put(frame(2, picture=b"y" * 500))
    assert drain(queue) == [frame(1, picture=b"x" * 500)]


def test_a_disk_that_fails_leaves_nothing_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = DiskQueue(tmp_path)

    def fail(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        with pytest.raises(OSError, match="No space"):
            queue.put(frame())
    assert len(queue) == 0
    queue.put(frame())
    assert drain(queue) == [frame()]


@given(cut=st.integers(min_value=0, max_value=300), flip=st.integers(0, 300))
@settings(max_examples=60, deadline=None)
def test_a_torn_file_is_set_aside_and_never_posted(
    tmp_path_factory: pytest.TempPathFactory, cut: int, flip: int
) -> None:
    folder = tmp_path_factory.mktemp("queue")
    queue = DiskQueue(folder)
    queue.put(frame(1, picture=b"p" * 100))
    queue.put(frame(2))
    queue.close()
    path = min((folder / "waiting").iterdir())
    content = bytearray(path.read_bytes())
    content[min(flip, len(content) - 1)] ^= 0xFF
    torn = bytes(content[: min(cut, len(content) - 1)]) if cut % 2 else bytes(content)
    path.write_bytes(torn)
    posted = drain(DiskQueue(folder))
    assert frame(2) in posted
    assert all(f.picture in (b"p" * 100, b"picture") for f in posted)
    damaged = list((folder / "damaged").iterdir())
    assert len(posted) + len(damaged) == 2


def test_kill_9_while_putting_loses_no_frame_that_was_put(tmp_path: Path) -> None:
    script = textwrap.dedent(
        """
        import sys
        from datetime import UTC, datetime, timedelta
        from pathlib import Path
        from gateway.frame import CapturedFrame, FrameMetadata
        from gateway.queue import DiskQueue
        queue = DiskQueue(Path(sys.argv[1]))
        for second in range(100_000):
            at = datetime(2026, 11, 21, tzinfo=UTC) + timedelta(seconds=second)
            queue.put(CapturedFrame(FrameMetadata("bus-1", at), b"%d" % second * 2000, "image/png"))
            print(second, flush=True)
        """
    )
    writer = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    acknowledged = [int(writer.stdout.readline()) for _ in range(25)]
    writer.send_signal(signal.SIGKILL)
    acknowledged += [int(line) for line in writer.stdout if line.endswith("\n")]
    writer.wait()
    writer.stdout.close()
    kept = {f.picture for f in drain(DiskQueue(tmp_path))}
    assert {b"%d" % second * 2000 for second in acknowledged} <= kept
    assert not list((tmp_path / "damaged").iterdir())
