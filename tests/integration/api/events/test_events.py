"""Following what is changed, over HTTP, as a browser does."""

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import httpx
import pytest

from api.app import create_app
from api.cameras.models import Camera
from api.database import Database, now
from api.events import feed, routes
from api.events.changes import Change, Topic
from api.events.feed import MAX_CHANGES, Follower
from api.findings import upkeep
from api.findings.models import Finding
from api.findings.opening import add_finding
from api.findings.states import FindingEvent, FindingState
from api.settings import Settings
from tests.conftest import GatewayToken, MakeCamera, SignIn, serving, sqlite_only


@dataclass
class Event:
    """One event as it came."""

    name: str
    ids: list[str] | None
    id: str


class Stream:
    """An open stream of events."""

    def __init__(self, answer: httpx.Response) -> None:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        self._events = self._parse(answer.iter_lines())
        self.seen_until = next(self._events).id  # whoever follows now misses nothing

    def __iter__(self) -> Iterator[Event]:
        for event in self._events:
            assert event.name != "alive", "nothing came for long"
            yield event

    @staticmethod
    def _parse(lines: Iterator[str]) -> Iterator[Event]:
        fields: dict[str, str] = {}
        for line in lines:
            name, _, value = line.partition(": ")
            if name:
                fields[name] = value
            else:
                ids = json.loads(fields["data"])["ids"]
                yield Event(fields["event"], ids, fields["id"])
                fields = {}

    def until(self, name: str, changed: str) -> list[Event]:
        """Return what comes until an event names what was changed."""
        got: list[Event] = []
        for event in self:
            got.append(event)
            if event.name == name and changed in (event.ids or []):
                return got
        raise AssertionError(f"the stream ended after {got}")


@contextmanager
def follow(
    client: httpx.Client, headers: dict[str, str] | None = None, base_url: str = ""
) -> Iterator[Stream]:
    with client.stream("GET", f"{base_url}/v1/events", headers=headers, timeout=20) as answer:
        yield Stream(answer)


Find = Callable[[Camera], str]


@pytest.fixture
def find(database: Database) -> Find:
    """Give a function that finds something, as any process on this database may."""

    def find(camera: Camera) -> str:
        with database.write() as session:
            finding = Finding(
                inspection="road_damage",
                kind="place",
                class_name="pothole",
                class_group="pothole",
                state=FindingState.PENDING_REVIEW,
                camera_id=camera.id,
                first_seen_at=now(),
                last_seen_at=now(),
            )
            add_finding(session, finding, actor="system")
            return finding.id

    return find


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "INTERVAL_S", 0.05)
    monkeypatch.setattr(routes, "CHECK_S", 0.2)


def test_what_is_changed_is_told_and_what_may_not_be_seen_is_not(
    sign_in: SignIn, make_camera: MakeCamera, find: Find
) -> None:
    own, foreign = make_camera(), make_camera()
    limited = sign_in("operator", camera_ids=[own.id])
    with follow(sign_in("supervisor")) as all_of_it, follow(limited) as part_of_it:
        unseen, seen = find(foreign), find(own)
        all_of_it.until("findings", seen)
        assert next(iter(all_of_it)).name == "summary"
        told = part_of_it.until("findings", seen)
    assert not [event for event in told if unseen in (event.ids or [])]
    assert not [event for event in told if foreign.id in (event.ids or [])]


def test_cases_and_cameras_are_told_too(
    sign_in: SignIn, make_camera: MakeCamera, find: Find
) -> None:
    camera = make_camera()
    finding_id = find(camera)
    operator, admin = sign_in("operator"), sign_in("admin")
    with follow(sign_in("ml_engineer")) as stream:
        said = operator.post(f"/v1/findings/{finding_id}/review", json={"verdict": "confirm"})
        stream.until("cases", said.json()["case"]["id"])
        admin.patch(f"/v1/cameras/{camera.id}", json={"name": "8路"}).raise_for_status()
        stream.until("cameras", camera.id)


def test_every_process_tells_what_any_of_them_changed(
    settings: Settings, sign_in: SignIn, make_camera: MakeCamera, find: Find
) -> None:
    finding_id, operator = find(make_camera()), sign_in("operator")
    with serving(create_app(settings)) as other, follow(operator, base_url=other) as stream:
        answer = operator.post(f"/v1/findings/{finding_id}/review", json={"verdict": "defer"})
        answer.raise_for_status()
        stream.until("findings", finding_id)


@sqlite_only
def test_a_server_that_stops_ends_its_streams_and_the_next_one_goes_on_from_there(
    settings: Settings, sign_in: SignIn, make_camera: MakeCamera, find: Find
) -> None:
    operator, camera = sign_in("operator"), make_camera()
    stopping = serving(create_app(settings))
    with follow(operator, base_url=stopping.__enter__()) as stream:
        first = find(camera)
        last = stream.until("findings", first)[-1]
        stopping.__exit__()
        list(stream)  # it ends, and nothing had to be cut off
    missed = find(camera)
    with serving(create_app(settings)) as url:  # noqa: SIM117 - the stream is of this server
        with follow(operator, {"Last-Event-ID": last.id}, url) as stream:
            stream.until("findings", missed)


@pytest.mark.parametrize(
    "seen",
    ["what?", "0001-01-01T00:00:00+00:00", (datetime.now(UTC) - timedelta(days=1)).isoformat()],
    ids=["no time", "before all time", "yesterday"],
)
@sqlite_only
def test_who_missed_too_much_is_told_that_anything_may_have_changed(
    sign_in: SignIn, seen: str
) -> None:
    with follow(sign_in("operator"), {"Last-Event-ID": seen}) as stream:
        got = list(islice(stream, 4))
    assert {event.name for event in got} == {"findings", "cases", "cameras", "summary"}
    assert all(event.ids is None for event in got)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # SQLite writes in turn
def test_what_commits_late_is_told_when_it_has(
    database: Database, sign_in: SignIn, make_camera: MakeCamera, find: Find
) -> None:
    camera = make_camera()
    late = find(camera)
    with follow(sign_in("operator")) as stream:
        with database.write() as session:
            finding = session.get_one(Finding, late)
            upkeep.change_state(session, finding, FindingEvent.DEFER, actor="system")
            session.flush()
            stream.until("findings", find(camera))  # written later, and told already
        stream.until("findings", late)


@sqlite_only
def test_signing_out_ends_the_stream(sign_in: SignIn) -> None:
    operator = sign_in("operator")
    with follow(operator) as stream:
        operator.delete("/v1/session").raise_for_status()
        list(stream)
    assert operator.get("/v1/events").status_code == 401


@sqlite_only
def test_a_user_who_is_limited_meanwhile_is_told_less(
    sign_in: SignIn, make_camera: MakeCamera, find: Find
) -> None:
    own, foreign = make_camera(), make_camera()
    admin, operator = sign_in("admin"), sign_in("operator")
    user_id = operator.get("/v1/session").json()["user"]["id"]
    with follow(operator) as stream:
        stream.until("findings", find(foreign))
        limits = {"camera_ids": [own.id]}
        admin.patch(f"/v1/users/{user_id}", json=limits).raise_for_status()
        unseen = find(foreign)
        told = stream.until("findings", find(own))
    assert not [event for event in told if unseen in (event.ids or [])]


@sqlite_only
def test_a_gateway_follows_nothing(
    client: httpx.Client, make_gateway_token: Callable[[], GatewayToken]
) -> None:
    assert client.get("/v1/events", headers=make_gateway_token().headers).status_code == 403


@sqlite_only
def test_who_does_not_read_holds_up_nobody(
    base_url: str, sign_in: SignIn, make_camera: MakeCamera, find: Find
) -> None:
    operator, camera = sign_in("operator"), make_camera()
    cookie = operator.cookies["xunjian_session"]
    url = httpx.URL(base_url)
    with socket.socket() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        deaf.connect((url.host, url.port))
        request = f"GET /v1/events HTTP/1.1\r\nHost: x\r\nCookie: xunjian_session={cookie}\r\n\r\n"
        deaf.sendall(request.encode())
        with follow(operator) as stream:
            for _ in range(40):
                stream.until("findings", find(camera))


def test_what_is_not_yet_told_is_gathered_and_has_a_bound() -> None:
    follower, at = Follower(), now()
    one = Change(Topic.FINDINGS, "1", "camera")
    for _ in range(3):
        follower.tell({one}, at)
    assert follower.take() == ({one}, at)
    assert follower.take() == (set(), at)
    follower.tell({Change(Topic.CASES, str(n), "camera") for n in range(MAX_CHANGES + 1)}, at)
    follower.tell({one}, at)
    assert follower.take() == (None, at)


@sqlite_only
def test_a_stream_that_cannot_tell_ends(
    sign_in: SignIn, monkeypatch: pytest.MonkeyPatch, make_camera: MakeCamera, find: Find
) -> None:
    def unreadable(*_: Any, **__: Any) -> None:
        raise OSError("the database is away")

    operator, camera = sign_in("operator"), make_camera()
    with follow(operator) as stream:
        stream.until("findings", find(camera))
        with monkeypatch.context() as patch:
            patch.setattr(feed, "entries_since", unreadable)
            list(stream)
    with follow(operator) as stream:
        stream.until("findings", find(camera))
