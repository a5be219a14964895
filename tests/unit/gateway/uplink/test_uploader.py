"""The uploader against a real HTTP server that is slow, busy, down, or refuses."""

import hashlib
import http.server
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.client import Client, Receipt
from gateway.errors import Failed, Unauthorised, Unreachable
from gateway.frame import CapturedFrame, FrameMetadata
from gateway.queue import DiskQueue, Priority
from gateway.uplink import Pace, Posted, Quota, Schedule, Uploader

Answer = tuple[int, dict[str, str], dict[str, Any]]
Raw = bytes


def taken(key: str) -> Answer:
    sha256 = hashlib.sha256(b"picture").hexdigest()
    receipt = {"frame_id": key, "duplicate": False, "sha256": sha256, "width": 4, "height": 3}
    return 200, {}, receipt


def problem(status: int, **headers: str) -> Answer:
    return status, headers, {"type": "urn:xunjian:problem:x", "detail": f"told {status}"}


@contextmanager
def service(
    answer: Callable[[str, int], Answer | Raw | None],
) -> Iterator[tuple[str, Counter[str]]]:
    """Serve; `answer(key, try)` says what the n-th post of a key gets.

    Bytes are sent as they are, and then, as after None, it hangs up.
    """
    seen: Counter[str] = Counter()
    lock = threading.Lock()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            key = self.headers["Idempotency-Key"]
            with lock:
                seen[key] += 1
                tries = seen[key]
            reply = answer(key, tries)
            if reply is None or isinstance(reply, bytes):
                self.wfile.write(reply or b"")
                self.close_connection = True
                return
            status, headers, body = reply
            content = json.dumps(body).encode()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None: ...

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", seen
        finally:
            server.shutdown()
            thread.join()


def fill(queue: DiskQueue, count: int) -> list[str]:
    frames = [
        CapturedFrame(
            FrameMetadata("bus-1", datetime(2026, 11, 21, tzinfo=UTC) + timedelta(seconds=n)),
            b"picture",
            "image/jpeg",
        )
        for n in range(count)
    ]
    for frame in frames:
        queue.put(frame)
    return [frame.idempotency_key for frame in frames]


def upload(queue: DiskQueue, url: str) -> list[Posted[CapturedFrame, Receipt]]:
    posted: list[Posted[CapturedFrame, Receipt]] = []
    with Client(url, "xj_test") as client:
        Uploader(
            queue,
            lambda frame, _: client.post_frame(frame),
            pace=Pace(4, longest_wait_s=0.1),
            on_posted=posted.append,
        ).drain()
    return posted


def test_every_frame_is_posted_until_it_is_taken(tmp_path: Path) -> None:
    queue = DiskQueue(tmp_path)
    keys = fill(queue, 12)
    failures: list[Answer | None] = [
        problem(429),
        None,
        problem(503, Retry_After="0"),
        problem(500),
    ]
    with service(lambda key, n: failures[n - 1] if n <= len(failures) else taken(key)) as (
        url,
        seen,
    ):
        posted = upload(queue, url)
    assert sorted(p.receipt.frame_id for p in posted if p.receipt) == sorted(keys)
    assert set(seen.values()) == {len(failures) + 1}
    assert len(queue) == 0


def test_a_refused_frame_is_set_aside_with_its_reason_and_the_others_go_on(tmp_path: Path) -> None:
    queue = DiskQueue(tmp_path)
    keys = fill(queue, 5)
    bad = keys[2]
    with service(lambda key, _: problem(415) if key == bad else taken(key)) as (url, seen):
        posted = upload(queue, url)
    assert seen[bad] == 1
    assert [p.item.idempotency_key for p in posted if p.refusal] == [bad]
    (reason,) = (tmp_path / "refused").glob("*.txt")
    assert "415" in reason.read_text(encoding="utf-8")
    assert "told 415" in reason.read_text(encoding="utf-8")
    assert len(queue) == 0


def test_a_refused_token_stops_the_upload_and_keeps_every_frame(tmp_path: Path) -> None:
    queue = DiskQueue(tmp_path)
    fill(queue, 5)
    with (
        service(lambda _key, _n: problem(401)) as (url, _),
        pytest.raises(Unauthorised, match="401"),
    ):
        upload(queue, url)
    assert len(queue) == 5
    assert queue.take() is not None


def test_stop_keeps_what_waits(tmp_path: Path) -> None:
    queue = DiskQueue(tmp_path)
    fill(queue, 6)
    posted: list[Posted[CapturedFrame, Receipt]] = []
    with service(lambda key, _: taken(key)) as (url, _), Client(url, "xj_test") as client:

        def stop_after_two(one: Posted[CapturedFrame, Receipt]) -> None:
            posted.append(one)
            if len(posted) == 2:
                uploader.stop()

        uploader = Uploader(
            queue, lambda frame, _: client.post_frame(frame), pace=Pace(1), on_posted=stop_after_two
        )
        uploader.drain()
    assert len(posted) == 2
    assert len(queue) == 4


def test_a_hostile_service_gets_every_frame_exactly_once(tmp_path: Path) -> None:
    queue = DiskQueue(tmp_path)
    keys = fill(queue, 40)
    chance = random.Random(8)
    kept: Counter[str] = Counter()
    lock = threading.Lock()

    def take(key: str) -> dict[str, Any]:
        """Keep a frame as the service does: once, however often it comes."""
        with lock:
            receipt = taken(key)[2] | {"duplicate": bool(kept[key])}
            kept[key] = 1
        return receipt

    def answer(key: str, _: int) -> Answer | Raw | None:
        whim = chance.randrange(14)
        if whim == 0:
            return None
        if whim == 1:
            return b"\x00\xffgarbage\r\n\r\n"
        if whim == 2:
            return b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>sign in"
        if whim == 3:
            return problem(429, Retry_After="0")
        if whim == 4:
            return problem(503)
        if whim == 5:
            return problem(500)
        if whim == 6:
            return 429, {"Retry-After": "Thu, 01 Jan 1970 00:00:00 GMT"}, {}
        receipt = json.dumps(take(key)).encode()
        if whim == 7:  # it is taken, and nobody is told
            return None
        if whim == 8:
            return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(receipt) + receipt[:20]
        if whim == 9:
            time.sleep(0.35)  # longer than the client waits
        return 200, {}, json.loads(receipt)

    posted: list[Posted[CapturedFrame, Receipt]] = []
    with service(answer) as (url, _), Client(url, "xj_test", timeout_s=0.3) as client:
        pace = Pace(8, longest_wait_s=0.02)
        Uploader(
            queue, lambda frame, _: client.post_frame(frame), pace=pace, on_posted=posted.append
        ).drain()
    assert sorted(one.item.idempotency_key for one in posted) == sorted(keys)
    assert all(one.receipt is not None and one.receipt.frame_id for one in posted)
    assert kept == Counter(keys)
    assert len(queue) == 0
    assert not list((tmp_path / "waiting").glob("*.frame"))
    assert not list((tmp_path / "refused").iterdir())


@contextmanager
def running(uploader: Uploader[CapturedFrame, Any]) -> Iterator[None]:
    thread = threading.Thread(target=uploader.run)
    thread.start()
    try:
        yield
    finally:
        uploader.stop()
        thread.join()


def eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline, "what was awaited did not come"
        time.sleep(0.01)


def numbered(count: int) -> list[CapturedFrame]:
    start = datetime(2026, 11, 21, tzinfo=UTC)
    return [
        CapturedFrame(FrameMetadata("bus-1", start + timedelta(seconds=n)), b"%d" % n, "image/jpeg")
        for n in range(count)
    ]


def into(order: list[CapturedFrame]) -> Callable[[CapturedFrame, Priority], None]:
    return lambda frame, _: order.append(frame)


def test_alerts_go_first_the_newest_of_them_before_all(tmp_path: Path) -> None:
    queue = DiskQueue(tmp_path)
    frames = numbered(6)
    for number, frame in enumerate(frames):
        queue.put(frame, Priority.ALERT if number % 2 else Priority.BACKFILL)
    order: list[tuple[int, Priority]] = []

    def post(frame: CapturedFrame, priority: Priority) -> None:
        order.append((frames.index(frame), priority))

    Uploader(queue, post, pace=Pace(1), on_posted=lambda _: None).drain()
    alert, backfill = Priority
    assert order == [(n, alert) for n in (5, 3, 1)] + [(n, backfill) for n in (0, 2, 4)]


def test_one_that_the_service_cannot_digest_does_not_keep_the_others_waiting(
    tmp_path: Path,
) -> None:
    queue = DiskQueue(tmp_path)
    frames = numbered(20)
    for frame in frames:
        queue.put(frame)
    poison, taken_ones = frames[0], []

    def post(frame: CapturedFrame, _: Priority) -> None:
        if frame == poison:
            raise Failed("500 Internal error")
        taken_ones.append(frame)

    uploader = Uploader(queue, post, pace=Pace(1, longest_wait_s=0.1), on_posted=lambda _: None)
    with running(uploader):
        eventually(lambda: len(taken_ones) == 19)
    assert len(queue) == 1
    assert queue.take() is not None, "it waits again"


def test_a_token_that_is_not_good_loses_nothing_and_goes_on_once_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.uplink.uploader._TOKEN_AGAIN_S", 0.05)
    queue = DiskQueue(tmp_path)
    for frame in numbered(5):
        queue.put(frame)
    good = threading.Event()

    def post(frame: CapturedFrame, _: Priority) -> None:
        if not good.is_set():
            raise Unauthorised("This token was revoked.", 401, "urn:xunjian:problem:token-invalid")

    uploader = Uploader(queue, post, pace=Pace(2), on_posted=lambda _: None)
    with running(uploader):
        eventually(lambda: uploader.state().waits_for == "token")
        assert len(queue) == 5
        assert uploader.state().detail == "This token was revoked."
        good.set()
        eventually(lambda: len(queue) == 0)
    state = uploader.state()
    assert (state.sent, state.waits_for, state.in_flight) == (5, None, 0)
    assert state.last_sent_at is not None


def test_backfill_waits_for_its_time_and_alerts_do_not(tmp_path: Path) -> None:
    queue = DiskQueue(tmp_path)
    alert, backfill = numbered(2)
    queue.put(alert, Priority.ALERT)
    queue.put(backfill)
    order: list[CapturedFrame] = []

    def uploader(*, at_the_depot: bool) -> Uploader[CapturedFrame, None]:
        schedule = Schedule(when_reachable="depot:443", reach=lambda _: at_the_depot)
        return Uploader(
            queue, into(order), pace=Pace(2), on_posted=lambda _: None, schedule=schedule
        )

    with running(under_way := uploader(at_the_depot=False)):
        eventually(lambda: under_way.state().waits_for == "schedule")
        assert order == [alert]
    uploader(at_the_depot=True).drain()
    assert order == [alert, backfill]


def test_what_keeps_alerts_back_is_told_before_the_schedule(tmp_path: Path) -> None:
    queue = DiskQueue(tmp_path)
    alert, backfill = numbered(2)
    queue.put(alert, Priority.ALERT)
    queue.put(backfill)
    open_now = threading.Event()
    answers = threading.Event()

    def post(frame: CapturedFrame, _: Priority) -> None:
        if not answers.is_set():
            raise Unreachable("nobody answers")

    now = 0.0
    schedule = Schedule(
        when_reachable="depot:443", reach=lambda _: open_now.is_set(), monotonic=lambda: now
    )
    pace = Pace(1, longest_wait_s=0.02)
    uploader = Uploader(queue, post, pace=pace, on_posted=lambda _: None, schedule=schedule)
    with running(uploader):
        eventually(lambda: uploader.state().waits_for == "network")
        for _ in range(20):
            time.sleep(0.005)
            assert uploader.state().waits_for == "network"
        answers.set()
        eventually(lambda: uploader.state().waits_for == "schedule")
        open_now.set()
        now = 60.0
        eventually(lambda: len(queue) == 0 and uploader.state().waits_for is None)


@pytest.mark.parametrize("beyond", [False, True])
def test_a_quota_that_is_used_up_keeps_all_but_alerts_that_may_go_beyond(
    tmp_path: Path, beyond: bool
) -> None:
    queue = DiskQueue(tmp_path / "queue")
    frames = numbered(8)
    for frame in frames[:7]:
        queue.put(frame)
    size = max(path.stat().st_size for path in (tmp_path / "queue/waiting").glob("*.frame"))
    quota = Quota(tmp_path / "quota", per_day=4 * size)
    order: list[CapturedFrame] = []

    def post(frame: CapturedFrame, _: Priority) -> None:
        quota.spend(size)
        order.append(frame)

    uploader = Uploader(
        queue,
        post,
        pace=Pace(1),
        on_posted=lambda _: None,
        quota=quota,
        alerts_beyond_quota=beyond,
    )
    with running(uploader):
        eventually(lambda: uploader.state().waits_for == "quota")
        assert order == frames[:4]
        queue.put(frames[7], Priority.ALERT)
        uploader.wake()
        if beyond:
            eventually(lambda: order[4:] == [frames[7]])
    assert len(order) == 4 + beyond
    assert quota.spent_today == len(order) * size


def test_a_disk_that_fails_is_told_and_the_upload_can_be_run_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = DiskQueue(tmp_path)
    for frame in numbered(3):
        queue.put(frame)

    def fail(_: Path) -> None:
        raise OSError(24, "Too many open files")

    order: list[CapturedFrame] = []
    uploader = Uploader(queue, into(order), pace=Pace(2), on_posted=lambda _: None)
    with monkeypatch.context() as patch:
        patch.setattr(queue, "_read", fail)
        with pytest.raises(OSError, match="Too many"):
            uploader.run()
    uploader.drain()
    assert len(order) == 3


def test_a_thing_whose_file_fails_while_it_is_sent_is_looked_at_again(tmp_path: Path) -> None:
    queue = DiskQueue(tmp_path)
    for frame in numbered(3):
        queue.put(frame)
    tries: Counter[bytes] = Counter()

    def post(frame: CapturedFrame, _: Priority) -> None:
        tries[frame.picture] += 1
        if tries[b"1"] == 1 and frame.picture == b"1":
            raise OSError(5, "Input/output error")

    pace = Pace(1, longest_wait_s=0.1)
    Uploader(queue, post, pace=pace, on_posted=lambda _: None).drain()
    assert tries == {b"0": 1, b"1": 2, b"2": 1}
