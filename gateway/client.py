"""Speaking to the service: the HTTP contract of `docs/gateways.md`, from the gateway's side."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import httpx

from gateway.errors import Busy, Refused, Unreachable
from gateway.frame import CapturedFrame
from gateway.queue import QueuedClip

# The frame is as good as before; the service could not take it now.
_LATER = (
    httpx.codes.REQUEST_TIMEOUT,
    httpx.codes.TOO_MANY_REQUESTS,
    httpx.codes.SERVICE_UNAVAILABLE,
)
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


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the service answered when it had taken a frame for good.

    Args:
        frame_id: the frame's id in the service.
        duplicate: whether it had this frame before.
        detections: the detections, as the contract gives them.
        findings: the findings they were gathered into.
    """

    frame_id: str
    duplicate: bool
    detections: list[dict[str, Any]]
    findings: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class ClipReceipt:
    """What the service answered when it had taken a clip for good.

    Args:
        clip_id: the clip's id in the service.
        duplicate: whether it had this clip before.
    """

    clip_id: str
    duplicate: bool


class Client:
    """A connection to one service with one gateway's token. Safe for several threads.

    Args:
        url: the service, for example `https://xunjian.example.org`.
        token: the gateway's token, `xj_…`.
        timeout_s: how long to wait for one answer.
    """

    def __init__(self, url: str, token: str, *, timeout_s: float = 30.0) -> None:
        self._http = httpx.Client(
            base_url=url,
            headers={"Authorization": f"Bearer {token}"},
            timeout=timeout_s,
            limits=httpx.Limits(max_connections=32),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._http.close()

    def post_frame(self, frame: CapturedFrame) -> Receipt:
        """Post a frame; when this returns, the service has it for good.

        Raises:
            Unreachable: no answer; the frame may or may not have been taken, post it again.
            Busy: the service asks to wait.
            Refused: the service will never take this frame.
        """
        headers = {
            "Content-Type": frame.content_type,
            "Idempotency-Key": frame.idempotency_key,
            **{_HEADERS[name]: _text(value) for name, value in frame.metadata.to_json().items()},
        }
        try:
            response = self._http.post("/v1/frames", content=frame.picture, headers=headers)
        except httpx.HTTPError as error:
            raise Unreachable(f"{self._http.base_url}: {error or type(error).__name__}") from error
        if response.status_code == httpx.codes.OK:
            body = response.json()
            return Receipt(
                body["frame_id"], body["duplicate"], body["detections"], body["findings"]
            )
        raise _error(response)

    def post_clip(self, clip: QueuedClip) -> ClipReceipt:
        """Post a clip, from where an earlier attempt broke off; see `post_frame`.

        Nothing is remembered between attempts: the clip's key finds its upload again.

        Raises:
            Unreachable: the connection broke off, or another attempt goes on; post it again.
            Busy: the service asks to wait.
            Refused: the service will never take this clip.
        """
        digest = base64.b64encode(bytes.fromhex(clip.sha256)).decode()
        begun = self._ask(
            "POST",
            "/v1/clips",
            {
                "Content-Type": clip.content_type,
                "Idempotency-Key": clip.idempotency_key,
                "Upload-Complete": "?0",
                "Upload-Length": str(clip.size),
                "Repr-Digest": f"sha-256=:{digest}:",
                **{_HEADERS[name]: _text(value) for name, value in clip.metadata.to_json().items()},
            },
            b"",
        )
        if begun.status_code != httpx.codes.ACCEPTED:
            offset = int(begun.headers["Upload-Offset"])
            headers = {
                "Content-Type": "application/partial-upload",
                "Content-Length": str(clip.size - offset),
                "Upload-Offset": str(offset),
                "Upload-Complete": "?1",
            }
            done = self._ask("PATCH", begun.headers["Location"], headers, clip.read(offset))
            return ClipReceipt(done.json()["clip_id"], duplicate=False)
        return ClipReceipt(begun.json()["clip_id"], begun.json()["duplicate"])

    def _ask(
        self, method: str, path: str, headers: dict[str, str], content: bytes | Iterator[bytes]
    ) -> httpx.Response:
        try:
            response = self._http.request(method, path, headers=headers, content=content)
        except httpx.HTTPError as error:
            raise Unreachable(f"{self._http.base_url}: {error or type(error).__name__}") from error
        gone = method == "PATCH" and response.status_code in (
            httpx.codes.NOT_FOUND,
            httpx.codes.CONFLICT,
        )
        if response.is_success:
            return response
        if gone:  # the upload has expired, or come further than it had told: ask again
            raise Unreachable(f"{response.status_code} {response.reason_phrase}")
        raise _error(response)


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name}={text}" for name, text in value.items())
    return str(value)


def _error(response: httpx.Response) -> Busy | Refused | Unreachable:
    try:
        problem = response.json()
    except ValueError:
        problem = {}
    detail = problem.get("detail", response.reason_phrase)
    if response.status_code in _LATER:
        retry_after = response.headers.get("Retry-After", "")
        return Busy(detail, float(retry_after) if retry_after.isdigit() else None)
    if response.is_client_error:
        return Refused(detail, response.status_code, problem.get("type", "about:blank"))
    return Unreachable(f"{response.status_code} {detail}")
