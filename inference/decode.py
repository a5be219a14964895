"""Bytes of a camera picture to pixels, with every check that is cheaper than decoding done first.

JPEG, what cameras send, goes through libjpeg-turbo (`simplejpeg`): it decodes at reduced scale and,
unlike OpenCV, tells a truncated file from a whole one. Everything rarer goes through Pillow.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import simplejpeg
from numpy.typing import NDArray
from PIL import Image

from inference.errors import (
    PictureCorrupt,
    PictureMislabelled,
    PictureTooLarge,
    PictureTruncated,
    PictureUnsupported,
)
from inference.header import JPEG_END, PictureFormat, sniff

# More scans than any encoder writes: a progressive JPEG can cost seconds per hundred kilobytes
# (libjpeg-turbo, "Two Issues with the JPEG Standard", LJT-01-004).
_MAX_JPEG_SCANS = 100
_EXIF_ORIENTATION = 0x0112
_EXIF_SEARCH_BYTES = 65_536
_BACKGROUND = (255, 255, 255, 255)
_PILLOW_FORMATS = {"jpeg": ("JPEG", "MPO"), "png": ("PNG",), "webp": ("WEBP",)}

_Image = NDArray[np.uint8]
# What makes a stored picture upright for each EXIF orientation (Exif 2.32, tag 0x0112),
# and whether that swaps width and height.
_UPRIGHT: dict[int, tuple[Callable[[_Image], _Image], bool]] = {
    2: (lambda image: image[:, ::-1], False),
    3: (lambda image: image[::-1, ::-1], False),
    4: (lambda image: image[::-1], False),
    5: (lambda image: image.swapaxes(0, 1), True),
    6: (lambda image: image[::-1].swapaxes(0, 1), True),
    7: (lambda image: image[::-1, ::-1].swapaxes(0, 1), True),
    8: (lambda image: image[:, ::-1].swapaxes(0, 1), True),
}


@dataclass(frozen=True, slots=True)
class DecodeLimits:
    """What is refused before decoding.

    Attributes:
        max_bytes: Longest accepted file in bytes.
        max_pixels: Largest accepted picture, width x height; the default admits 8K.
    """

    max_bytes: int = 20 * 1024 * 1024
    max_pixels: int = 50_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A decoded picture, upright.

    Attributes:
        image: uint8 (H, W, 3), BGR; may be smaller than the original.
        width: Width in pixels of the original as displayed, that is after its EXIF orientation.
        height: Height in pixels of the original as displayed.
        format: What the bytes were.
    """

    image: NDArray[np.uint8]
    width: int
    height: int
    format: PictureFormat


def decode(
    data: bytes,
    limits: DecodeLimits,
    long_side: int,
    declared_type: str | None = None,
) -> Picture:
    """Check and decode one still picture.

    Args:
        data: A whole JPEG, PNG or WebP file.
        limits: Caps that are checked before any pixel is decoded.
        long_side: Longest side in pixels that the caller needs; a larger JPEG is decoded at half,
            a quarter or an eighth of its size as long as this remains.
        declared_type: Content type that the sender stated, e.g. `image/jpeg`;
            `application/octet-stream` and None state nothing.

    Returns:
        The picture with its EXIF orientation applied. CMYK, greyscale and 16-bit pictures become
        8-bit BGR; what is transparent becomes white.

    Raises:
        PictureTooLarge: More bytes or pixels than `limits` allow.
        PictureUnsupported: Not a still JPEG, PNG or WebP.
        PictureMislabelled: `declared_type` is not what the bytes are.
        PictureTruncated: The file ends early.
        PictureCorrupt: The data contradict the format.
    """
    if len(data) > limits.max_bytes:
        raise PictureTooLarge(
            f"the picture has {len(data)} bytes, more than the {limits.max_bytes} allowed",
            hint="Send it with stronger compression or at a lower resolution.",
        )
    header = sniff(data)
    _check_declared(declared_type, header.format)
    if header.width * header.height > limits.max_pixels:
        raise PictureTooLarge(
            f"the picture has {header.width}x{header.height} pixels,"
            f" more than the {limits.max_pixels} allowed",
            hint="Send it at a lower resolution.",
        )
    if header.turbo:
        image = _decode_jpeg(data, long_side, landscape=header.width >= header.height)
    else:
        image = _decode_with_pillow(data, header.format)
    orientation = _orientation(data, header.format)
    width, height = header.width, header.height
    if orientation in _UPRIGHT:
        operation, transposes = _UPRIGHT[orientation]
        image = np.ascontiguousarray(operation(image))
        if transposes:
            width, height = height, width
    return Picture(image, width, height, header.format)


def _check_declared(declared_type: str | None, actual: PictureFormat) -> None:
    declared = (declared_type or "").partition(";")[0].strip().lower()
    if declared in ("", "application/octet-stream", f"image/{actual}"):
        return
    if declared == "image/jpg" and actual == "jpeg":
        return
    raise PictureMislabelled(
        f"declared as {declared}, but the bytes are image/{actual}",
        hint=f"Send it with Content-Type: image/{actual}.",
    )


def _decode_jpeg(data: bytes, long_side: int, *, landscape: bool) -> _Image:
    if data.count(b"\xff\xda") > _MAX_JPEG_SCANS:
        raise PictureUnsupported(f"the JPEG has more than {_MAX_JPEG_SCANS} scans")
    smallest = {"min_width" if landscape else "min_height": long_side}
    image: _Image
    try:
        try:
            image = simplejpeg.decode_jpeg(data, "BGR", min_factor=2, **smallest)
        except ValueError as error:
            # Padding before the end marker, which many camera encoders write, costs no pixel.
            if "extraneous bytes before marker 0xd9" not in str(error):
                raise
            image = simplejpeg.decode_jpeg(data, "BGR", min_factor=2, strict=False, **smallest)
    except ValueError as error:
        if "Premature end" in str(error) or JPEG_END not in data:
            raise PictureTruncated("the JPEG ends before its last pixel") from error
        raise PictureCorrupt(f"the JPEG is damaged: {error}") from error
    return image


def _decode_with_pillow(data: bytes, format_: PictureFormat) -> _Image:
    try:
        with Image.open(io.BytesIO(data), formats=_PILLOW_FORMATS[format_]) as opened:
            if format_ != "jpeg" and getattr(opened, "is_animated", False):
                raise PictureUnsupported(
                    f"the {format_} is animated", hint="Send one frame as a picture."
                )
            opened.load()
            return _to_bgr(opened)
    except PictureUnsupported:
        raise
    except Exception as error:  # Pillow's plug-ins raise anything on hostile bytes
        if "truncated" in str(error):
            raise PictureTruncated(f"the {format_} ends before its last pixel") from error
        raise PictureCorrupt(f"the {format_} is damaged: {error}") from error


def _orientation(data: bytes, format_: PictureFormat) -> int:
    if format_ == "jpeg" and data.find(b"Exif\0\0", 0, _EXIF_SEARCH_BYTES) < 0:
        return 1
    try:
        with Image.open(io.BytesIO(data), formats=_PILLOW_FORMATS[format_]) as opened:
            orientation: int = opened.getexif().get(_EXIF_ORIENTATION, 1)
    except Exception:  # unreadable EXIF says nothing, and the pixels are whole
        return 1
    return orientation


def _to_bgr(picture: Image.Image) -> _Image:
    if picture.mode.startswith("I"):  # 16-bit greyscale, which Pillow would clip instead of scale
        grey = (np.asarray(picture).astype(np.uint32) >> 8).clip(0, 255).astype(np.uint8)
        return np.repeat(grey[:, :, None], 3, axis=2)
    if picture.has_transparency_data:
        layer = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", layer.size, _BACKGROUND), layer)
    return np.ascontiguousarray(np.asarray(picture.convert("RGB"))[:, :, ::-1])
