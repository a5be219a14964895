"""The job of the kind `clip`: fetch a clip, look at it, write what fell.

FFmpeg decodes what strangers sent: this runs in a worker's process only.
"""

import tempfile
from collections.abc import Callable, Collection
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy.orm import Session

from api.cameras import pictures
from api.cameras.models import Camera, CameraPicture
from api.clips.models import Clip, ClipState
from api.clips.parts import read_parts
from api.clips.removal import remove_expired, remove_videos
from api.database import Database, now
from api.evidence.objects import ObjectStore
from api.facades.service import view_of
from api.falls.media import KeptFall, keep_media
from api.falls.models import CLASS_NAME
from api.falls.service import record_events
from api.jobs.worker import Finish
from inference.clips import ClipLimits, open_clip
from inference.errors import (
    ClipCorrupt,
    ClipError,
    ClipTooLarge,
    ClipTooLong,
    ClipTooSlow,
    ClipTruncated,
    ClipUnsupported,
)
from inference.falling.clip_events import ClipEvents
from inference.falling.events import FallEvent
from inference.falling.redaction import still
from inference.inspections import ClipInspection
from models.registry import ModelFile

_CODES: dict[type[ClipError], str] = {
    ClipCorrupt: "clip-corrupt",
    ClipTooLarge: "clip-too-large",
    ClipTooLong: "clip-too-long",
    ClipTooSlow: "clip-too-slow",
    ClipTruncated: "clip-truncated",
    ClipUnsupported: "clip-unsupported",
}
_log = structlog.get_logger()


class ClipHandler:
    """Inspects clips.

    Args:
        database: where clips are.
        objects: where their bytes are, and where the pictures of what fell are kept.
        limits: what is refused.
        load: loads the inspection, once it is needed.
        folder: where a clip lies while it is decoded.
    """

    def __init__(
        self,
        database: Database,
        objects: ObjectStore,
        limits: ClipLimits,
        load: Callable[[], ClipInspection],
        folder: Path,
    ) -> None:
        self._database = database
        self._objects = objects
        self._limits = limits
        self._load = load
        self._folder = folder

    def work(self, subject_id: str) -> Finish:
        """Look at a clip; see `api.jobs.worker.Handler`."""
        with self._database.read() as session:
            clip = session.get_one(Clip, subject_id)
            camera = session.get_one(Camera, clip.camera_id)
            pictured = session.get(CameraPicture, camera.id)
            view = view_of(session, camera.id)
        if clip.state is not ClipState.WAITING:
            return lambda _: ()
        inspection = self._load()
        with tempfile.TemporaryDirectory(dir=self._folder) as folder:
            path = Path(folder) / "clip"
            with path.open("wb") as file:
                for data in read_parts(self._database, self._objects, clip.id):
                    file.write(data)
            try:
                video = open_clip(path, self._limits)
                found = inspection.inspect(video, view)
                heeded = _heeded(found, camera)
                kept = keep_media(self._objects, clip=video, found=heeded, view=view)
                picture = None
                known_at = pictured.captured_at if pictured else None
                if pictures.sends_clips_only(camera) and pictures.is_due(
                    known_at, clip.captured_at
                ):
                    picture = pictures.reduced(still(video))
            except ClipError as error:
                return partial(_refuse, clip.id, error)
        return partial(_record, clip.id, inspection, found, heeded, kept, picture)

    def give_up(self, session: Session, subject_id: str, problem: str) -> None:
        """Write that a clip could not be inspected; see `api.jobs.worker.Handler`."""
        clip = session.get_one(Clip, subject_id, with_for_update=True)
        clip.state = ClipState.FAILED
        clip.inspected_at = now()
        clip.problem_code = "inspection-failed"
        clip.problem = f"The clip could not be inspected: {problem}."

    def tidy(self) -> None:
        """Delete the video of clips that are over; see `api.jobs.worker.Handler`."""
        while remove_videos(self._database, self._objects):
            pass
        while remove_expired(self._database, self._objects):
            pass


def _heeded(found: ClipEvents, camera: Camera) -> ClipEvents:
    """Return what was found without what is below the camera's threshold."""
    return replace(
        found, events=tuple(one for one in found.events if camera.heeds(CLASS_NAME, one.score))
    )


def _refuse(clip_id: str, error: ClipError, session: Session) -> Collection[str]:
    clip = session.get_one(Clip, clip_id, with_for_update=True)
    clip.state = ClipState.REFUSED
    clip.inspected_at = now()
    clip.problem_code = _CODES.get(type(error), "clip-unsupported")
    text = str(error)
    clip.problem = f"{text[0].upper()}{text[1:]}." + (f" {error.hint}" if error.hint else "")
    _log.warning("a clip was refused", clip=clip_id, code=clip.problem_code)
    return ()


def _record(
    clip_id: str,
    inspection: ClipInspection,
    found: ClipEvents,
    heeded: ClipEvents,
    kept: list[KeptFall],
    picture: bytes | None,
    session: Session,
) -> Collection[str]:
    clip = session.get_one(Clip, clip_id, with_for_update=True)
    clip.state = ClipState.DONE
    clip.inspected_at = now()
    clip.width, clip.height = found.width, found.height
    clip.fps, clip.seconds = round(found.fps, 3), round(found.seconds, 3)
    clip.models = [
        {
            "inspection": inspection.name,
            "name": model.name,
            "version": model.version,
            "digest": model.digest,
            "variant": model.variant,
        }
        for model in inspection.used
    ]
    clip.events = [_event(event) for event in found.events]
    clip.finding_ids = []
    if picture is not None:
        pictures.keep(
            session,
            camera_id=clip.camera_id,
            captured_at=clip.captured_at,
            size_wh=(found.width, found.height),
            picture=picture,
        )
    if not heeded.events:
        return ()
    model: ModelFile = inspection.used[0]
    recorded = record_events(
        session,
        clip=clip,
        camera=session.get_one(Camera, clip.camera_id),
        model=model,
        found=heeded,
        kept=kept,
    )
    clip.finding_ids = [finding.id for finding in recorded.findings]
    return recorded.unneeded


def _event(event: FallEvent) -> dict[str, Any]:
    return {
        "start_frame": event.start_frame,
        "end_frame": event.end_frame,
        "score": round(event.score, 4),
        "status": event.status,
        "track": [list(point) for point in event.track],
        "origin": asdict(event.origin),
    }
