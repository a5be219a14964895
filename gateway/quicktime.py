"""A burst of JPEG pictures as one clip: Motion JPEG in a QuickTime file, each at its own time.

Nothing is decoded or encoded again. QuickTime File Format Specification (Apple, 2001): the media
data first, then the index (`moov`) whose time-to-sample table holds the frames' own durations.
"""

import struct
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

from gateway.errors import ManifestInvalid

_SCALE = 90_000  # ticks a second
_MATRIX = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
# Start-of-frame markers (ITU-T T.81, table B.1) hold the picture's size.
_SIZES = frozenset({0xC0, 0xC1, 0xC2})


def write_burst(file: BinaryIO, pictures: Sequence[tuple[Path, float]]) -> None:
    """Write pictures as one clip.

    Args:
        file: opened for writing, at its beginning.
        pictures: JPEG files of one size and when each was captured, seconds, rising.

    Raises:
        ManifestInvalid: a picture is no JPEG, or the times do not rise.
        OSError: a picture cannot be read.
    """
    file.write(_box(b"ftyp", b"qt  " + struct.pack(">I", 0x200) + b"qt  "))
    header_at = file.tell()
    file.write(struct.pack(">I4sQ", 1, b"mdat", 0))
    offsets: list[int] = []
    sizes: list[int] = []
    for path, _ in pictures:
        data = path.read_bytes()
        offsets.append(file.tell())
        sizes.append(len(data))
        file.write(data)
    end = file.tell()
    file.seek(header_at)
    file.write(struct.pack(">I4sQ", 1, b"mdat", end - header_at))
    file.seek(end)
    width, height = _size(pictures[0][0])
    file.write(_index(offsets, sizes, _durations(pictures), width, height))


def _durations(pictures: Sequence[tuple[Path, float]]) -> list[int]:
    first = pictures[0][1]
    ticks = [round((seconds - first) * _SCALE) for _, seconds in pictures]
    durations = [after - before for before, after in pairwise(ticks)]
    if any(duration < 1 for duration in durations):
        raise ManifestInvalid("the times of a burst rise from frame to frame")
    return [*durations, durations[-1] if durations else _SCALE]


def _index(
    offsets: Sequence[int], sizes: Sequence[int], durations: Sequence[int], width: int, height: int
) -> bytes:
    count, total = len(sizes), sum(durations)
    entry = (
        struct.pack(">6xH", 1)
        + struct.pack(">HH4sII", 0, 0, b"\0" * 4, 0, 0x200)
        + struct.pack(">HHIIIH", width, height, 0x480000, 0x480000, 0, 1)
        + bytes(32)
        + struct.pack(">Hh", 24, -1)
    )
    table = _box(
        b"stbl",
        _full(b"stsd", struct.pack(">I", 1) + _box(b"jpeg", entry)),
        _full(
            b"stts",
            struct.pack(">I", count),
            *(struct.pack(">2I", 1, duration) for duration in durations),
        ),
        _full(b"stsc", struct.pack(">4I", 1, 1, 1, 1)),
        _full(b"stsz", struct.pack(f">2I{count}I", 0, count, *sizes)),
        _full(b"co64", struct.pack(f">I{count}Q", count, *offsets)),
    )
    reference = _box(b"dinf", _full(b"dref", struct.pack(">I", 1), _full(b"url ", flags=1)))
    media = _box(
        b"mdia",
        _full(b"mdhd", struct.pack(">4I2H", 0, 0, _SCALE, total, 0, 0)),
        _full(b"hdlr", b"mhlrvide", bytes(12), b"\0"),
        _box(b"minf", _full(b"vmhd", bytes(8), flags=1), reference, table),
    )
    track = _full(
        b"tkhd",
        struct.pack(">5I", 0, 0, 1, 0, total),
        bytes(16),
        _MATRIX,
        struct.pack(">2I", width << 16, height << 16),
        flags=7,
    )
    movie = _full(
        b"mvhd",
        struct.pack(">4IIH10x", 0, 0, _SCALE, total, 0x10000, 0x100),
        _MATRIX,
        bytes(24),
        struct.pack(">I", 2),
    )
    return _box(b"moov", movie, _box(b"trak", track, media))


def _box(kind: bytes, *content: bytes) -> bytes:
    body = b"".join(content)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def _full(kind: bytes, *content: bytes, flags: int = 0) -> bytes:
    return _box(kind, struct.pack(">I", flags), *content)


def _size(path: Path) -> tuple[int, int]:
    """Read a JPEG's width and height from its frame header."""
    data = path.read_bytes()
    position = 2
    while data[:2] == b"\xff\xd8" and position + 9 <= len(data) and data[position] == 0xFF:
        marker, length = data[position + 1], int.from_bytes(data[position + 2 : position + 4])
        if marker in _SIZES:
            height, width = struct.unpack(">2H", data[position + 5 : position + 9])
            return width, height
        position += 2 + length
    raise ManifestInvalid(f"{path} is no JPEG; a burst is made of JPEG pictures")
