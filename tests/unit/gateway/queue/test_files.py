"""What is written durably is wholly there, or as it was."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.queue.files import make_folder, write_durably


def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    write_durably(tmp_path / "file", [b"before"])

    def content() -> Iterator[bytes]:
        yield b"after"
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        write_durably(tmp_path / "file", content())
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("file", b"before")]


def test_every_new_folder_is_flushed_into_the_one_above_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[Path] = []
    monkeypatch.setattr(
        os, "fsync", lambda fd: flushed.append(Path(f"/proc/self/fd/{fd}").resolve())
    )
    make_folder(tmp_path / "a" / "b")
    make_folder(tmp_path / "a" / "b")
    assert flushed == [tmp_path, tmp_path / "a", tmp_path / "a"]  # a crash may have come between
