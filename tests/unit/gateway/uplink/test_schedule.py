"""When backfill may be sent."""

import http.server
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta, timezone

import pytest

from gateway.uplink import Hours, Schedule
from gateway.uplink.schedule import reachable

BEIJING = timezone(timedelta(hours=8))


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("22:00-06:00", ["22:00", "23:59", "00:00", "05:59"], ["06:00", "12:00", "21:59"]),
        ("9:30 - 17:00", ["09:30", "16:59"], ["09:29", "17:00", "00:00"]),
        ("00:00-24:00", ["00:00", "12:00", "23:59"], []),
        ("20:00-24:00", ["20:00", "23:59"], ["00:00", "19:59"]),
    ],
)
def test_hours_may_go_past_midnight(text: str, inside: list[str], outside: list[str]) -> None:
    hours = Hours.read(text)
    assert all(time.fromisoformat(moment) in hours for moment in inside)
    assert not any(time.fromisoformat(moment) in hours for moment in outside)


@pytest.mark.parametrize("text", ["", "22:00", "22-6", "25:00-06:00", "22:00-06:60", "24:00-06:00"])
def test_other_hours_are_told_how_to_be_written(text: str) -> None:
    with pytest.raises(ValueError, match="22:00-06:00"):
        Hours.read(text)


def test_hours_are_local() -> None:
    now = datetime(2026, 11, 22, 15, tzinfo=UTC)  # 23:00 in Beijing
    hours = [Hours.read("22:00-06:00")]
    assert Schedule(hours=hours, timezone=BEIJING, now=lambda: now).open()
    assert not Schedule(hours=hours, timezone=UTC, now=lambda: now).open()


def test_without_conditions_it_is_always_open() -> None:
    assert Schedule().open()


def test_both_conditions_must_hold_and_an_answer_holds_for_half_a_minute() -> None:
    now, moment, there, asked = 0.0, datetime(2026, 11, 22, 12, tzinfo=UTC), False, 0

    def reach(place: str) -> bool:
        nonlocal asked
        asked += 1
        assert place == "10.0.0.1:53"
        return there

    schedule = Schedule(
        hours=[Hours.read("11:00-13:00")],
        when_reachable="10.0.0.1:53",
        timezone=UTC,
        now=lambda: moment,
        monotonic=lambda: now,
        reach=reach,
    )
    assert not schedule.open()
    there = True
    assert not schedule.open()
    assert asked == 1
    now = 30.0
    assert schedule.open()
    moment = datetime(2026, 11, 22, 14, tzinfo=UTC)
    now = 60.0
    assert not schedule.open()
    assert asked == 2


@pytest.mark.parametrize("place", ["", "router", "router:", "router:99999", "a/b:1", "http://"])
def test_a_place_that_cannot_be_asked_is_told(place: str) -> None:
    with pytest.raises(ValueError, match="HOST:PORT"):
        Schedule(when_reachable=place)


@contextmanager
def pages(status: int) -> Iterator[str]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Location", "http://127.0.0.1:1/")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def test_a_place_answers_or_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")  # the place is asked directly
    with pages(204) as place:
        assert reachable(place)
        assert reachable(f"http://{place}/")
    with pages(302) as sign_in:
        assert not reachable(f"http://{sign_in}/")
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert not reachable(f"127.0.0.1:{port}")
    assert not reachable(f"http://127.0.0.1:{port}/")
