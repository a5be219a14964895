"""Bodies of requests that post frames: read with a cap and a deadline, never beyond either."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

from api.errors import BadRequest, TooLarge, TooSlow, Unprocessable

_UPLOAD_S = 30.0
_LONGEST_METADATA = 256 * 1024


@dataclass(frozen=True, slots=True)
class PostedPart:
    """One frame of a multipart body: its metadata as JSON gave it, and its picture."""

    metadata: dict[str, Any]
    data: bytes
    declared_type: str | None


async def read_body(request: Request, limit: int) -> bytes:
    """Read the body of a request.

    Args:
        request: the request, its body not yet read.
        limit: longest accepted body in bytes.

    Raises:
        TooLarge: the body is longer, by its Content-Length or by what came.
        TooSlow: the body did not come within 30 seconds.
    """
    async with _deadline():
        return b"".join([chunk async for chunk in _capped(request, limit)])


async def read_batch(request: Request, limit: int, most_frames: int) -> list[PostedPart]:
    """Read a multipart body: a part `metadata`, then one file part `picture` per frame.

    Args:
        request: the request, its body not yet read.
        limit: longest accepted body in bytes, all frames together.
        most_frames: most accepted frames.

    Raises:
        TooLarge: the body is longer.
        TooSlow: the body did not come within 30 seconds.
        BadRequest: the body is not well-formed multipart, or its metadata no JSON.
        Unprocessable: its metadata and pictures are not one per frame, or too many.
    """
    parser = MultiPartParser(
        request.headers,
        _capped(request, limit),
        max_files=most_frames + 1,
        max_fields=1,
        max_part_size=_LONGEST_METADATA,
    )
    try:
        async with _deadline():
            form = await parser.parse()
    except MultiPartException as error:
        raise BadRequest(
            f"The multipart body cannot be read: {error.message}", code="multipart-invalid"
        ) from None
    try:
        given = form.getlist("metadata")
        if len(given) != 1 or set(form) - {"metadata", "picture"}:
            raise Unprocessable(
                "Send exactly one part `metadata` and one file part `picture` per frame.",
                code="multipart-parts",
            )
        text = await given[0].read() if isinstance(given[0], UploadFile) else given[0]
        frames = _frames_of(text, most_frames)
        pictures = [part for part in form.getlist("picture") if isinstance(part, UploadFile)]
        if len(pictures) != len(frames):
            raise Unprocessable(
                f"The metadata describes {len(frames)} frames, but {len(pictures)} file parts "
                "`picture` came; send one per frame, in the same order.",
                code="multipart-parts",
            )
        return [
            PostedPart(metadata, await picture.read(), picture.content_type)
            for metadata, picture in zip(frames, pictures, strict=True)
        ]
    finally:
        await form.close()


def _frames_of(text: str | bytes, most_frames: int) -> list[dict[str, Any]]:
    try:
        metadata = json.loads(text)
    except ValueError as error:
        raise BadRequest(f"The metadata is no JSON: {error}", code="metadata-no-json") from None
    frames = metadata.get("frames") if isinstance(metadata, dict) else None
    if not isinstance(frames, list) or not all(isinstance(frame, dict) for frame in frames):
        raise Unprocessable(
            'The metadata must be an object {"frames": [{"camera": …}, …]}.',
            code="invalid-metadata",
        )
    if not 1 <= len(frames) <= most_frames:
        raise Unprocessable(
            f"One request posts 1 to {most_frames} frames, not {len(frames)}.",
            code="batch-size",
        )
    return frames


async def _capped(request: Request, limit: int) -> AsyncGenerator[bytes, None]:
    stated = request.headers.get("content-length", "")
    if stated.isdecimal() and int(stated) > limit:
        raise _too_large(limit)
    size = 0
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size > limit:
                raise _too_large(limit)
            yield chunk
    except ClientDisconnect:
        raise BadRequest("The body ended early.", code="body-incomplete") from None


def _too_large(limit: int) -> TooLarge:
    return TooLarge(
        f"The body is longer than {limit} bytes; send the picture with stronger compression or at "
        "a lower resolution, or fewer frames at once.",
        code="body-too-large",
    )


@asynccontextmanager
async def _deadline() -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(_UPLOAD_S):
            yield
    except TimeoutError:
        raise TooSlow(
            f"The body did not come within {_UPLOAD_S:.0f} seconds; post the frame again.",
            code="upload-too-slow",
        ) from None
