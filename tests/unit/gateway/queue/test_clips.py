"""What clips have of their own: their bytes stay on the disk, and their file may not change."""

from pathlib import Path

import pytest

from gateway.clip import CapturedClip
from gateway.errors import ManifestInvalid
from gateway.frame import FrameMetadata
from gateway.queue import ClipQueue, Priority, clips
from tests.unit.gateway.queue.things import KEY, START, files

CONTENT = bytes(n % 251 for n in range(2_500_000))


@pytest.fixture
def clip(tmp_path: Path) -> CapturedClip:
    """Give a clip of 2.5 MB."""
    (tmp_path / "clip.mp4").write_bytes(CONTENT)
    return CapturedClip(tmp_path / "clip.mp4", FrameMetadata("yard-3", START), "video/mp4")


@pytest.mark.parametrize("key", [None, KEY], ids=["plain", "sealed"])
def test_a_clip_is_read_from_the_queue_and_not_from_where_it_was(
    tmp_path: Path, clip: CapturedClip, key: bytes | None
) -> None:
    with ClipQueue(tmp_path / "queue", key=key) as queue:
        assert queue.put(clip, Priority.ALERT)
        assert queue.put(clip)
        clip.path.unlink()
        taken = queue.take()
        assert taken is not None
        path, queued = taken
        assert (queued.size, queued.metadata) == (len(CONTENT), clip.metadata)
        assert b"".join(queued.read()) == CONTENT
        assert b"".join(queued.read(2_000_000)) == CONTENT[2_000_000:]
        queue.done(path)
        assert (len(queue), files(tmp_path / "queue")) == (0, [])


@pytest.mark.parametrize(
    "later",
    [CONTENT + b"more", CONTENT * 2, CONTENT[:-1], CONTENT[:-1] + b"?", b""],
    ids=["longer", "twice", "shorter", "other", "empty"],
)
def test_a_clip_that_changes_while_it_is_copied_is_not_kept(
    tmp_path: Path, clip: CapturedClip, monkeypatch: pytest.MonkeyPatch, later: bytes
) -> None:
    measure = clips._measure

    def measure_and_change(path: Path) -> tuple[str, int]:
        measured = measure(path)
        path.write_bytes(later)
        return measured

    monkeypatch.setattr(clips, "_measure", measure_and_change)
    with ClipQueue(tmp_path / "queue") as queue:
        with pytest.raises(ManifestInvalid, match="still being written"):
            queue.put(clip)
        assert (len(queue), files(tmp_path / "queue")) == (0, [])


def test_a_clip_that_is_not_there_is_told(tmp_path: Path, clip: CapturedClip) -> None:
    clip.path.unlink()
    with (
        ClipQueue(tmp_path / "queue") as queue,
        pytest.raises(ManifestInvalid, match="No such file"),
    ):
        queue.put(clip)
