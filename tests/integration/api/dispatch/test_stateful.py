"""Frames in any order, reviews, merges, callbacks late, doubled and out of order, and crashes.

A whole service over HTTP, with real senders and a real department, is driven at random; after every
step a witness that reads the database from outside holds it to the nine invariants of the design
page. Of (7) the versions of datasets are left out: they are files, and nothing here makes one.
"""

import hashlib
import itertools
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import event, select

from api.app import create_app
from api.cases.models import Case, CaseEntry
from api.cases.service import manual_events
from api.cases.states import CaseEvent, CaseState
from api.counts.periods import Period, PeriodKind
from api.database import new_id, now
from api.dependencies import Services
from api.dispatch import outbox
from api.dispatch.background import linked
from api.dispatch.connectors.base import Sent
from api.dispatch.connectors.wire import DeliveryFailed, Wire, open_client
from api.dispatch.models import Destination, DestinationKind, OutboxMessage, OutboxState
from api.dispatch.sender import Sender, SenderOptions
from api.dispatch.signatures import Keys
from api.dispatch.statuses import Status
from api.evidence.models import Evidence, EvidenceClip
from api.findings.models import Finding
from api.permissions import Role
from api.reconciliation.service import reconcile
from api.reviews.models import RejectReason, Verdict
from api.sandbox.app import SandboxOptions, create_sandbox
from api.sandbox.behaviour import Behaviour
from api.sandbox.department import Department
from api.settings import Settings
from api.verification.watching import watch
from datasets.synthesis.road import SimulatedLook
from tests.conftest import serving
from tests.integration.api.dispatch.installation import (
    Installation,
    Looker,
    ToldInspector,
    looks,
)
from tests.integration.api.dispatch.town import (
    API_KEY,
    QUICK,
    SEAL,
    SECRET,
    SECRET_KEY,
    Clock,
    Town,
)
from tests.integration.api.dispatch.witness import Witness, urls_in

_EXAMPLES, _STEPS, _LEAST_STEPS = 5, 151, 2000
_FRAMES_AT_FIRST = 30
_PICK = st.integers(0, 10_000)
_WORD_OF_IT = st.tuples(st.sampled_from(sorted(Status)), st.sampled_from([0, 0, 0, -30, -60]))
_QUICK = sorted(set(Behaviour) - {Behaviour.HANG, Behaviour.TAKE_AND_HANG})
_WORDS = ("confirm", "confirm", "confirm", "reject", "duplicate", "defer", "reopen")
_ROLES = (Role.OPERATOR, Role.SUPERVISOR)


@dataclass(frozen=True)
class Attempt:
    """An attempt whose sender fell asleep before it could record what became of it."""

    sender: Sender
    lease: outbox.Lease
    wire: Wire
    result: Sent | DeliveryFailed


@dataclass(frozen=True)
class Callback:
    """A callback as a department sent it."""

    id: str
    case_id: str
    body: bytes


@dataclass(frozen=True)
class Born:
    """An installation that has seen the first frames: what every example begins with a copy of."""

    app: FastAPI
    base: Services
    url: str
    folder: Path
    picture: bytes
    at: datetime
    first: Installation
    webhook: Destination
    to_come: list[SimulatedLook]

    def again(self) -> Installation:
        """Return a copy that runs."""
        copy = Installation(
            self.app,
            self.base,
            self.url,
            database=self.first.file,
            folder=self.folder,
            picture=self.picture,
            cast=self.first.cast,
        )
        copy.posted.update(self.first.posted)
        return copy


def bear(
    app: FastAPI, url: str, department_url: str, template: Path, folder: Path, picture: bytes
) -> Born:
    """Set an installation up, and let the first frames come."""
    base: Services = app.state.services
    first = Installation(app, base, url, database=template, folder=folder, picture=picture)
    town = Town(first.database, Clock())
    webhook = town.destination(department_url, name="roads")
    town.destination(
        department_url,
        kind=DestinationKind.OPEN311,
        classes=("crack",),
        settings={"after_doubt": "resend"},
        name="pavements",
    )
    at = now()
    driven = looks(at - timedelta(hours=2))
    for look in driven[:_FRAMES_AT_FIRST]:
        assert first.post(look, repaired=frozenset()).status_code == 200
    first.leave()
    rest = driven[_FRAMES_AT_FIRST:]
    return Born(app, base, url, folder, picture, at, first, webhook, rest)


class NotCommitted(Exception):
    """The database went away at the very moment of a commit."""


_ACTS: list[tuple[Callable[..., None], dict[str, st.SearchStrategy[Any]]]] = []


def act(
    often: int = 1, **draws: st.SearchStrategy[Any]
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Make a method one of the things that happen, so many times as often as others.

    They are not rules of their own: of those hypothesis leaves half out of each example.
    """

    def register(method: Callable[..., None]) -> Callable[..., None]:
        _ACTS.extend([(method, draws)] * often)
        return method

    return register


class Loop(RuleBasedStateMachine):
    """One installation, one department, and everything that can go wrong between them."""

    born: ClassVar[Born]
    book: ClassVar[Department]
    taken: ClassVar[int] = 0
    failure: ClassVar[Exception | None] = None

    @initialize()
    def begin(self) -> None:
        """Copy an installation that has seen a drive, with buses, people and two departments."""
        self.book.behave(())
        self.place = self.born.again()
        self.base = self.born.base
        self.town = Town(self.place.database, Clock())
        self.webhook = self.born.webhook
        self.began = self.born.at
        self.to_come = list(self.born.to_come)
        self.repaired: frozenset[str] = frozenset()
        self.asleep: list[Attempt] = []
        self.said: list[Callback] = []
        self.told = 0
        self.sender = self._new_sender()
        self.witness = Witness(self.place.file, self.place.looker.models[0].digest)
        pictures = (picture for picture, _ in self.place.posted.values())
        self.witness.posted.update(hashlib.sha256(picture).hexdigest() for picture in pictures)

    def teardown(self) -> None:
        """Let everything calm down: then nothing is lost and nothing was done twice."""
        if not hasattr(self, "witness"):
            return
        try:
            with self._noting():
                self._calm_down()
        finally:
            self.witness.close()
            self.place.leave()

    def _calm_down(self) -> None:
        self.book.behave(())
        for attempt in self.asleep:
            attempt.sender.record(attempt.lease, attempt.wire, attempt.result, duration_s=0.1)
        self._switch(enabled=True)
        for _ in range(8):
            self.town.clock.advance(90_000)
            while self.sender.run_once():
                pass
        self.witness.check()
        self._nothing_lost_nothing_twice()

    def _nothing_lost_nothing_twice(self) -> None:
        keys = [work["key"] for work in self._works()]
        assert len(keys) == len(set(keys)), "(2) the department has a work twice"
        with self.place.database.read() as session:
            messages = session.scalars(select(OutboxMessage)).all()
            states = session.scalars(select(Case.state)).all()
            # Where somebody else than the sender said that it arrived, that had to be believed.
            believed = session.scalars(
                select(CaseEntry.case_id).where(
                    CaseEntry.event == CaseEvent.DELIVERED, CaseEntry.source != "system"
                )
            ).all()
            day = Period.of(PeriodKind.DAY, self.began, self.base.settings.zone)
            found = reconcile(session, day=day, at=self.town.clock()).discrepancies
        for message in messages:
            assert message.state not in (OutboxState.PENDING, OutboxState.LEASED)
            if message.state == OutboxState.DELIVERED and message.case_id not in believed:
                assert message.id in keys, "believed delivered, never received"
        assert CaseState.DISPATCHING not in states
        assert found == []

    # What buses do.

    @act(2, where=st.sampled_from([0.0, 0.0, 0.0, 0.4, 0.9]), frames=st.integers(1, 5))
    def drive(self, where: float, frames: int) -> None:
        """Frames come, mostly in order, some much too late or too early."""
        for _ in range(min(frames, len(self.to_come))):
            look = self.to_come.pop(int(where * len(self.to_come)))
            answer = self.place.post(look, repaired=self.repaired)
            assert answer.status_code == 200, answer.text
            self._posted(answer.json(), look)

    def _posted(self, answer: dict[str, Any], look: SimulatedLook) -> None:
        self.witness.posted.add(answer["sha256"])
        self.witness.acknowledged(
            "frames", id=answer["frame_id"], idempotency_key=look.name, sha256=answer["sha256"]
        )
        if answer["detections"]:
            count = len(answer["detections"])
            self.witness.acknowledged("detections", count, frame_id=answer["frame_id"])

    @act(pick=_PICK)
    def post_again(self, pick: int) -> None:
        """A gateway did not hear the answer and posts a frame again: it changes nothing."""
        picture, headers = list(self.place.posted.values())[pick % len(self.place.posted)]
        before = self.witness.everything()
        answer = self.place.ask("POST", "/v1/frames", content=picture, headers=headers)
        assert answer.json()["duplicate"]
        assert self.witness.everything() == before, "(2) a doubled frame did something"

    @act(defect=st.sampled_from("abc"))
    def repair(self, defect: str) -> None:
        """Somebody mends the road; nobody is told."""
        self.repaired |= {defect}

    @act(2, hours=st.integers(0, 72))
    def verify(self, hours: int) -> None:
        """The verifier looks at what came since; now, or after a while."""
        watch(self.place.database, at=now() + timedelta(hours=hours))

    # What people do.

    @act(
        3,
        pick=_PICK,
        other=_PICK,
        word=st.sampled_from(_WORDS),
        role=st.sampled_from(_ROLES),
        twice=st.booleans(),
    )
    def review(self, pick: int, other: int, word: str, role: Role, twice: bool) -> None:
        """Somebody reviews a finding, whether or not that is possible, and clicks again."""
        findings = self._ids(Finding.id)
        if not findings:
            return
        body: dict[str, Any] = {"verdict": word}
        if word == Verdict.REJECT:
            body["reason"] = RejectReason.OTHER
        if word == Verdict.DUPLICATE:
            body["duplicate_of"] = findings[other % len(findings)]
        headers = {"Idempotency-Key": new_id()}
        path = f"/v1/findings/{findings[pick % len(findings)]}/review"
        who = self.place.cast.people[role]
        answer = self.place.ask("POST", path, who, json=body, headers=headers)
        assert answer.status_code in (200, 403, 404, 409, 422), answer.text
        if answer.status_code != 200:
            return
        self._reviewed(answer.json())
        if twice:
            before = self.witness.everything()
            again = self.place.ask("POST", path, who, json=body, headers=headers)
            assert again.json()["review"] == answer.json()["review"]
            assert self.witness.everything() == before, "(2) a doubled review did something"

    def _reviewed(self, answer: dict[str, Any]) -> None:
        review = answer["review"]
        self.witness.acknowledged("reviews", id=review["id"], verdict=review["verdict"])
        if case := answer["case"]:
            self.witness.acknowledged("cases", id=case["id"], finding_id=review["finding_id"])

    @act(2, pick=_PICK, what=_PICK)
    def enter(self, pick: int, what: int) -> None:
        """Somebody enters by hand what is possible, or what is not."""
        case = self._case(pick)
        possible = manual_events(case.state) or [CaseEvent.ACCEPT]
        # A cancelled case is over: most of the time something else happens.
        events = [each for each in possible if each != CaseEvent.CANCEL or what % 7 == 0]
        path = f"/v1/cases/{case.id}/events"
        body = {"event": (events or possible)[what % len(events or possible)]}
        answer = self.place.ask("POST", path, self.place.cast.people[Role.OPERATOR], json=body)
        assert answer.status_code in (200, 409), answer.text
        if answer.status_code == 200:
            self.witness.acknowledged("case_entries", case_id=case.id, event=body["event"])

    @act(enabled=st.booleans())
    def switch(self, enabled: bool) -> None:
        """An administrator switches the department off or on."""
        self._switch(enabled=enabled)

    def _switch(self, *, enabled: bool) -> None:
        path = f"/v1/destinations/{self.webhook.id}"
        answer = self.place.ask("PATCH", path, self.place.cast.admin, json={"enabled": enabled})
        assert answer.status_code == 200, answer.text

    @act(looked=st.booleans())
    def replay(self, looked: bool) -> None:
        """An administrator sends every dead letter again, twice over."""
        body = {
            "since": "2026-01-01T00:00:00Z",
            "until": (now() + timedelta(days=1)).isoformat(),
            "looked": looked,
            "reason": "the line is mended",
        }
        answer = self.place.ask("POST", "/v1/outbox/replay", self.place.cast.admin, json=body)
        assert answer.status_code == 200, answer.text
        for item in answer.json()["items"]:
            if item["outcome"] == "queued":
                self.witness.acknowledged("outbox", id=item["message_id"], case_id=item["case_id"])
        again = self.place.ask("POST", "/v1/outbox/replay", self.place.cast.admin, json=body)
        assert again.json()["queued"] == 0, "(2) a doubled replay queued something"

    @act()
    def write_policy(self) -> None:
        """A supervisor lets potholes be dispatched unreviewed, if the reviews allow it."""
        body = {
            "inspection": "road_damage",
            "class": "pothole",
            "min_confidence": 0.1,
            "min_looks": 1,
            "required_precision": 0.4,
            "reason": "reviews have agreed for weeks",
        }
        who = self.place.cast.people[Role.SUPERVISOR]
        answer = self.place.ask("POST", "/v1/policies", who, json=body)
        assert answer.status_code in (201, 409), answer.text
        if answer.status_code == 409 and answer.json()["type"].endswith("precision-not-met"):
            assert (answer.json()["confirmed"] < 3) or answer.json()["lower_bound"] < 0.4, "(5)"

    @act(pick=_PICK, role=st.sampled_from([None, *_ROLES]), purpose=st.sampled_from(["", "court"]))
    def ask_for_an_original(self, pick: int, role: Role | None, purpose: str) -> None:
        """Somebody wants to see what is hidden: it takes role, purpose and record (8)."""
        films = self._ids(EvidenceClip.evidence_id)
        if not films:
            return
        path = f"/v1/evidence/{films[pick % len(films)]}/original"
        who = self.place.cast.people[role] if role else None
        answer = self.place.ask("POST", path, who, json={"purpose": purpose} if purpose else {})
        may = role is Role.SUPERVISOR and purpose != ""
        assert (answer.status_code == 200) == may, "(8)"
        assert (answer.content == b"original") == may, "(8)"
        self.witness.originals += may

    @act(pick=_PICK)
    def film(self, pick: int) -> None:
        """A film is kept beside a picture, with everything in it and without."""
        objects = self.base.objects
        with self.place.database.write() as session:
            evidence = session.scalars(select(Evidence).order_by(Evidence.id)).all()
            if not evidence:
                return
            chosen = evidence[pick % len(evidence)].id
            if session.get(EvidenceClip, chosen) is None:
                session.add(
                    EvidenceClip(
                        evidence_id=chosen,
                        plain_key=objects.put(b"redacted", "video/mp4"),
                        annotated_key=objects.put(b"redacted and drawn in", "video/mp4"),
                        original_key=objects.put(b"original", "video/mp4"),
                        content_type="video/mp4",
                    )
                )

    # What the sender, the network and the machine do.

    @act(2, script=st.lists(st.sampled_from(_QUICK)))
    def misbehave(self, script: list[str]) -> None:
        """The department will treat the next messages badly."""
        self.book.behave(Behaviour(each) for each in script)

    @act(6, attempts=st.integers(1, 4))
    def send(self, attempts: int) -> None:
        """A sender makes some whole attempts."""
        for _ in range(attempts):
            self.sender.run_once()

    @act(2, goes_out=st.booleans())
    def sender_dies(self, goes_out: bool) -> None:
        """A sender dies after its lease, or after the message went out."""
        sender = self._new_sender()
        lease = sender.lease()
        if lease is not None and goes_out:
            sender.send(lease, sender.wire(lease))

    @act()
    def sender_falls_asleep(self) -> None:
        """A sender stops just before it records, and may wake up much later."""
        sender = self._new_sender()
        lease = sender.lease()
        if lease is not None:
            wire = sender.wire(lease)
            self.asleep.append(Attempt(sender, lease, wire, sender.send(lease, wire)))

    @act()
    def sender_wakes_up(self) -> None:
        """A sleeping sender records, if its fence still holds."""
        if not self.asleep:
            return
        attempt = self.asleep.pop(0)
        with self.place.database.read() as session:
            fence = session.get_one(OutboxMessage, attempt.lease.message.id).fence
        recorded = attempt.sender.record(
            attempt.lease, attempt.wire, attempt.result, duration_s=0.1
        )
        assert not (recorded and fence != attempt.lease.fence), "(2) an old fence recorded"

    @act(2, seconds=st.sampled_from([1, 10, 60, 400, 4000]))
    def wait(self, seconds: int) -> None:
        """Time passes for the senders."""
        self.town.clock.advance(seconds)

    @act()
    def crash(self) -> None:
        """kill -9 of the service and of every sender: what was acknowledged is there again."""
        self.place.crash()
        self.town.database = self.place.database
        self.sender = self._new_sender()
        self.asleep.clear()
        self.witness.close()
        self.witness.look_at(self.place.file)

    @act(pick=_PICK, status=st.sampled_from(sorted(Status)), what=st.integers(0, 2))
    def fail_to_commit(self, pick: int, status: str, what: int) -> None:
        """The database goes away at the commit: no 2xx, and not half of the change is there (4)."""
        case = self._case(pick)
        before = self.witness.everything()
        engine = self.place.database.engine

        def fail(_: object) -> None:
            raise NotCommitted

        event.listen(engine, "commit", fail)
        try:
            if what == 0:
                self._call_back(self._callback(case.id, status, now()))
            elif what == 1:
                body = {"event": (manual_events(case.state) or [CaseEvent.ACCEPT])[0]}
                who = self.place.cast.people[Role.OPERATOR]
                self.place.ask("POST", f"/v1/cases/{case.id}/events", who, json=body)
            elif self.to_come:
                self.place.post(self.to_come[0], repaired=self.repaired)
        except (NotCommitted, AssertionError, httpx.HTTPError):
            pass
        finally:
            event.remove(engine, "commit", fail)
        assert self.witness.everything() == before, "(4) half of a change was written"

    # What departments say.

    @act(4, pick=_PICK, words=st.lists(_WORD_OF_IT, min_size=1, max_size=3))
    def say(self, pick: int, words: list[tuple[str, int]]) -> None:
        """The department tells of a case, in whatever order."""
        case_id = self._case(pick).id
        for status, seconds in words:
            self._say(self.town.get(case_id), status, seconds)

    def _say(self, case: Case, status: str, seconds: int) -> None:
        occurred_at = now() + timedelta(seconds=seconds)
        callback = self._callback(case.id, status, occurred_at)
        source = f"destination:{self.webhook.id}"
        told = [
            entry.occurred_at
            for entry in self.town.timeline(case.id)
            if entry.source == source and entry.message_id
        ]
        answer = self._call_back(callback)
        assert answer.status_code in (204, 404), answer.text
        if answer.status_code == 404:
            return  # it was never sent there
        self.said.append(callback)
        self.witness.acknowledged("case_entries", message_id=callback.id, source=source)
        if told and occurred_at < max(told):
            assert self.town.get(case.id).state == case.state, "(6) a late word moved the case"

    @act(pick=_PICK)
    def say_again(self, pick: int) -> None:
        """A callback comes a second time, much later: it changes nothing."""
        if not self.said:
            return
        before = self.witness.everything()
        assert self._call_back(self.said[pick % len(self.said)]).status_code == 204
        assert self.witness.everything() == before, "(2) a doubled callback did something"

    @act(pick=_PICK)
    def somebody_else_says(self, pick: int) -> None:
        """A callback with a wrong signature: 401, and nothing is stored."""
        case = self._case(pick)
        before = self.witness.everything()
        forged = self._callback(case.id, Status.DONE, now())
        assert self._call_back(forged, secret=f"whsec_{'A' * 43}=").status_code == 401
        assert self.witness.everything() == before

    @rule(data=st.data())
    def step(self, data: st.DataObject) -> None:
        """Let something happen."""
        method, draws = data.draw(st.sampled_from(_ACTS), label="act")
        drawn = {name: data.draw(each, label=name) for name, each in draws.items()}
        with self._noting():
            method(self, **drawn)
        type(self).taken += 1

    @contextmanager
    def _noting(self) -> Iterator[None]:
        """Note the first failure: real time passes, so that a second run may not show it."""
        try:
            yield
        except Exception as error:
            type(self).failure = type(self).failure or error
            raise

    # What must hold, always.

    @invariant()
    def the_nine_hold(self) -> None:
        """The witness looks; what went out shows nothing that is to stay here (8)."""
        if not hasattr(self, "witness"):
            return
        with self._noting():
            self.witness.check()
            if (told := self.book.counts()["works"]) != self.told:
                self.told = told
                for work in self._works():
                    self._shows_nothing_hidden(work["content"])

    def _shows_nothing_hidden(self, content: dict[str, Any]) -> None:
        """(8): the department may see what is redacted, for a time, and nothing else."""
        assert "sha256/" not in json.dumps(content), "a key of the object store was told"
        for link in urls_in(content):
            path = link.removeprefix(self.base.settings.public_url)
            if not path.startswith("/v1/evidence/"):
                continue
            assert "rendition=annotated" in path
            plain = path.replace("rendition=annotated", "rendition=plain")
            statuses = [self.place.ask("GET", each).status_code for each in (path, plain)]
            assert statuses == [200, 403]

    def _works(self) -> list[dict[str, Any]]:
        mine = {row["id"] for row in self.witness.rows("cases")}
        works = (work.as_json() for work in self.book.works())
        return [work for work in works if work["case_id"] in mine]

    def _ids(self, column: Any) -> list[str]:
        with self.place.database.read() as session:
            return list(session.scalars(select(column).order_by(column)))

    def _case(self, pick: int) -> Case:
        """Return some case; the first one that is asked for is confirmed now."""
        if not self._ids(Case.id):
            who = self.place.cast.people[Role.SUPERVISOR]
            for finding_id in self._ids(Finding.id):
                path = f"/v1/findings/{finding_id}/review"
                self.place.ask("POST", path, who, json={"verdict": Verdict.CONFIRM})
        with self.place.database.read() as session:
            found = session.scalars(select(Case).order_by(Case.id)).all()
        return found[pick % len(found)]

    def _callback(self, case_id: str, status: str, occurred_at: datetime) -> Callback:
        message_id = new_id()
        content: dict[str, Any] = {
            "specversion": "1.0",
            "id": message_id,
            "source": "urn:department",
            "type": "dev.xunjian.case.status",
            "data": {
                "case_id": case_id,
                "status": status,
                "occurred_at": occurred_at.isoformat(),
            },
        }
        return Callback(message_id, case_id, json.dumps(content).encode())

    def _call_back(self, callback: Callback, secret: str = SECRET) -> httpx.Response:
        headers = Keys.read(secret).sign(callback.id, now(), callback.body)
        path = f"/v1/callbacks/{self.webhook.id}"
        return self.place.ask("POST", path, content=callback.body, headers=headers)

    def _new_sender(self) -> Sender:
        options = SenderOptions(
            public_url=self.base.settings.public_url,
            schedule_s=QUICK,
            timeout_s=30.0,  # for a busy machine
            threads=1,
        )
        return Sender(
            self.place.database, SEAL, linked(self.base.links), options, clock=self.town.clock
        )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the installations' databases are."""
    made = tmp_path / "installations"
    made.mkdir()
    return made


def test_the_nine_invariants_hold_whatever_happens(
    tmp_path: Path,
    folder: Path,
    sqlite_template: Path,
    sqlite_url: str,
    rendered_road_jpeg: bytes,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("api.app.load_secret_key", lambda _: SECRET_KEY)
    monkeypatch.setattr("api.app.Inspector", ToldInspector)
    monkeypatch.setattr(ToldInspector, "looker", Looker(), raising=False)
    monkeypatch.setattr("api.dispatch.policy.MIN_REVIEWS", 3)
    # A TLS context for each sender would take most of the time.
    monkeypatch.setattr("api.dispatch.sender.open_client", cache(open_client))
    app = create_app(
        Settings(data_dir=tmp_path / "var", database_url=sqlite_url, delivery_threads=0)
    )
    sandbox = create_sandbox(SandboxOptions(secret=SECRET, api_key=API_KEY))
    with serving(app) as url, serving(sandbox) as department_url:
        born = bear(app, url, department_url, sqlite_template, folder, rendered_road_jpeg)

        class Here(Loop):
            """The loop of this test's installation."""

        Here.born, Here.book = born, sandbox.state.department
        rounds = itertools.count()
        while Here.taken < _LEAST_STEPS:  # an example may end early
            try:
                run_state_machine_as_test(
                    seed(next(rounds))(Here),
                    settings=settings(
                        max_examples=_EXAMPLES,
                        stateful_step_count=_STEPS,
                        deadline=None,
                        suppress_health_check=list(HealthCheck),
                        phases=[Phase.generate],
                    ),
                )
            except Exception:
                if Here.failure is not None:
                    raise Here.failure from None
                raise
