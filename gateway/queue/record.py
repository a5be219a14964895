"""What is in a file: a line that says what it is, then its bytes, plain or sealed.

The line is the SHA-256 of a JSON object and the object itself, so that a flipped bit in it does
not go unseen. Files that an earlier version wrote have the object alone.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.errors import RecordDamaged
from gateway.queue.names import is_sealed
from gateway.queue.sealing import Seal

_CHUNK = 1024 * 1024
_LONGEST_LINE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Record:
    """A file of the queue that was read and found whole.

    Args:
        path: the file.
        seal: what it is sealed with, None when it is plain.
        header: what its line says.
        start: where its bytes begin behind the line.
    """

    path: Path
    seal: Seal | None
    header: dict[str, Any]
    start: int

    def read(self, offset: int = 0) -> Iterator[bytes]:
        """Read its bytes from an offset on.

        Raises:
            RecordDamaged: they are not what was written.
        """
        return _read(self.path, self.seal, self.start + offset)


def open_record(path: Path, seal: Seal | None) -> Record:
    """Read a file's line and check all its bytes.

    Args:
        path: the file; its name tells whether it is sealed.
        seal: the queue's.

    Raises:
        RecordDamaged: it is not what was written.
    """
    used = seal if is_sealed(path.name) else None
    line, start, digest = b"", 0, hashlib.sha256()
    for data in _read(path, used, 0):
        if start:
            digest.update(data)
            continue
        line += data
        end = line.find(b"\n")
        if end >= 0:
            start = end + 1
            digest.update(line[start:])
        elif len(line) > _LONGEST_LINE:
            break
    header = decode_line(line[:start])
    if digest.hexdigest() != header.get("sha256"):
        raise RecordDamaged(f"{path} does not hold the bytes that its line tells")
    return Record(path, used, header, start)


def encode_line(members: dict[str, Any]) -> bytes:
    """Write what a file is as its line."""
    text = json.dumps(members).encode()
    return hashlib.sha256(text).hexdigest().encode() + b" " + text + b"\n"


def decode_line(line: bytes) -> dict[str, Any]:
    """Read what `encode_line` wrote, with or without the newline.

    Raises:
        RecordDamaged: it is not what was written.
    """
    text = line.rstrip(b"\n")
    if not text.startswith(b"{"):
        digest, _, text = text.partition(b" ")
        if digest != hashlib.sha256(text).hexdigest().encode():
            raise RecordDamaged("the line has another check sum than it tells")
    try:
        members = json.loads(text)
    except ValueError as error:
        raise RecordDamaged(f"the line is no JSON: {error}") from error
    if not isinstance(members, dict):
        raise RecordDamaged("the line is no JSON object")
    return members


def _read(path: Path, seal: Seal | None, start: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        if seal is not None:
            yield from seal.open(file, start)
            return
        file.seek(start)
        while data := file.read(_CHUNK):
            yield data
