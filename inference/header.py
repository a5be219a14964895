"""Reads format and dimensions from a picture's first bytes, without decoding a pixel."""

import io
import struct
from dataclasses import dataclass
from typing import Literal

import simplejpeg
from PIL import Image

from inference.errors import PictureTruncated, PictureUnsupported

PictureFormat = Literal["jpeg", "png", "webp"]

JPEG_END = b"\xff\xd9"
_JPEG_START = b"\xff\xd8\xff"
_PNG_START = b"\x89PNG\r\n\x1a\n"
_TURBO_COLOURS = ("YCbCr", "Gray", "RGB")
# WebP container (RFC 9649): feature flags of the VP8X chunk, signature of a VP8L stream.
_VP8X_ANIMATION, _VP8L_SIGNATURE = 0x02, 0x2F
_14_BITS = 0x3FFF


@dataclass(frozen=True, slots=True)
class Header:
    """What a picture says of itself before it is decoded.

    Attributes:
        format: What the bytes are.
        width: Width in pixels as stored, before any EXIF orientation.
        height: Height in pixels as stored.
        turbo: Whether libjpeg-turbo decodes it straight to BGR.
    """

    format: PictureFormat
    width: int
    height: int
    turbo: bool = False


def sniff(data: bytes) -> Header:
    """Read a picture's header.

    Args:
        data: The whole file.

    Returns:
        Format and stored dimensions, at least 1x1.

    Raises:
        PictureUnsupported: Not a still JPEG, PNG or WebP.
        PictureTruncated: The file ends before its header or its last chunk.
    """
    try:
        header = _sniff(data)
    except (struct.error, IndexError) as error:
        raise PictureTruncated("the picture ends within its header") from error
    if header is None:
        raise PictureUnsupported(
            "the bytes are not a JPEG, PNG or WebP picture",
            hint="Send the picture file itself, as JPEG, PNG or WebP.",
        )
    if header.width == 0 or header.height == 0:
        raise PictureUnsupported(f"the picture has no pixels: {header.width}x{header.height}")
    return header


def _sniff(data: bytes) -> Header | None:
    if data.startswith(_JPEG_START):
        return _sniff_jpeg(data)
    if data.startswith(_PNG_START):
        width, height = struct.unpack_from(">II", data, 16)
        if b"IEND" not in data:
            raise PictureTruncated("the PNG ends before its last chunk")
        return Header("png", width, height)
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        if struct.unpack_from("<I", data, 4)[0] + 8 > len(data):
            raise PictureTruncated("the WebP is shorter than it says")
        return _sniff_webp(data)
    return None


def _sniff_jpeg(data: bytes) -> Header:
    try:
        height, width, colour, _ = simplejpeg.decode_jpeg_header(data)
    except ValueError:
        # A chroma layout that the TurboJPEG interface does not know, or no picture at all.
        try:
            with Image.open(io.BytesIO(data), formats=("JPEG", "MPO")) as lazy:
                return Header("jpeg", *lazy.size)
        except Exception as error:  # Pillow's plug-ins raise anything on hostile bytes
            if JPEG_END not in data:
                raise PictureTruncated("the JPEG ends within its header") from error
            raise PictureUnsupported(f"the JPEG has no usable header: {error}") from error
    return Header("jpeg", width, height, turbo=colour in _TURBO_COLOURS)


def _sniff_webp(data: bytes) -> Header | None:
    chunk = data[12:16]
    if chunk == b"VP8 ":  # lossy: 14-bit width and height after the start code
        width, height = struct.unpack_from("<HH", data, 26)
        return Header("webp", width & _14_BITS, height & _14_BITS)
    if chunk == b"VP8L" and data[20] == _VP8L_SIGNATURE:  # lossless: 14 + 14 bits, minus one each
        bits = struct.unpack_from("<I", data, 21)[0]
        return Header("webp", (bits & _14_BITS) + 1, (bits >> 14 & _14_BITS) + 1)
    if chunk == b"VP8X":  # extended: 24-bit canvas sizes, minus one each
        if data[20] & _VP8X_ANIMATION:
            raise PictureUnsupported("the WebP is animated", hint="Send one frame as a picture.")
        sides = struct.unpack_from("<HBHB", data, 24)
        return Header("webp", (sides[0] | sides[1] << 16) + 1, (sides[2] | sides[3] << 16) + 1)
    return None
