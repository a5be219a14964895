"""Reads a clip's container from its outermost boxes, before any demuxer sees it.

That pins the demuxer (no playlist, no image sequence, nothing that opens another file) and tells a
file that ends early from a whole one, which demuxers do not.
"""

import os
import struct
from typing import BinaryIO, Literal

from inference.errors import ClipCorrupt, ClipTruncated, ClipUnsupported

Container = Literal["mp4", "avi"]

_HINT = "Send MP4, MOV or AVI with H.264, H.265, MPEG-4 or Motion JPEG video."
# Boxes that an MP4 or QuickTime file may begin with (ISO/IEC 14496-12, section 4.2; QTFF).
_FIRST_BOXES = frozenset({b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"styp"})
_BOX, _LARGE_BOX, _CHUNK = struct.Struct(">I4s"), struct.Struct(">Q"), struct.Struct("<4sI")
# A fragmented hour has some thousand boxes; more cost time and show nothing.
_MAX_BOXES = 100_000


def sniff_container(file: BinaryIO) -> Container:
    """Tell what a file is and whether all of it is there.

    Args:
        file: Opened for reading; it is read from its beginning and left there.

    Returns:
        The container's name.

    Raises:
        ClipUnsupported: Another format, or more boxes than any camera writes.
        ClipTruncated: The file is empty or ends early.
        ClipCorrupt: A box contradicts the format.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    start = file.read(12)
    try:
        if not start:
            raise ClipTruncated("the file is empty", hint="Send the clip again.")
        if start[4:8] in _FIRST_BOXES:
            _walk_mp4(file, size)
            return "mp4"
        if start[:4] == b"RIFF" and start[8:] == b"AVI ":
            _walk_avi(file, size)
            return "avi"
    finally:
        file.seek(0)
    raise ClipUnsupported("the bytes are not an MP4, MOV or AVI clip", hint=_HINT)


def _walk_mp4(file: BinaryIO, size: int) -> None:
    position, seen = 0, set()
    for _ in range(_MAX_BOXES):
        if position + _BOX.size > size:
            break
        file.seek(position)
        length, kind = _BOX.unpack(file.read(_BOX.size))
        if length == 0:  # to the end of the file
            length = size - position
        elif length == 1:
            extended = file.read(_LARGE_BOX.size)
            if len(extended) < _LARGE_BOX.size:
                raise ClipTruncated("the clip ends within a box's header")
            (length,) = _LARGE_BOX.unpack(extended)
        if length < _BOX.size:
            raise ClipCorrupt(f"a box of the clip claims {length} bytes")
        position += length
        if position > size:
            raise ClipTruncated(
                f"the clip has {size} bytes, but speaks of at least {position}",
                hint="It was cut while it was written or sent; send it whole.",
            )
        seen.add(kind)
    else:
        raise ClipUnsupported(f"the clip has more than {_MAX_BOXES} boxes")
    if b"moov" not in seen:
        raise ClipTruncated(
            "the clip has no index (moov box)",
            hint="The recorder stopped before it wrote the index; record fragmented MP4 instead.",
        )


def _walk_avi(file: BinaryIO, size: int) -> None:
    position = 0
    while position + _CHUNK.size <= size:
        file.seek(position)
        kind, length = _CHUNK.unpack(file.read(_CHUNK.size))
        if kind != b"RIFF":  # padding after the last segment
            return
        position += _CHUNK.size + length + length % 2
        if position - length % 2 > size or length == 0:
            raise ClipTruncated(
                f"the clip has {size} bytes, but its segments are not whole",
                hint="It was cut while it was written or sent; send it whole.",
            )
