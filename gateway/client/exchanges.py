"""What the client can do, each as an exchange: what is sent and what the answers mean."""

import base64
import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import quote, urlencode

import httpx
from pydantic import AwareDatetime, BaseModel

from gateway.client.answers import expect, problem_error, read_result
from gateway.client.reports import GatewayReport
from gateway.client.results import Camera, ClipReceipt, ClipStatus, Receipt, Result
from gateway.client.wire import Answer, Exchange, Request
from gateway.errors import Failed, NotTheService, Refused, ServiceError
from gateway.frame import CapturedFrame, FrameMetadata

_HEADERS = {
    "camera": "Xunjian-Camera",
    "captured_at": "Xunjian-Captured-At",
    "latitude": "Xunjian-Latitude",
    "longitude": "Xunjian-Longitude",
    "gps_accuracy_m": "Xunjian-Gps-Accuracy",
    "heading_deg": "Xunjian-Heading",
    "speed_mps": "Xunjian-Speed",
    "clock_offset_ms": "Xunjian-Clock-Offset-Ms",
    "flags": "Xunjian-Flags",
}
# The field-content of RFC 9110, section 5.5: what a header can carry.
_EDGE = r"[^\x00-\x20\x7f\ud800-\udfff]"
_HEADER_VALUE = re.compile(rf"{_EDGE}(?:[^\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]*{_EDGE})?")
_UPLOAD_MOVED = frozenset({"clip-not-found", "mismatching-upload-offset", "upload-taken-over"})
_PAGE = 200
_MOST_PAGES = 50


class PostableClip(Protocol):
    """A clip whose bytes stay on the disk: a `ClipFile`, or one that waits in the queue."""

    @property
    def metadata(self) -> FrameMetadata:
        """Its camera and when its first frame was captured."""

    @property
    def content_type(self) -> str:
        """Its media type."""

    @property
    def sha256(self) -> str:
        """Of its bytes, hexadecimal."""

    @property
    def size(self) -> int:
        """Its bytes."""

    @property
    def idempotency_key(self) -> str:
        """The same whenever this very clip is posted again."""

    def read(self, offset: int = 0) -> Iterator[bytes]:
        """Read its bytes from an offset on."""


class _Time(Result):
    now: AwareDatetime


class _Cameras(Result):
    items: tuple[Camera, ...]
    next_cursor: str | None


class _Taken(Result):
    frames: tuple[dict[str, Any], ...]


def post_frame(frame: CapturedFrame, *, alert: bool) -> Exchange[Receipt]:
    """Post a frame."""
    headers = {
        "Content-Type": _value("content_type", frame.content_type),
        **_metadata_headers(frame.metadata),
        "Idempotency-Key": frame.idempotency_key.encode(),
        **_priority(alert),
    }
    answer = yield Request.of("POST", "/v1/frames", headers, frame.picture)
    return _same_picture(frame, read_result(answer, Receipt, HTTPStatus.OK))


def post_frames(
    frames: Sequence[CapturedFrame], *, alert: bool
) -> Exchange[list[Receipt | ServiceError]]:
    """Post several frames in one request; each has its own receipt or problem."""
    described = [
        frame.metadata.to_json() | {"idempotency_key": frame.idempotency_key} for frame in frames
    ]
    pictures = [
        ("picture", (f"{number}", frame.picture, frame.content_type))
        for number, frame in enumerate(frames)
    ]
    metadata = (None, json.dumps({"frames": described}).encode(), "application/json")
    form = httpx.Request("POST", "http://form", files=[("metadata", metadata), *pictures])
    headers = {"Content-Type": form.headers["Content-Type"].encode(), **_priority(alert)}
    answer = yield Request.of("POST", "/v1/frames", headers, form.read())
    taken = read_result(answer, _Taken, HTTPStatus.OK, HTTPStatus.MULTI_STATUS).frames
    if len(taken) != len(frames):
        raise NotTheService(
            f"{len(frames)} frames were posted and {len(taken)} answered",
            hint="post them again; the keys make that harmless",
        )
    return [_outcome(frame, one, answer) for frame, one in zip(frames, taken, strict=True)]


def post_clip(clip: PostableClip) -> Exchange[ClipReceipt]:
    """Post a clip, from where an earlier attempt broke off: its key finds its upload again."""
    digest = base64.b64encode(bytes.fromhex(clip.sha256))
    begun = yield Request.of(
        "POST",
        "/v1/clips",
        {
            "Content-Type": _value("content_type", clip.content_type),
            "Idempotency-Key": clip.idempotency_key.encode(),
            "Upload-Complete": b"?0",
            "Upload-Length": b"%d" % clip.size,
            "Repr-Digest": b"sha-256=:%s:" % digest,
            **_metadata_headers(clip.metadata),
        },
        b"",
    )
    receipt = read_result(begun, ClipReceipt, HTTPStatus.CREATED, HTTPStatus.ACCEPTED)
    if begun.status == HTTPStatus.ACCEPTED:
        return receipt
    offset = receipt.size_bytes
    if not 0 <= offset <= clip.size:
        raise NotTheService(f"the upload stands at {offset} of {clip.size} bytes")
    answer = yield Request(
        "PATCH",
        f"/v1/clips/{quote(receipt.clip_id, safe='')}",
        {
            "Content-Type": b"application/partial-upload",
            "Upload-Offset": b"%d" % offset,
            "Upload-Complete": b"?1",
        },
        clip.size - offset,
        partial(clip.read, offset),
    )
    try:
        done = read_result(answer, ClipReceipt, HTTPStatus.ACCEPTED)
    except Refused as refused:
        if refused.code not in _UPLOAD_MOVED:
            raise
        raise Failed(f"the upload broke off: {refused}", hint="it goes on by itself") from None
    return done.model_copy(update={"duplicate": False})


def read_clip(clip_id: str) -> Exchange[ClipStatus]:
    """Ask where a clip stands."""
    answer = yield Request("GET", f"/v1/clips/{quote(clip_id, safe='')}")
    return read_result(answer, ClipStatus, HTTPStatus.OK)


def read_cameras() -> Exchange[list[Camera]]:
    """Ask for the gateway's cameras, all pages."""
    cameras: list[Camera] = []
    cursor: str | None = None
    for _ in range(_MOST_PAGES):
        query = {"limit": _PAGE} | ({} if cursor is None else {"cursor": cursor})
        answer = yield Request("GET", f"/v1/cameras?{urlencode(query)}")
        page = read_result(answer, _Cameras, HTTPStatus.OK)
        cameras += page.items
        cursor = page.next_cursor
        if cursor is None:
            return cameras
    raise NotTheService(f"the list of cameras does not end after {_MOST_PAGES} pages")


def read_time() -> Exchange[AwareDatetime]:
    """Ask for the service's clock."""
    answer = yield Request("GET", "/v1/time")
    return read_result(answer, _Time, HTTPStatus.OK).now


def post_report(report: GatewayReport) -> Exchange[None]:
    """Tell how the gateway stands."""
    answer = yield _json("/v1/gateway-reports", report)
    expect(answer, HTTPStatus.NO_CONTENT)


def _json(path: str, body: BaseModel) -> Request:
    content = body.model_dump_json().encode()
    return Request.of("POST", path, {"Content-Type": b"application/json"}, content)


def _metadata_headers(metadata: FrameMetadata) -> Mapping[str, bytes]:
    return {
        _HEADERS[name]: _value(name, _text(value)) for name, value in metadata.to_json().items()
    }


def _priority(alert: bool) -> Mapping[str, bytes]:
    return {"Xunjian-Priority": b"alert"} if alert else {}


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name}={text}" for name, text in value.items())
    return str(value)


def _value(name: str, text: str) -> bytes:
    if not _HEADER_VALUE.fullmatch(text):
        raise Refused(
            f"{name} is empty, or has line breaks or spaces around it, which no HTTP header holds",
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "urn:xunjian:problem:invalid-metadata",
            hint="name the camera by its id" if name == "camera" else "mend it where it is written",
        )
    return text.encode()


def _same_picture(frame: CapturedFrame, receipt: Receipt) -> Receipt:
    if receipt.sha256 != hashlib.sha256(frame.picture).hexdigest():
        raise NotTheService(
            "the receipt is of another picture than the one that was posted",
            hint="the link damages what it carries: use https",
        )
    return receipt


def _outcome(frame: CapturedFrame, taken: dict[str, Any], answer: Answer) -> Receipt | ServiceError:
    problem = taken.get("problem")
    if isinstance(problem, dict) and (error := problem_error(problem, answer)) is not None:
        return error
    one = Answer(HTTPStatus.OK, answer.headers, json.dumps(taken).encode(), answer.received_at)
    try:
        return _same_picture(frame, read_result(one, Receipt, HTTPStatus.OK))
    except ServiceError as error:
        return error
