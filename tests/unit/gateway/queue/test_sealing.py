"""What encryption at rest promises: nothing to be read, nothing changed unseen, no key mixed up."""

import base64
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.clip import CapturedClip
from gateway.errors import KeyWrong, RecordDamaged
from gateway.frame import FrameMetadata
from gateway.queue import ClipQueue, DiskQueue, Priority, parse_key
from gateway.queue.sealing import HEADER_BYTES, Seal
from tests.unit.gateway.queue.things import KEY, START, drain, files, frame

OTHER_KEY = bytes(32)
CHUNK = 64 * 1024


def sealed_file(path: Path, plain: bytes) -> Path:
    path.write_bytes(b"".join(Seal(KEY).close([plain])))
    return path


def opened(path: Path, start: int = 0, key: bytes = KEY) -> bytes:
    with path.open("rb") as file:
        return b"".join(Seal(key).open(file, start))


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 7])
def test_what_was_sealed_comes_back_from_every_byte_on(tmp_path: Path, size: int) -> None:
    plain = bytes(n * 31 % 251 for n in range(size))
    path = sealed_file(tmp_path / "file", plain)
    assert path.stat().st_size == Seal(KEY).size(size)
    for start in {0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, size - 1, size}:
        if 0 <= start <= size:
            assert opened(path, start) == plain[start:]


@given(pieces=st.lists(st.binary(max_size=CHUNK + 5), max_size=6))
@settings(max_examples=20, deadline=None)
def test_it_does_not_matter_in_which_pieces_it_comes(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes]
) -> None:
    path = tmp_path_factory.mktemp("sealed") / "file"
    path.write_bytes(b"".join(Seal(KEY).close(pieces)))
    assert opened(path) == b"".join(pieces)


@pytest.mark.parametrize("size", [5, CHUNK, 2 * CHUNK, 2 * CHUNK + 5])
def test_a_file_that_was_cut_or_changed_is_never_opened_whole(tmp_path: Path, size: int) -> None:
    content = sealed_file(tmp_path / "file", b"p" * size).read_bytes()
    edges = {n * (CHUNK + 16) + HEADER_BYTES + by for n in range(4) for by in (-1, 0, 1, 16, 17)}
    ends = [end for end in {*range(HEADER_BYTES + 20), *edges} if end < len(content)]
    for end in ends:
        (tmp_path / "cut").write_bytes(content[:end])
        with pytest.raises(RecordDamaged):
            opened(tmp_path / "cut")
    for at in [*ends, len(content) - 1]:
        changed = bytearray(content)
        changed[at] ^= 1
        (tmp_path / "changed").write_bytes(changed)
        with pytest.raises(RecordDamaged):
            opened(tmp_path / "changed")


def test_chunks_cannot_change_places_or_be_repeated(tmp_path: Path) -> None:
    content = sealed_file(tmp_path / "file", b"a" * CHUNK + b"b" * CHUNK + b"c").read_bytes()
    header, rest = content[:HEADER_BYTES], content[HEADER_BYTES:]
    one, two, three = rest[: CHUNK + 16], rest[CHUNK + 16 : 2 * CHUNK + 32], rest[2 * CHUNK + 32 :]
    for chunks in ([two, one, three], [one, three], [one, one, two, three], [one, two, three * 2]):
        (tmp_path / "mixed").write_bytes(header + b"".join(chunks))
        with pytest.raises(RecordDamaged):
            opened(tmp_path / "mixed")


def test_the_same_bytes_never_look_the_same(tmp_path: Path) -> None:
    one = sealed_file(tmp_path / "one", b"picture").read_bytes()
    two = sealed_file(tmp_path / "two", b"picture").read_bytes()
    assert one[HEADER_BYTES:] != two[HEADER_BYTES:]


def test_neither_contents_nor_names_tell_what_a_frame_shows(tmp_path: Path) -> None:
    one = frame(picture=b"a picture that must not be read")
    with DiskQueue(tmp_path, key=KEY) as queue:
        queue.put(one)
    (path,) = files(tmp_path)
    content = path.read_bytes()
    for told in (b"picture", b"bus-1", b"latitude", b"image/jpeg"):
        assert told not in content
    assert one.idempotency_key[:8] not in path.name
    assert path.name.startswith("20261121T080000.000000-")


def test_a_sealed_queue_gives_back_what_was_put_and_the_same_frame_once(tmp_path: Path) -> None:
    frames = [frame(second, picture=bytes([second]) * 70_000) for second in range(3)]
    with DiskQueue(tmp_path, key=KEY) as queue:
        for one in [*frames, *frames]:
            assert queue.put(one, Priority.ALERT)
    with DiskQueue(tmp_path, key=KEY) as queue:
        assert queue.stats().bytes == sum(path.stat().st_size for path in files(tmp_path))
        assert drain(queue) == frames[::-1]


def test_a_sealed_clip_is_read_from_any_offset(tmp_path: Path) -> None:
    content = bytes(n % 253 for n in range(200_000))
    (tmp_path / "clip.mp4").write_bytes(content)
    clip = CapturedClip(tmp_path / "clip.mp4", FrameMetadata("yard-3", START), "video/mp4")
    with ClipQueue(tmp_path / "queue", key=KEY) as queue:
        queue.put(clip)
        taken = queue.take()
        assert taken is not None
        for offset in (0, 1, 65_535, 65_536, 131_072, 199_999, 200_000):
            assert b"".join(taken[1].read(offset)) == content[offset:]


@pytest.mark.parametrize(
    ("key", "told"), [(OTHER_KEY, "another key"), (None, "none was given")], ids=["other", "none"]
)
def test_another_key_is_told_before_anything_is_touched(
    tmp_path: Path, key: bytes | None, told: str
) -> None:
    with DiskQueue(tmp_path, key=KEY) as queue:
        queue.put(frame())
    with pytest.raises(KeyWrong, match=told) as wrong:
        DiskQueue(tmp_path, key=key)
    assert wrong.value.hint is not None
    assert "start with the key" in wrong.value.hint
    with DiskQueue(tmp_path, key=KEY) as queue:
        assert drain(queue) == [frame()]


def test_the_key_may_change_when_nothing_waits(tmp_path: Path) -> None:
    with DiskQueue(tmp_path, key=KEY) as queue:
        queue.put(frame())
        drain(queue)
    with DiskQueue(tmp_path, key=OTHER_KEY) as queue:
        queue.put(frame(1))
        assert drain(queue) == [frame(1)]


def test_what_waited_unencrypted_is_still_posted(tmp_path: Path) -> None:
    with DiskQueue(tmp_path) as queue:
        queue.put(frame(1))
    with DiskQueue(tmp_path, key=KEY) as queue:
        queue.put(frame(2))
        assert drain(queue) == [frame(1), frame(2)]


def test_one_damaged_file_does_not_make_a_good_key_wrong(tmp_path: Path) -> None:
    with DiskQueue(tmp_path, key=KEY) as queue:
        for second in range(3):
            queue.put(frame(second))
    files(tmp_path)[0].write_bytes(b"")
    files(tmp_path)[1].write_bytes(b"rubbish" * 10)
    with DiskQueue(tmp_path, key=KEY) as queue:
        assert drain(queue) == [frame(2)]
        assert queue.stats().damaged == 2


def test_keys_are_read_as_openssl_prints_them() -> None:
    assert parse_key(KEY.hex() + "\n") == KEY
    assert parse_key(base64.b64encode(KEY).decode() + "\n") == KEY


@pytest.mark.parametrize("text", ["", "secret", "00" * 31, "zz" * 32, "é" * 44, json.dumps([1])])
def test_what_is_no_key_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(KeyWrong) as wrong:
        parse_key(text)
    assert not text or text not in str(wrong.value)
    assert "openssl rand" in str(wrong.value.hint)
