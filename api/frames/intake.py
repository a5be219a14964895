"""The way of a frame through the service, from its last byte to its committed answer."""

import asyncio
import hashlib
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

import structlog
from prometheus_client import Counter, Gauge
from sqlalchemy import and_, bindparam, case, or_, select

from api.cameras.models import Camera, CameraPicture
from api.cameras.pictures import is_due, redacted
from api.database import Database, now
from api.errors import NotFound, Unavailable, Unprocessable
from api.evidence.errors import ObjectStoreError
from api.evidence.objects import ObjectStore
from api.external_detections.detection import ExternalDetection
from api.frames.inspector import Inspector
from api.frames.metadata import FrameMetadata
from api.frames.models import Frame
from api.frames.refusals import as_problem, too_busy
from api.frames.service import Answer, Arrival, answer_again, record, request_digest
from api.frames.sightings import Gatherer, Seen
from api.frames.writer import GroupWriter
from api.metrics import Metrics
from inference.inspections import Kind

_log = structlog.get_logger()

_MOST_AHEAD_S = 24 * 3600.0
_MOST_UPLOADS = 256
_STORING_THREADS = 8
_NOT_READY_S = 10

# One question tells the camera, how old its picture is, and whether the key was used: it is asked
# for every frame.
_KNOWN = (
    select(Camera, CameraPicture.captured_at, Frame.request_digest, Frame.reply)
    .outerjoin(CameraPicture, CameraPicture.camera_id == Camera.id)
    .outerjoin(
        Frame,
        and_(
            Frame.gateway_id == Camera.gateway_id,
            Frame.idempotency_key == bindparam("key"),
        ),
    )
    .where(
        Camera.gateway_id == bindparam("gateway_id"),
        or_(Camera.id == bindparam("camera"), Camera.name == bindparam("camera")),
    )
    .order_by(case((Camera.id == bindparam("camera"), 0), else_=1))
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class Posted:
    """One frame as a gateway posted it.

    Attributes:
        gateway_id: who posted it.
        metadata: what the gateway says of it.
        data: the picture's bytes.
        declared_type: the picture's stated content type, if any.
        external: what the camera itself says of the picture.
    """

    gateway_id: str
    metadata: FrameMetadata
    data: bytes
    declared_type: str | None
    external: tuple[ExternalDetection, ...] = ()


class Intake:
    """Takes frames in: inspects, stores the picture if it is to be kept, commits, answers.

    There is room for as many frames as the workers inspect and the queue holds; a frame counts
    from its submission until its commit.

    Args:
        database: where frames are written.
        objects: where pictures are kept.
        inspector: what looks at pictures.
        gatherers: what makes findings of what was seen, by kind.
        metrics: where this is measured.
        queue_limit: frames that wait while all workers are busy.
        zone: where days begin.
    """

    def __init__(
        self,
        database: Database,
        objects: ObjectStore,
        inspector: Inspector,
        gatherers: Mapping[Kind, Gatherer],
        metrics: Metrics,
        queue_limit: int,
        zone: ZoneInfo,
    ) -> None:
        self._database = database
        self._objects = objects
        self._inspector = inspector
        self._gatherers = gatherers
        self._room = inspector.workers + queue_limit
        self._zone = zone
        self._uploads = 0
        self._storing = ThreadPoolExecutor(_STORING_THREADS, thread_name_prefix="store")
        self._writer: GroupWriter[Arrival, Answer] = GroupWriter(database, record)
        self._frames = Counter(
            "xunjian_frames",
            "Frames posted, by what became of them",
            ["outcome"],
            registry=metrics.registry,
        )
        self._detections = Counter(
            "xunjian_detections",
            "Detections committed",
            ["inspection", "class_name"],
            registry=metrics.registry,
        )
        waiting = Gauge(
            "xunjian_frames_in_progress",
            "Frames that are inspected, stored or written, or wait for it",
            registry=metrics.registry,
        )
        waiting.set_function(lambda: self.in_progress)

    @property
    def workers(self) -> int:
        """Pictures inspected at the same time."""
        return self._inspector.workers

    @property
    def in_progress(self) -> int:
        """Frames submitted and not yet answered."""
        return self._inspector.pool.pending + self._writer.pending

    @contextmanager
    def receiving(self) -> Iterator[None]:
        """Hold a place for a request whose body is being read.

        Raises:
            Unavailable: the service cannot inspect.
            TooBusy: there is no room, so that the body need not be read.
        """
        if self._inspector.problem is not None:
            raise Unavailable(
                f"The service is not ready: {self._inspector.problem}",
                code="not-ready",
                retry_after_s=_NOT_READY_S,
            )
        if self.in_progress >= self._room or self._uploads >= _MOST_UPLOADS:
            self._frames.labels("refused").inc()
            raise too_busy(self._inspector.pool.expected_wait_s)
        self._uploads += 1
        try:
            yield
        finally:
            self._uploads -= 1

    async def take_in(self, posted: Posted) -> Answer:
        """Take one frame in.

        Returns:
            The answer; the frame and all that follows from it are durable by then.

        Raises:
            ProblemError: the frame is not taken, and nothing was changed.
        """
        try:
            answer = await self._take_in(posted)
        except Exception as error:
            self._frames.labels("refused").inc()
            problem = as_problem(error)
            if problem is None:
                raise
            if isinstance(error, ObjectStoreError):
                _log.error("a picture cannot be stored", error=str(error))
            raise problem from error
        if answer.duplicate:
            self._frames.labels("repeated").inc()
        else:
            self._frames.labels("taken").inc()
            for found in answer.reply["detections"]:
                self._detections.labels(found["inspection"], found["class"]).inc()
        return answer

    async def _take_in(self, posted: Posted) -> Answer:
        received_at = now()
        if posted.metadata.ahead_s(received_at) > _MOST_AHEAD_S:
            raise Unprocessable(
                "captured_at lies more than 24 hours in the future: set the gateway's clock, "
                "or send its clock_offset_ms.",
                code="captured-in-future",
            )
        if self.in_progress >= self._room:
            raise too_busy(self._inspector.pool.expected_wait_s)
        looking = self._inspector.pool.try_submit(partial(self._look, posted, received_at))
        looked = await asyncio.wrap_future(looking)
        if isinstance(looked, Answer):
            return looked
        if looked.keeps_picture:
            await asyncio.get_running_loop().run_in_executor(
                self._storing, self._objects.put, posted.data, looked.looked.content_type
            )
        return await self._writer.write(looked)

    def _look(self, posted: Posted, received_at: datetime) -> Arrival | Answer:
        """Look at a frame on a worker thread, unless its answer is known."""
        metadata = posted.metadata
        with self._database.read() as session:
            known = session.execute(
                _KNOWN,
                {
                    "gateway_id": posted.gateway_id,
                    "camera": metadata.camera,
                    "key": metadata.idempotency_key,
                },
            ).first()
        if known is None:
            raise NotFound(
                f"This gateway has no camera {metadata.camera!r}; GET /v1/cameras lists its own.",
                code="camera-not-found",
            )
        camera, pictured_at, known_digest, reply = known
        sha256 = hashlib.sha256(posted.data).hexdigest()
        digest = request_digest(sha256, metadata, camera.id)
        if known_digest is not None:
            return answer_again(digest=digest, known_digest=known_digest, reply=reply)
        if camera.disabled_at is not None:
            raise NotFound(
                f"The camera {metadata.camera!r} is disabled; an administrator can enable it.",
                code="camera-disabled",
            )
        looked = self._inspector.look(posted.data, posted.declared_type, camera.inspections)
        picture = None
        if is_due(pictured_at, metadata.captured_at):
            picture = redacted(*self._inspector.road_users(posted.data))
        return Arrival(
            gateway_id=posted.gateway_id,
            camera=camera,
            metadata=metadata,
            sha256=sha256,
            digest=digest,
            received_at=received_at,
            looked=looked,
            sightings=tuple(
                self._gatherers[inspection.kind].sight(
                    Seen(
                        camera,
                        metadata,
                        inspection,
                        found,
                        looked.width,
                        looked.height,
                        looked.quality,
                        looked.greenness,
                        posted.external,
                    )
                )
                for inspection, found in looked.found
            ),
            zone=self._zone,
            picture=picture,
            external=posted.external,
        )

    def close(self) -> None:
        """Commit what was handed over, then stop; the server has answered every caller by now."""
        self._storing.shutdown(wait=True)
        self._writer.close()
