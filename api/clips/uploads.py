"""The way of a clip's bytes through the service, until they are durable."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ParamSpec, Protocol, TypeVar

import structlog
from prometheus_client import Counter
from starlette.requests import ClientDisconnect

from api.clips import service
from api.clips.headers import UploadHeaders
from api.clips.models import Clip, ClipState
from api.clips.parts import PART_BYTES, Appender, held, read_parts, truncate
from api.clips.removal import discard
from api.clips.service import UploadLimits
from api.database import Database
from api.errors import BadRequest, Conflict, TooBusy, TooLarge, TooSlow, Unavailable
from api.evidence.errors import ObjectStoreError
from api.evidence.objects import ObjectStore
from api.frames.metadata import FrameMetadata
from api.frames.pacing import FLOOR_BYTES_PER_S, WaitingPace
from api.frames.shares import Share
from api.metrics import Metrics

_log = structlog.get_logger()

_MOST_UPLOADS = 64
_THREADS = 8
_SILENCE_S = 30.0
_AGAIN_S = 5

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Uploaded:
    """What became of a request.

    Attributes:
        clip: as it stands now.
        known: whether its key was used before.
    """

    clip: Clip
    known: bool


class Body(Protocol):
    """What bytes come from: a request, or what was read of one."""

    def stream(self) -> AsyncIterator[bytes]:
        """Yield the bytes as they come."""
        ...


class Uploads:
    """Takes clips in, whole or in parts.

    Args:
        database: where clips are written.
        objects: where their bytes are kept.
        limits: what is taken.
        metrics: where this is measured.
    """

    def __init__(
        self, database: Database, objects: ObjectStore, limits: UploadLimits, metrics: Metrics
    ) -> None:
        self.limits = limits
        self._database = database
        self._objects = objects
        self._room = Share(_MOST_UPLOADS)
        self._storing = ThreadPoolExecutor(_THREADS, thread_name_prefix="store-clip")
        self._bytes = Counter(
            "xunjian_clip_bytes", "Bytes of clips that were stored", registry=metrics.registry
        )
        self._clips = Counter(
            "xunjian_clips",
            "Clips posted, by what became of them",
            ["outcome"],
            registry=metrics.registry,
        )

    @contextmanager
    def receiving(self, gateway_id: str) -> Iterator[None]:
        """Hold a place for a request whose body is being read; gateways share them.

        Raises:
            TooBusy: there is none, so that the body need not be read.
        """
        if not self._room.admits(gateway_id, live=True):
            raise TooBusy(
                "Too many clips are coming in at once; keep the clip and post it again.",
                code="clip-queue-full",
                retry_after_s=_AGAIN_S,
            )
        with self._room.holding(gateway_id):
            yield

    async def post(
        self,
        body: Body,
        *,
        gateway_id: str,
        metadata: FrameMetadata,
        content_type: str,
        said: UploadHeaders,
    ) -> Uploaded:
        """Begin an upload, or find it again, and take the request's bytes.

        Raises:
            ProblemError: the request is not taken.
        """

        def begin() -> tuple[Clip, bool]:
            with self._database.write() as session:
                return service.begin(
                    session,
                    gateway_id=gateway_id,
                    metadata=metadata,
                    content_type=content_type,
                    said=said,
                    limits=self.limits,
                )

        service.check_length(said.length, self.limits)
        clip, known = await self._do(begin)
        if clip.state is not ClipState.RECEIVING:
            await self._compare(body, clip, said)
            self._clips.labels("repeated").inc()
            return Uploaded(clip, known)
        if said.empty and not said.complete:
            return Uploaded(clip, known)
        return Uploaded(await self._append(body, clip, said), known)

    async def append(
        self, body: Body, *, clip_id: str, gateway_id: str, said: UploadHeaders
    ) -> Clip:
        """Go on with an upload.

        Raises:
            ProblemError: the request is not taken; what had come of it before may be kept.
        """

        def go_on() -> Clip:
            with self._database.write() as session:
                return service.go_on(
                    session,
                    clip_id=clip_id,
                    gateway_id=gateway_id,
                    said=said,
                    limits=self.limits,
                )

        service.check_length(said.length, self.limits)
        return await self._append(body, await self._do(go_on), said)

    async def cancel(self, *, clip_id: str, gateway_id: str) -> None:
        """Delete an upload that was not acknowledged.

        Raises:
            NotFound: there is none.
            Conflict: the clip was taken.
        """

        def discard_it() -> None:
            with self._database.write() as session:
                clip = service.own_upload(session, clip_id=clip_id, gateway_id=gateway_id)
                if clip.state is not ClipState.RECEIVING:
                    raise Conflict(
                        "The clip was taken; nothing is left to cancel.", code="clip-taken"
                    )
                discard(session, self._objects, clip)

        await self._do(discard_it)

    async def _append(self, body: Body, clip: Clip, said: UploadHeaders) -> Clip:
        """Store the bytes of a request and, where the clip ends with it, acknowledge the clip."""
        begins_at = clip.size_bytes
        appender = Appender(
            self._database,
            self._objects,
            clip_id=clip.id,
            fence=clip.fence,
            offset=begins_at,
            keep_for=self.limits.keep_for,
        )
        digest = hashlib.sha256()
        most = min(self.limits.max_bytes, clip.length_bytes or self.limits.max_bytes)
        try:
            async for data in _in_parts(body):
                digest.update(data)
                if appender.offset + len(data) > most:
                    raise TooLarge(
                        f"More bytes came than the {most} that the clip may have.",
                        code="clip-too-large",
                    )
                await self._do(appender.store, data)
                self._bytes.inc(len(data))
            if said.content_digest not in (None, digest.hexdigest()):
                raise service.digest_mismatch("Content-Digest")
        except (TooLarge, BadRequest) as refused:
            if refused.code != "body-incomplete":
                await self._do(self._take_back, clip, begins_at)
            raise
        if not said.complete:
            return await self._do(self._held, clip)
        whole = digest.hexdigest() if begins_at == 0 else None
        clip = await self._do(self._acknowledge, clip, whole)
        self._clips.labels("taken").inc()
        return clip

    def _held(self, clip: Clip) -> Clip:
        with self._database.write() as session:
            return held(session, clip.id, clip.fence)

    def _take_back(self, clip: Clip, size: int) -> None:
        with self._database.write() as session:
            truncate(session, held(session, clip.id, clip.fence), size)

    def _acknowledge(self, clip: Clip, sha256: str | None) -> Clip:
        if sha256 is None:
            digest = hashlib.sha256()
            for data in read_parts(self._database, self._objects, clip.id):
                digest.update(data)
            sha256 = digest.hexdigest()
        try:
            with self._database.write() as session:
                taken = held(session, clip.id, clip.fence)
                service.acknowledge(session, taken, sha256=sha256)
                return taken
        except BadRequest as refused:
            if refused.code == "digest-mismatch":  # nobody knows which bytes are wrong
                self._take_back(clip, 0)
            raise

    async def _compare(self, body: Body, clip: Clip, said: UploadHeaders) -> None:
        """Read what is posted again and see that it is the clip that was taken."""
        if said.empty and not said.complete:
            return
        digest, size = hashlib.sha256(), 0
        async for data in _in_parts(body):
            digest.update(data)
            size += len(data)
            if size > clip.size_bytes:
                break
        whole = said.complete and size >= clip.size_bytes
        if size > clip.size_bytes or (whole and digest.hexdigest() != clip.sha256):
            raise Conflict(
                "This idempotency key was used for another clip; a new clip needs a new key.",
                code="idempotency-key-reused",
            )

    async def _do(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do on a thread what waits for the database or the store."""
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._storing, lambda: work(*args, **kwargs))
        except ObjectStoreError as error:
            _log.error("a clip cannot be stored", error=str(error))
            raise Unavailable(
                "The clip's bytes cannot be stored now; keep the clip, ask with HEAD how far the "
                "upload has come, and go on from there.",
                code="object-store-unavailable",
                retry_after_s=_AGAIN_S,
            ) from error

    def close(self) -> None:
        """Finish what is being stored."""
        self._storing.shutdown(wait=True)


async def _in_parts(body: Body) -> AsyncIterator[bytes]:
    """Yield a body in parts; when it breaks off, what came is yielded first.

    Raises:
        TooSlow: less than 1 KiB a second came in 30 seconds of waiting for it.
        BadRequest: the body ended early.
    """
    waiting = bytearray()
    broken: TooSlow | BadRequest | None = None
    chunks = aiter(body.stream())
    pace = WaitingPace(_SILENCE_S)
    while True:
        try:
            waiting += await pace.next(chunks)
        except StopAsyncIteration:
            break
        except ClientDisconnect:
            broken = BadRequest("The body ended early; go on from there.", code="body-incomplete")
            break
        except TimeoutError:
            broken = TooSlow(
                f"Less than {FLOOR_BYTES_PER_S} bytes a second came for {_SILENCE_S:.0f} seconds; "
                "ask with HEAD how far the upload has come, and go on from there.",
                code="upload-too-slow",
            )
            break
        while len(waiting) >= PART_BYTES:
            yield bytes(waiting[:PART_BYTES])
            del waiting[:PART_BYTES]
    if waiting:
        yield bytes(waiting)
    if broken is not None:
        raise broken
