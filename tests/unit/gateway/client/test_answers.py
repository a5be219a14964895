"""Whatever bytes come as an answer, the client gives a result or one of its errors."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.client import CapturedFrame, ClipFile, FrameMetadata, GatewayReport, QueueReport
from gateway.client.answers import LONGEST_WAIT_S, error_of, retry_after_s
from gateway.client.exchanges import (
    post_clip,
    post_frame,
    post_frames,
    post_report,
    read_cameras,
    read_clip,
    read_time,
)
from gateway.client.wire import Answer, Exchange
from gateway.errors import (
    Busy,
    Failed,
    FieldError,
    NotTheService,
    Refused,
    ServiceError,
    Unauthorised,
)

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
FRAME = CapturedFrame(
    FrameMetadata("公交 17 前", NOW, 30.1, 120.2), b"\xff\xd8picture", "image/jpeg"
)
CLIP = ClipFile(Path("nowhere.mp4"), FRAME.metadata, "video/mp4", "ab" * 32, 1000)
REPORT = GatewayReport(
    at=NOW,
    version="1",
    clock_offset_ms=None,
    queue=QueueReport(
        waiting_alerts=0,
        waiting_backfill=0,
        bytes=0,
        oldest_captured_at=None,
        dropped=0,
        refused=0,
        damaged=0,
    ),
    cameras=(),
)
EXCHANGES: list[Callable[[], Exchange[Any]]] = [
    lambda: post_frame(FRAME, alert=False),
    lambda: post_frames([FRAME, FRAME], alert=True),
    lambda: post_clip(CLIP),
    lambda: read_clip("../x?y"),
    read_cameras,
    read_time,
    lambda: post_report(REPORT),
]

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10)
values = scalars | st.lists(scalars, max_size=2) | st.just([{"location": 1}, {"problem": {}}])
members = st.sampled_from(
    [
        *("type", "status", "detail", "errors", "frames", "items", "next_cursor", "now"),
        *("clip_id", "size_bytes", "duplicate", "frame_id", "sha256", "problem", "state", "id"),
    ]
)
documents = st.dictionaries(members, values | st.just("urn:xunjian:problem:x"))
bodies = (
    st.binary() | values.map(json.dumps).map(str.encode) | documents.map(json.dumps).map(str.encode)
)
header_values = st.text(max_size=40) | st.just("3") | st.just("Sun, 22 Nov 2026 12:00:09 GMT")
answers = st.builds(
    Answer,
    status=st.sampled_from([200, 201, 202, 204, 207, 302, 400, 401, 404, 408, 413, 429, 500, 503])
    | st.integers(100, 999),
    headers=st.dictionaries(st.sampled_from(["retry-after", "date", "location"]), header_values),
    body=bodies,
    received_at=st.just(NOW),
)


def play(exchange: Exchange[Any], said: list[Answer]) -> Any:
    """Answer an exchange's requests in turn; the last answer is given again and again."""
    try:
        next(exchange)
        for turn in range(100):
            exchange.send(said[min(turn, len(said) - 1)])
    except StopIteration as end:
        return end.value
    raise AssertionError("the exchange does not end")


@given(make=st.sampled_from(EXCHANGES), said=st.lists(answers, min_size=1, max_size=4))
def test_any_answers_end_in_a_result_or_one_of_our_errors(
    make: Callable[[], Exchange[Any]], said: list[Answer]
) -> None:
    raised = None
    try:
        play(make(), said)
    except ServiceError as error:
        raised = error
    assert raised is None or str(raised).isprintable()
    assert raised is None or len(str(raised)) < 700
    if isinstance(raised, Busy) and raised.retry_after_s is not None:
        assert 0 <= raised.retry_after_s <= LONGEST_WAIT_S


@given(answer=answers)
def test_only_the_service_itself_can_refuse_for_good(answer: Answer) -> None:
    error = error_of(answer)
    if isinstance(error, Refused | Unauthorised) and answer.status != 413:
        assert error.problem_type.startswith("urn:xunjian:problem:")


def answer(status: int, body: object = b"", **headers: str) -> Answer:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(status, {k.replace("_", "-"): v for k, v in headers.items()}, content, NOW)


def problem(status: int, code: str, **members: object) -> Answer:
    body = {"type": f"urn:xunjian:problem:{code}", "status": status, "detail": "mend it so"}
    return answer(status, body | members)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (problem(401, "token-invalid"), Unauthorised),
        (problem(403, "not-a-gateway"), Unauthorised),
        (problem(404, "camera-not-found"), Refused),
        (problem(409, "idempotency-key-reused"), Refused),
        (problem(422, "invalid-metadata"), Refused),
        (problem(408, "upload-too-slow"), Busy),
        (problem(429, "queue-full"), Busy),
        (problem(503, "stopping"), Busy),
        (problem(400, "body-incomplete"), Failed),
        (problem(500, "internal"), Failed),
        (answer(429, b"slow down"), Busy),
        (answer(503, b"<html>"), Busy),
        (answer(502, b"<html>bad gateway"), Failed),
        (answer(413, b"<html>nginx"), Refused),
        (answer(200, b"<html>Welcome to the bus stop's Wi-Fi"), NotTheService),
        (answer(200, {"frame_id": "x"}), NotTheService),
        (answer(302, location="https://portal.example/?token=secret"), NotTheService),
        (answer(404, b"<html>nginx"), NotTheService),
        (answer(401, b"<html>proxy"), NotTheService),
        (answer(407), NotTheService),
        (answer(404, {"type": "about:blank", "status": 404}), NotTheService),
    ],
)
def test_what_an_answer_means_for_a_frame(said: Answer, kind: type[ServiceError]) -> None:
    with pytest.raises(kind) as caught:
        play(post_frame(FRAME, alert=False), [said])
    assert type(caught.value) is kind
    assert caught.value.hint or "mend it so" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_refusal_names_the_values_that_are_wrong() -> None:
    wrong = [{"location": "latitude", "message": "must lie between -90 and 90"}]
    error = error_of(problem(422, "invalid-metadata", errors=wrong))
    assert isinstance(error, Refused)
    assert error.code == "invalid-metadata"
    assert error.errors == (FieldError("latitude", "must lie between -90 and 90"),)


RECEIPT = {
    "frame_id": "f1",
    "duplicate": False,
    "sha256": "6ee9dbb3dd0e4e7cb2bbb2e4d3e2fd0e",
    "width": 4,
    "height": 3,
}


def test_a_receipt_of_another_picture_is_none() -> None:
    with pytest.raises(NotTheService, match="another picture"):
        play(post_frame(FRAME, alert=False), [answer(200, RECEIPT)])


def test_members_that_a_later_service_adds_are_passed_over() -> None:
    said = answer(200, {"items": [], "next_cursor": None, "added_later": 1})
    assert play(read_cameras(), [said]) == []


@pytest.mark.parametrize(
    ("value", "date", "seconds"),
    [
        ("7", None, 7),
        (" 7 ", None, 7),
        ("0", None, 0),
        ("999999999999", None, LONGEST_WAIT_S),
        ("Sun, 22 Nov 2026 12:00:30 GMT", None, 30),
        ("Sunday, 22-Nov-26 12:00:30 GMT", None, 30),
        ("Sun Nov 22 12:00:30 2026", None, 30),
        ("Sun, 22 Nov 2026 11:00:00 GMT", None, 0),
        ("Sun, 22 Nov 2099 12:00:00 GMT", None, LONGEST_WAIT_S),
        # The gateway's clock is years off: only the service's own clock counts.
        ("Wed, 01 Jan 2031 00:00:20 GMT", "Wed, 01 Jan 2031 00:00:00 GMT", 20),
        ("Sun, 22 Nov 2026 12:00:30 GMT", "nonsense", 30),
        ("-3", None, None),
        ("1.5", None, None),
        ("٣", None, None),
        ("soon", None, None),
        ("", None, None),
    ],
)
def test_retry_after_is_seconds_or_a_date(
    value: str, date: str | None, seconds: float | None
) -> None:
    assert retry_after_s(value, date=date, received_at=NOW) == seconds


@given(seconds=st.integers(0, 3600), skew=st.integers(-(10**8), 10**8))
def test_an_http_date_is_read_by_the_services_clock(seconds: int, skew: int) -> None:
    service = NOW + timedelta(seconds=skew)
    value = format_datetime(service + timedelta(seconds=seconds), usegmt=True)
    date = format_datetime(service, usegmt=True)
    assert retry_after_s(value, date=date, received_at=NOW) == seconds


@given(value=st.text(), date=st.none() | st.text())
def test_any_retry_after_is_a_bearable_wait_or_none(value: str, date: str | None) -> None:
    seconds = retry_after_s(value, date=date, received_at=NOW)
    assert seconds is None or 0 <= seconds <= LONGEST_WAIT_S
