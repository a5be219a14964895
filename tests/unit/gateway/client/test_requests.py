"""What is sent is what docs/gateways.md says."""

import json
from datetime import UTC, datetime
from email.message import Message
from email.parser import BytesParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.client import CapturedFrame, ClipFile, FrameMetadata
from gateway.client.exchanges import post_clip, post_frame, post_frames, read_cameras, read_clip
from gateway.client.wire import Answer, Request
from gateway.errors import Refused

NOW = datetime(2026, 11, 22, 12, 0, 0, 250_000, tzinfo=UTC)


def body(request: Request) -> bytes:
    content = b"".join(request.read())
    assert len(content) == request.size
    return content


def test_a_frame_is_its_picture_with_headers() -> None:
    metadata = FrameMetadata(
        "公交 17", NOW, 30.27, 120.15, 4.5, 271.5, 8.3, -40.0, {"emission": "exceeded", "lane": "2"}
    )
    frame = CapturedFrame(metadata, b"picture" * 50_000, "image/jpeg")
    request = next(post_frame(frame, alert=False))
    assert (request.method, request.path) == ("POST", "/v1/frames")
    assert body(request) == frame.picture
    assert request.headers == {
        "Content-Type": b"image/jpeg",
        "Idempotency-Key": frame.idempotency_key.encode(),
        "Xunjian-Camera": "公交 17".encode(),
        "Xunjian-Captured-At": b"2026-11-22T12:00:00.250000+00:00",
        "Xunjian-Latitude": b"30.27",
        "Xunjian-Longitude": b"120.15",
        "Xunjian-Gps-Accuracy": b"4.5",
        "Xunjian-Heading": b"271.5",
        "Xunjian-Speed": b"8.3",
        "Xunjian-Clock-Offset-Ms": b"-40.0",
        "Xunjian-Flags": b"emission=exceeded, lane=2",
    }


@given(camera=st.text(alphabet=st.characters(codec=None), min_size=1, max_size=20))
def test_a_name_that_no_header_can_hold_is_refused_before_it_is_sent(camera: str) -> None:
    frame = CapturedFrame(FrameMetadata(camera, NOW), b"picture", "image/jpeg")
    sent = refused = None
    try:
        sent = next(post_frame(frame, alert=False)).headers["Xunjian-Camera"]
    except Refused as error:
        refused = error
    if sent is None:
        assert refused is not None
        assert refused.code == "invalid-metadata"
        assert refused.hint
    else:
        assert sent.decode() == camera
        assert sent == sent.strip()
        assert not set(sent) & {0, 10, 13}


def test_an_alert_is_told_and_else_the_service_decides_by_its_age() -> None:
    frame = CapturedFrame(FrameMetadata("bus-1", NOW), b"picture", "image/jpeg")
    for request in (next(post_frame(frame, alert=True)), next(post_frames([frame], alert=True))):
        assert request.headers["Xunjian-Priority"] == b"alert"
    for request in (next(post_frame(frame, alert=False)), next(post_frames([frame], alert=False))):
        assert "Xunjian-Priority" not in request.headers


def test_several_frames_are_one_form() -> None:
    frames = [
        CapturedFrame(FrameMetadata("bus-1", NOW), b"--one\r\n", "image/jpeg"),
        CapturedFrame(FrameMetadata("bus-2", NOW, flags={"lane": "2"}), b"two", "image/png"),
    ]
    request = next(post_frames(frames, alert=True))
    head = b"Content-Type: " + request.headers["Content-Type"] + b"\r\n\r\n"
    form = BytesParser().parsebytes(head + body(request))
    parts = [part for part in form.get_payload() if isinstance(part, Message)]
    assert [part.get_param("name", header="content-disposition") for part in parts] == [
        "metadata",
        "picture",
        "picture",
    ]
    assert [part.get_content_type() for part in parts] == [
        "application/json",
        "image/jpeg",
        "image/png",
    ]
    listed = json.loads(parts[0].get_payload(decode=True))["frames"]  # type: ignore[arg-type]
    assert [one["camera"] for one in listed] == ["bus-1", "bus-2"]
    assert [one["idempotency_key"] for one in listed] == [f.idempotency_key for f in frames]
    assert listed[1]["flags"] == {"lane": "2"}


def test_a_clip_goes_on_where_the_service_stands(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(bytes(range(200)))
    clip = ClipFile.of(path, FrameMetadata("yard-3", NOW))
    exchange = post_clip(clip)
    begun = next(exchange)
    assert body(begun) == b""
    assert begun.headers["Upload-Complete"] == b"?0"
    assert begun.headers["Upload-Length"] == b"200"
    stands = {"clip_id": "a/../b", "duplicate": True, "size_bytes": 150}
    # Wherever a Location points: the token goes nowhere but to the service.
    answer = Answer(201, {"location": "https://evil.example/"}, json.dumps(stands).encode(), NOW)
    rest = exchange.send(answer)
    assert (rest.method, rest.path) == ("PATCH", "/v1/clips/a%2F..%2Fb")
    assert rest.headers["Upload-Offset"] == b"150"
    assert rest.headers["Upload-Complete"] == b"?1"
    assert body(rest) == bytes(range(150, 200))


def test_ids_and_cursors_stay_in_their_place_in_the_address() -> None:
    assert (
        next(read_clip("x/../../session?a=b#c")).path
        == "/v1/clips/x%2F..%2F..%2Fsession%3Fa%3Db%23c"
    )
    cameras = read_cameras()
    next(cameras)
    page = json.dumps({"items": [], "next_cursor": "a&b=c"}).encode()
    assert cameras.send(Answer(200, {}, page, NOW)).path == "/v1/cameras?limit=200&cursor=a%26b%3Dc"


def test_a_file_that_is_no_clip_is_told(tmp_path: Path) -> None:
    with pytest.raises(Exception, match=r"notes\.txt is not a \.mp4"):
        ClipFile.of(tmp_path / "notes.txt", FrameMetadata("yard-3", NOW))
