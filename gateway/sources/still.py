"""Pictures that come as pictures: files of a folder, messages of a broker."""

import io
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import simplejpeg

from gateway.masks import Masks


@dataclass(frozen=True, slots=True)
class Still:
    """An encoded picture.

    Args:
        data: its bytes.
        content_type: JPEG, PNG or WebP.
        captured_at: when it was taken; timezone-aware.
    """

    data: bytes
    content_type: str
    captured_at: datetime


def content_type(data: bytes) -> str | None:
    """Return the media type of a whole picture; None when it is none, or not all of it is there."""
    if data.startswith(b"\xff\xd8\xff") and data.rstrip(b"\0\r\n ").endswith(b"\xff\xd9"):
        return "image/jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n") and data.endswith(b"IEND\xaeB`\x82"):
        return "image/png"
    is_webp = data.startswith(b"RIFF") and data[8:12] == b"WEBP"
    if is_webp and len(data) >= 8 + int.from_bytes(data[4:8], "little"):
        return "image/webp"
    return None


def masked(still: Still, masks: Masks, quality: int) -> Still:
    """Return a picture as it came, or, where something is painted over, anew as JPEG.

    Raises:
        ValueError: it cannot be decoded, so nothing can be painted over.
    """
    if not masks:
        return still
    from PIL import Image, ImageOps  # 10 MB of memory that other sources do not need

    try:
        with Image.open(io.BytesIO(still.data)) as image:
            colours = np.array(ImageOps.exif_transpose(image).convert("RGB"))
    except (OSError, Image.DecompressionBombError, SyntaxError) as error:
        raise ValueError(f"the picture cannot be decoded: {error}") from error
    masks.paint_colours(colours)
    data = simplejpeg.encode_jpeg(colours, quality=quality)
    return Still(data, "image/jpeg", still.captured_at)
