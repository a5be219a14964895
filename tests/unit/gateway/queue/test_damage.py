"""A file that is not what was written, down to its last bit, is never posted and always counted."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.clip import CapturedClip
from gateway.errors import RecordDamaged
from gateway.frame import FrameMetadata
from gateway.queue import ClipQueue, DiskQueue
from gateway.queue.record import open_record
from gateway.queue.sealing import Seal
from tests.unit.gateway.queue.things import KEY, START, drain, files, frame

KEYS = pytest.mark.parametrize("key", [None, KEY], ids=["plain", "sealed"])


def written(folder: Path, key: bytes | None) -> Path:
    with DiskQueue(folder, key=key) as queue:
        queue.put(frame(picture=b"p" * 100))
    (path,) = files(folder)
    return path


def torn(content: bytes) -> Iterator[bytes]:
    """Give every beginning of a file, and the file with every byte changed."""
    for end in range(len(content)):
        yield content[:end]
    for at in range(len(content)):
        for bits in (0x01, 0x80):
            yield content[:at] + bytes([content[at] ^ bits]) + content[at + 1 :]
    yield content + b"\0"
    yield bytes(len(content))


@KEYS
def test_no_beginning_and_no_changed_byte_passes_for_the_whole(
    tmp_path: Path, key: bytes | None
) -> None:
    path = written(tmp_path, key)
    seal = None if key is None else Seal(key)
    open_record(path, seal)
    for content in torn(path.read_bytes()):
        path.write_bytes(content)
        with pytest.raises(RecordDamaged):
            open_record(path, seal)


@KEYS
@pytest.mark.parametrize("end", [0, 1, 31, 32, 60, 200, -1])
def test_a_torn_file_is_set_aside_and_the_others_go_on(
    tmp_path: Path, key: bytes | None, end: int
) -> None:
    path = written(tmp_path, key)
    content = path.read_bytes()[:end]
    path.write_bytes(content)
    with DiskQueue(tmp_path, key=key) as queue:
        queue.put(frame(9))
        assert drain(queue) == [frame(9)]
        stats = queue.stats()
        assert (stats.damaged, stats.bytes) == (1, 0)
    assert (tmp_path / "damaged" / path.name).read_bytes() == content


@KEYS
def test_a_torn_clip_is_set_aside(tmp_path: Path, key: bytes | None) -> None:
    (tmp_path / "clip.mp4").write_bytes(b"c" * 3_000_000)
    clip = CapturedClip(tmp_path / "clip.mp4", FrameMetadata("yard-3", START), "video/mp4")
    for size in (0, 10, 1_048_576, 2_999_999):
        with ClipQueue(tmp_path / "queue", key=key) as queue:
            queue.put(clip)
            (path,) = files(tmp_path / "queue")
            path.write_bytes(path.read_bytes()[:size])
            assert queue.take() is None
    with ClipQueue(tmp_path / "queue", key=key) as queue:
        assert queue.stats().damaged == 4


def test_a_file_that_somebody_deleted_counts_as_damaged(tmp_path: Path) -> None:
    path = written(tmp_path, None)
    with DiskQueue(tmp_path) as queue:
        path.unlink()
        assert queue.take() is None
        assert (len(queue), queue.stats().damaged, queue.stats().bytes) == (0, 1, 0)


def test_a_disk_that_cannot_be_read_now_damages_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path, None)
    with DiskQueue(tmp_path) as queue:

        def fail(*_: object) -> None:
            raise OSError(24, "Too many open files")

        with monkeypatch.context() as patch:
            patch.setattr(Path, "open", fail)
            with pytest.raises(OSError, match="Too many"):
                queue.take()
        assert drain(queue) == [frame(picture=b"p" * 100)]
