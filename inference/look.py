"""One look at one picture, from its bytes: what the service and the command line both do."""

from dataclasses import dataclass

from inference.decode import DecodeLimits, Picture, decode
from inference.detections import Detections
from inference.inspections.base import Inspection
from inference.quality import LookQuality, look_quality


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at one picture gave.

    Attributes:
        picture: The decoded picture.
        detections: What was found in it.
        quality: How well it could show anything.
    """

    picture: Picture
    detections: Detections
    quality: LookQuality


def look_at(
    data: bytes, inspection: Inspection, limits: DecodeLimits, declared_type: str | None = None
) -> Look:
    """Decode a picture, inspect it and measure its quality, on the calling thread.

    Args:
        data: A whole JPEG, PNG or WebP file.
        inspection: What to look for.
        limits: What is refused before decoding.
        declared_type: Content type that the sender stated, if any.

    Returns:
        The look.

    Raises:
        PictureError: As `inference.decode.decode`.
    """
    picture = decode(data, limits, inspection.input_size, declared_type)
    return Look(picture, inspection.inspect(picture), look_quality(picture))
