"""The way of a frame through the service, from its last byte to its committed answer."""

import asyncio
import hashlib
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import structlog
from prometheus_client import Gauge
from sqlalchemy import and_, bindparam, case, or_, select
from sqlalchemy.orm import aliased

from api.camera_health import sights
from api.cameras.models import Camera, CameraPicture
from api.cameras.pictures import is_due, redacted
from api.database import Database, now
from api.errors import NotFound, Unavailable, Unprocessable
from api.evidence.errors import ObjectStoreError
from api.evidence.objects import ObjectStore
from api.external_detections.detection import ExternalDetection
from api.frames.admission import Admission, Body
from api.frames.counting import FrameCounts
from api.frames.inspector import Inspector, Looked, Shape
from api.frames.metadata import FrameMetadata
from api.frames.models import Frame
from api.frames.refusals import as_problem, wait_too_long
from api.frames.service import Answer, Arrival, answer_again, record, request_digest
from api.frames.sightings import Gatherer, Seen, Sighting
from api.frames.writer import GroupWriter
from api.grids.extent import Extent
from api.metrics import Metrics
from api.settings import Settings
from inference.inspections import Kind

_log = structlog.get_logger()

_MOST_AHEAD_S = 24 * 3600.0
_STORING_THREADS = 8
_NOT_READY_S = 10

# One question tells the camera, how old its pictures are, whether the key was used and whether the
# camera has sent the very same picture before: it is asked for every frame.
_First = aliased(Frame)
_KNOWN = (
    select(
        Camera,
        CameraPicture.captured_at,
        sights.newest_at(),
        Frame.request_digest,
        Frame.reply,
        _First.content_type,
        _First.width,
        _First.height,
    )
    .outerjoin(CameraPicture, CameraPicture.camera_id == Camera.id)
    .outerjoin(
        Frame,
        and_(
            Frame.gateway_id == Camera.gateway_id,
            Frame.idempotency_key == bindparam("key"),
        ),
    )
    .outerjoin(
        _First,
        and_(
            _First.camera_id == Camera.id,
            _First.sha256 == bindparam("sha256"),
            _First.repeats_id.is_(None),
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
    from its submission until its commit. Gateways share that room, the memory of bodies and the
    workers' time; see `Admission` and `InspectionPool`.

    Args:
        database: where frames are written.
        objects: where pictures are kept.
        inspector: what looks at pictures.
        gatherers: what makes findings of what was seen, by kind.
        metrics: where this is measured.
        settings: how many frames and bytes may wait, and for how long; where days begin.
    """

    def __init__(
        self,
        database: Database,
        objects: ObjectStore,
        inspector: Inspector,
        gatherers: Mapping[Kind, Gatherer],
        metrics: Metrics,
        settings: Settings,
    ) -> None:
        self._database = database
        self._objects = objects
        self._inspector = inspector
        self._gatherers = gatherers
        self._patience_s = settings.patience_s
        self._zone = settings.zone
        self._extent = Extent()
        self.admission = Admission(
            inspector.pool,
            places=inspector.workers + settings.max_queue,
            most_bytes=settings.max_ingest_bytes,
            metrics=metrics,
        )
        self._storing = ThreadPoolExecutor(_STORING_THREADS, thread_name_prefix="store")
        self._writer: GroupWriter[Arrival, Answer] = GroupWriter(database, record)
        self.counts = FrameCounts(metrics)
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

    def gives_up_at(self, patience_s: float | None = None) -> float:
        """Return when a gateway gives up that begins to wait now, on the monotonic clock."""
        return time.monotonic() + (patience_s or self._patience_s)

    @contextmanager
    def receiving(
        self, gateway_id: str, *, live: bool, patience_s: float | None = None
    ) -> Iterator[Body]:
        """Hold a place for a request from before its body is read until it is answered.

        Args:
            gateway_id: who posts.
            live: whether it posts what goes first.
            patience_s: how long the gateway waits for the answer, where it says so.

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
        with ExitStack() as stack:
            with self.counts.refusals(gateway_id):
                body = stack.enter_context(
                    self.admission.request(
                        gateway_id, live=live, patience_s=patience_s or self._patience_s
                    )
                )
            yield body

    async def take_in(
        self, posted: Posted, *, until: float | None = None, waits: bool = False
    ) -> Answer:
        """Take one frame in.

        Args:
            posted: the frame.
            until: when its gateway gives up, on the monotonic clock, where that is known.
            waits: for room, where there is none now, instead of being refused: for frames whose
                bodies are here already.

        Returns:
            The answer; the frame and all that follows from it are durable by then.

        Raises:
            ProblemError: the frame is not taken, and nothing was changed.
        """
        try:
            answer = await self._take_in(posted, until or self.gives_up_at(), waits)
        except Exception as error:
            problem = as_problem(error)
            self.counts.refused(posted.gateway_id, problem.code if problem else "unexpected")
            if problem is None:
                raise
            if isinstance(error, ObjectStoreError):
                _log.error("a picture cannot be stored", error=str(error))
            raise problem from error
        self.counts.answered(posted.gateway_id, answer)
        return answer

    async def _take_in(self, posted: Posted, until: float, waits: bool) -> Answer:
        received_at = now()
        gateway_id = posted.gateway_id
        if posted.metadata.ahead_s(received_at) > _MOST_AHEAD_S:
            raise Unprocessable(
                "captured_at lies more than 24 hours in the future: set the gateway's clock, "
                "or send its clock_offset_ms.",
                code="captured-in-future",
            )
        live = posted.metadata.is_live(received_at)
        async with self.admission.place(gateway_id, live=live, until=until, waits=waits):
            looking = self._inspector.pool.try_submit(
                partial(self._look, posted, received_at), flow=gateway_id, urgent=live
            )
            looked = await self._in_time(looking, gateway_id, live, until)
            if isinstance(looked, Answer):
                return looked
            if looked.keeps_picture:
                await asyncio.get_running_loop().run_in_executor(
                    self._storing, self._objects.put, posted.data, looked.looked.content_type
                )
            return await self._writer.write(looked, urgent=live)

    async def _in_time(
        self, looking: "Future[Arrival | Answer]", gateway_id: str, live: bool, until: float
    ) -> Arrival | Answer:
        """Wait for what was seen; give up what was not begun when its gateway gives up."""
        looked = asyncio.wrap_future(looking)
        await asyncio.wait({looked}, timeout=until - time.monotonic())
        if not looked.done() and looking.cancel():
            wait_s = self._inspector.pool.expected_wait_s(flow=gateway_id, urgent=live)
            raise wait_too_long(wait_s)
        return await looked

    def _look(self, posted: Posted, received_at: datetime) -> Arrival | Answer:
        """Look at a frame on a worker thread, unless its answer is known."""
        metadata = posted.metadata
        sha256 = hashlib.sha256(posted.data).hexdigest()
        with self._database.read() as session:
            known = session.execute(
                _KNOWN,
                {
                    "gateway_id": posted.gateway_id,
                    "camera": metadata.camera,
                    "key": metadata.idempotency_key,
                    "sha256": sha256,
                },
            ).first()
            outside = self._extent.excludes(session, metadata.latitude, metadata.longitude)
        if known is None:
            raise NotFound(
                f"This gateway has no camera {metadata.camera!r}; GET /v1/cameras lists its own.",
                code="camera-not-found",
            )
        camera, pictured_at, sighted_at, known_digest, reply, *shape = known
        digest = request_digest(sha256, metadata, camera.id)
        if known_digest is not None:
            return answer_again(digest=digest, known_digest=known_digest, reply=reply)
        if camera.disabled_at is not None:
            raise NotFound(
                f"The camera {metadata.camera!r} is disabled; an administrator can enable it.",
                code="camera-disabled",
            )
        looked: Shape | Looked
        sightings: tuple[Sighting, ...] = ()
        picture = None
        if shape[0] is not None:
            looked = Shape(*shape)
        else:
            looked = self._inspector.look(
                posted.data,
                posted.declared_type,
                camera.inspections,
                with_sight=sights.is_due(sighted_at, metadata.captured_at),
            )
            sightings = tuple(self._sightings(posted, camera, looked))
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
            sightings=sightings,
            zone=self._zone,
            picture=picture,
            outside=outside,
            external=posted.external,
        )

    def _sightings(self, posted: Posted, camera: Camera, looked: Looked) -> Iterator[Sighting]:
        for inspection, found in looked.found:
            yield self._gatherers[inspection.kind].sight(
                Seen(
                    camera,
                    posted.metadata,
                    inspection,
                    found,
                    looked.width,
                    looked.height,
                    looked.quality,
                    looked.greenness,
                    posted.external,
                )
            )

    def close(self) -> None:
        """Commit what was handed over, then stop; the server has answered every caller by now."""
        self._storing.shutdown(wait=True)
        self._writer.close()
