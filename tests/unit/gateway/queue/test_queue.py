"""What a gateway relies on: a frame that was put is there until it is done, whatever happens."""

import hashlib
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.errors import QueueInUse
from gateway.frame import CapturedFrame
from gateway.queue import DiskQueue, Priority
from tests.unit.gateway.queue.things import START, drain, files, frame, seconds


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
    assert seconds(drain(DiskQueue(tmp_path))) == [13, 12, 11, 1, 2, 3]


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
    for priority in (Priority.BACKFILL, Priority.BACKFILL, Priority.ALERT):
        assert queue.put(frame(), priority)
    assert (len(queue), len(files(tmp_path))) == (1, 1)
    queue.take()
    assert queue.put(frame())  # being posted is there, too
    assert len(queue) == 1


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


def test_stats_say_how_it_is(tmp_path: Path) -> None:
    queue = DiskQueue(tmp_path)
    nothing = queue.stats()
    assert (nothing.oldest_captured_at, nothing.newest_captured_at) == (None, None)
    for second in (5, 3, 9):
        queue.put(frame(second))
    queue.put(frame(4), Priority.ALERT)
    queue.take()  # what is being posted still counts
    queue.take()
    stats = queue.stats()
    assert stats.waiting == {Priority.ALERT: 1, Priority.BACKFILL: 3}
    assert stats.bytes == sum(path.stat().st_size for path in files(tmp_path))
    assert stats.oldest_captured_at == START + timedelta(seconds=3)
    assert stats.newest_captured_at == START + timedelta(seconds=9)


def test_the_same_frame_put_by_two_threads_is_kept_once(tmp_path: Path) -> None:
    queue = DiskQueue(tmp_path)
    frames = [frame(second) for second in range(20)]
    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(queue.put, frames * 4))
    assert drain(queue) == frames


def test_threads_that_put_and_take_lose_and_double_nothing(tmp_path: Path) -> None:
    queue = DiskQueue(tmp_path)
    frames = [frame(second, picture=bytes([second])) for second in range(60)]
    taken: list[CapturedFrame] = []
    is_all_put = threading.Event()

    def post() -> None:
        while (one := queue.take()) is not None or not is_all_put.is_set():
            if one is not None:
                taken.append(one[1])
                queue.done(one[0])

    with ThreadPoolExecutor(8) as threads:
        posting = [threads.submit(post) for _ in range(4)]
        list(threads.map(queue.put, frames))
        is_all_put.set()
        for one in posting:
            one.result()
    assert sorted(seconds(taken)) == list(range(60))
    assert queue.stats().bytes == 0


def test_what_the_version_before_wrote_is_posted_as_backfill(tmp_path: Path) -> None:
    """Files had no check sum of the line and no priority; refused ones are counted."""
    (tmp_path / "waiting").mkdir(parents=True)
    (tmp_path / "refused").mkdir()
    header = {
        "metadata": {"camera": "bus-1", "latitude": 30.1, "captured_at": START.isoformat()},
        "content_type": "image/jpeg",
        "sha256": hashlib.sha256(b"pic\nture").hexdigest(),
    }
    name = f"20261121T080000.000000-{'0f' * 16}"
    old = json.dumps(header).encode() + b"\npic\nture"
    (tmp_path / "waiting" / f"{name}.frame").write_bytes(old)
    (tmp_path / "waiting" / f"{name[:-1]}1.frame").write_bytes(old[:-1])  # torn
    (tmp_path / "waiting" / f"{name[:-1]}2.tmp").write_bytes(old[:50])
    (tmp_path / "refused" / f"{name}.frame").write_bytes(old)
    (tmp_path / "refused" / f"{name}.txt").write_text("422 too dark")
    queue = DiskQueue(tmp_path)
    assert queue.stats().waiting == {Priority.ALERT: 0, Priority.BACKFILL: 2}
    assert queue.stats().refused == 1
    assert drain(queue) == [frame(picture=b"pic\nture")]
    assert queue.stats().damaged == 1


def test_a_full_queue_of_the_version_before_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "waiting").mkdir()
    for number in range(2000):
        (tmp_path / "waiting" / f"20261121T080000.{number:06}-{'0f' * 16}.frame").write_bytes(b"x")
    for _ in range(2):
        with DiskQueue(tmp_path) as queue:
            assert (len(queue), queue.stats().bytes) == (2000, 2000)


def test_other_people_of_the_machine_see_nothing(tmp_path: Path) -> None:
    DiskQueue(tmp_path / "queue")
    folders = [path for path in (tmp_path / "queue").iterdir() if path.is_dir()]
    assert [path.stat().st_mode & 0o077 for path in folders] == [0, 0, 0]


@pytest.mark.parametrize("year", [1, 999, 1970, 9999])
def test_a_clock_that_is_wrong_loses_nothing(tmp_path: Path, year: int) -> None:
    one = frame((START.replace(year=year) - START).total_seconds())
    with DiskQueue(tmp_path) as queue:
        queue.put(one)
    with DiskQueue(tmp_path) as queue:
        assert queue.stats().oldest_captured_at == one.metadata.captured_at
        assert drain(queue) == [one]


def test_files_that_are_none_of_the_queue_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "waiting").mkdir()
    (tmp_path / "waiting" / "notes.frame").write_bytes(b"")
    queue = DiskQueue(tmp_path)
    assert queue.take() is None
    assert (tmp_path / "waiting" / "notes.frame").exists()
    assert queue.stats().damaged == 0


def test_what_was_refused_can_be_moved_back(tmp_path: Path) -> None:
    with DiskQueue(tmp_path) as queue:
        queue.put(frame(1), Priority.ALERT)
        taken = queue.take()
        assert taken is not None
        queue.refuse(taken[0], "404 camera-not-found")
        assert len(queue) == 0
    for path in (tmp_path / "refused").glob("*.frame"):
        path.rename(tmp_path / "waiting" / path.name)
    with DiskQueue(tmp_path) as queue:
        assert drain(queue) == [frame(1)]
