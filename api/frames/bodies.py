"""Bodies of requests that post frames: read with a cap, a pace and a deadline, never beyond."""

import json
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

from api.errors import BadRequest, TooLarge, Unprocessable
from api.frames.pacing import Pace, paced

_UPLOAD_S = 30.0
_LONGEST_METADATA = 256 * 1024

Reserve = Callable[[int], None]
"""Told how many bytes of a body have to be held; raises where there is no room for them."""


@dataclass(frozen=True, slots=True)
class PostedPart:
    """One frame of a multipart body: its metadata as JSON gave it, and its picture."""

    metadata: dict[str, Any]
    data: bytes
    declared_type: str | None


def _unbounded(size: int) -> None:
    """Hold whatever comes."""


async def read_body(request: Request, limit: int, reserve: Reserve = _unbounded) -> bytes:
    """Read the body of a request.

    Args:
        request: the request, its body not yet read.
        limit: longest accepted body in bytes.
        reserve: told how much has to be held before it is read.

    Raises:
        TooLarge: the body is longer, by its Content-Length or by what came.
        TooSlow: the body did not come within 30 seconds, or at less than 1 KiB a second.
        TooBusy: there is no room for it now.
    """
    async with paced(_UPLOAD_S) as pace:
        return b"".join([chunk async for chunk in _capped(request, limit, reserve, pace)])


async def read_batch(
    request: Request, limit: int, most_frames: int, reserve: Reserve
) -> list[PostedPart]:
    """Read a multipart body: a part `metadata`, then one file part `picture` per frame.

    Args:
        request: the request, its body not yet read.
        limit: longest accepted body in bytes, all frames together.
        most_frames: most accepted frames.
        reserve: told how much has to be held before it is read.

    Raises:
        TooLarge: the body is longer.
        TooSlow: the body did not come within 30 seconds, or at less than 1 KiB a second.
        TooBusy: there is no room for it now.
        BadRequest: the body is not well-formed multipart, or its metadata no JSON.
        Unprocessable: its metadata and pictures are not one per frame, or too many.
    """
    try:
        async with paced(_UPLOAD_S) as pace:
            form = await MultiPartParser(
                request.headers,
                _capped(request, limit, reserve, pace),
                max_files=most_frames + 1,
                max_fields=1,
                max_part_size=_LONGEST_METADATA,
            ).parse()
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
            PostedPart(metadata, await _emptied(picture), picture.content_type)
            for metadata, picture in zip(frames, pictures, strict=True)
        ]
    finally:
        await form.close()


async def _emptied(picture: UploadFile) -> bytes:
    """Read a part and let go of the parser's copy, so that no picture is held twice."""
    data = await picture.read()
    await picture.close()
    return data


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


async def _capped(
    request: Request, limit: int, reserve: Reserve, pace: Pace
) -> AsyncGenerator[bytes, None]:
    stated = request.headers.get("content-length", "")
    if stated.isdecimal():
        if int(stated) > limit:
            raise _too_large(limit)
        reserve(int(stated))
    size = 0
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size > limit:
                raise _too_large(limit)
            reserve(size)
            pace.came(len(chunk))
            yield chunk
    except ClientDisconnect:
        raise BadRequest("The body ended early.", code="body-incomplete") from None


def _too_large(limit: int) -> TooLarge:
    return TooLarge(
        f"The body is longer than {limit} bytes; send the picture with stronger compression or at "
        "a lower resolution, or fewer frames at once.",
        code="body-too-large",
    )
