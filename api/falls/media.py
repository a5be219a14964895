"""What is kept of a fall: seen by everybody without homes and passers-by, and as it was filmed."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from api.evidence.objects import ObjectStore
from inference.annotate import encode_jpeg
from inference.clips import Clip
from inference.falling.clip_events import ClipEvents
from inference.falling.events import FallEvent
from inference.falling.evidence import strobe, write_overlay
from inference.falling.redaction import RedactedClip
from inference.falling.view import View

VIDEO, PICTURE = "video/mp4", "image/jpeg"
BEFORE_S, AFTER_S = 3.0, 3.0
"""Seconds that are kept before and after a fall."""


@dataclass(frozen=True, slots=True)
class KeptFall:
    """Where the pictures of one fall are kept, by the keys of their objects.

    All but `original` are redacted: only the way of what fell is shown as it was filmed.

    Attributes:
        strobe: a JPEG: what fell at several moments.
        clip: an MP4: the fall with some seconds before and after.
        overlay: the same with the trajectory drawn in.
        original: the same as it was filmed.
    """

    strobe: str
    clip: str
    overlay: str
    original: str

    @property
    def keys(self) -> set[str]:
        """Every key."""
        return {self.strobe, self.clip, self.overlay, self.original}


def keep_media(
    objects: ObjectStore, *, clip: Clip, found: ClipEvents, view: View | None
) -> list[KeptFall]:
    """Make and keep the pictures of what fell in a clip; made again they get the same keys.

    It decodes the clip several times for each event and takes seconds: for a worker process, before
    the transaction that writes what was found.

    Args:
        objects: where they are kept.
        clip: the clip that was inspected.
        found: what fell in it.
        view: what the camera sees of the building, if that is known.

    Returns:
        One for each event, in their order.

    Raises:
        ClipError: the clip cannot be decoded.
        ObjectStoreError: they could not be kept.
    """
    if not found.events:
        return []
    grid = view.at_size(clip.width, clip.height).grid if view else None
    redacted = RedactedClip(clip, found.events, grid)
    with tempfile.TemporaryDirectory(prefix="xunjian-") as folder:

        def video(shown: Clip, drawn: Sequence[FallEvent], span_s: tuple[float, float]) -> str:
            path = Path(folder) / "clip.mp4"
            write_overlay(shown, drawn, path, span_s)
            return objects.put(path.read_bytes(), VIDEO)

        kept = []
        for event in found.events:
            start_s, end_s = found.span_s(event)
            span_s = (start_s - BEFORE_S, end_s + AFTER_S)
            kept.append(
                KeptFall(
                    strobe=objects.put(encode_jpeg(strobe(redacted, event)), PICTURE),
                    clip=video(redacted, (), span_s),
                    overlay=video(redacted, found.events, span_s),
                    original=video(clip, (), span_s),
                )
            )
        return kept
