"""What was kept long enough goes, and nothing else; what is set is recorded."""

import hashlib
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from api.audit.models import AuditRecord
from api.cameras.models import Camera
from api.cases.models import Case
from api.cases.states import CaseState
from api.database import Database, now
from api.errors import NotFound
from api.evidence import service as evidence
from api.evidence.errors import ObjectMissing
from api.evidence.folder import FolderStore
from api.evidence.models import Evidence, EvidenceClip
from api.findings.models import Finding
from api.findings.states import FindingState
from api.frames.models import Frame
from api.retention import service
from api.retention.cleaning import clean
from api.retention.models import RetentionKind
from tests.conftest import MakeCamera, SignIn

OLD = now() - timedelta(days=100)


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "objects")


class Things:
    """Makes what may be kept, as old as it is said to be."""

    def __init__(self, database: Database, store: FolderStore, camera: Camera) -> None:
        self.database, self.store, self.camera = database, store, camera
        self._made = 0

    def frame(
        self, content: bytes, *, received_at: datetime = OLD, repeats: str | None = None
    ) -> str:
        key = self.store.put(content, "image/jpeg")
        self._made += 1
        with self.database.write() as session:
            frame = Frame(
                gateway_id=self.camera.gateway_id,
                camera_id=self.camera.id,
                idempotency_key=str(self._made),
                request_digest="0" * 64,
                sha256=hashlib.sha256(content).hexdigest(),
                content_type="image/jpeg",
                width=8,
                height=8,
                captured_at=received_at,
                received_at=received_at,
                object_key=key,
                repeats_id=repeats,
                reply={},
            )
            session.add(frame)
            session.flush()
            return frame.id

    def finding(
        self, state: FindingState, *, at: datetime = OLD, open_key: str | None = None
    ) -> str:
        with self.database.write() as session:
            finding = Finding(
                inspection="road_damage",
                kind="place",
                class_name="pothole",
                class_group="pothole",
                state=state,
                open_key=open_key,
                camera_id=self.camera.id,
                first_seen_at=at,
                last_seen_at=at,
                created_at=at,
                updated_at=at,
            )
            session.add(finding)
            session.flush()
            return finding.id

    def shows(self, finding_id: str, frame_id: str) -> str:
        with self.database.write() as session:
            frame = session.get_one(Frame, frame_id)
            return evidence.keep(session, finding_id=finding_id, frame=frame).id

    def case(self, finding_id: str, state: CaseState, *, at: datetime = OLD) -> None:
        over = state in (CaseState.CLOSED, CaseState.CANCELLED)
        with self.database.write() as session:
            session.add(
                Case(
                    number=f"XJ-{finding_id[-20:]}",
                    finding_id=finding_id,
                    open_finding_id=None if over else finding_id,
                    state=state,
                    opened_by="system",
                    created_at=at,
                    updated_at=at,
                )
            )

    def limit(self, kind: RetentionKind, days: int | None) -> None:
        with self.database.write() as session:
            service.put(session, kind=kind, days=days, reason="test", actor="system")

    def clean(self) -> None:
        while clean(self.database, self.store):
            pass

    def has(self, content: bytes) -> bool:
        try:
            self.store.get(f"sha256/{(d := hashlib.sha256(content).hexdigest())[:2]}/{d}")
        except ObjectMissing:
            return False
        return True

    def state(self, finding_id: str) -> FindingState:
        with self.database.read() as session:
            return session.get_one(Finding, finding_id).state


@pytest.fixture
def things(database: Database, store: FolderStore, make_camera: MakeCamera) -> Things:
    return Things(database, store, make_camera())


def test_nothing_goes_unless_somebody_said_so(things: Things) -> None:
    things.frame(b"of nobody")
    finding = things.finding(FindingState.PENDING_REVIEW)
    things.shows(things.finding(FindingState.REJECTED), things.frame(b"rejected"))
    things.clean()
    things.limit(RetentionKind.PICTURES, 10)
    things.limit(RetentionKind.PICTURES, None)
    things.clean()
    assert things.has(b"of nobody")
    assert things.has(b"rejected")
    assert things.state(finding) is FindingState.PENDING_REVIEW


def test_what_nobody_reviewed_expires(things: Things, database: Database) -> None:
    old = things.finding(FindingState.PENDING_REVIEW, open_key="here")
    deferred = things.finding(FindingState.DEFERRED)
    new = things.finding(FindingState.PENDING_REVIEW, at=now() - timedelta(days=5))
    rejected = things.finding(FindingState.REJECTED)
    things.limit(RetentionKind.UNREVIEWED, 30)
    things.clean()
    assert things.state(old) is FindingState.EXPIRED_UNREVIEWED
    assert things.state(deferred) is FindingState.EXPIRED_UNREVIEWED
    assert things.state(new) is FindingState.PENDING_REVIEW
    assert things.state(rejected) is FindingState.REJECTED
    with database.read() as session:
        assert session.get_one(Finding, old).open_key is None
        records = session.scalars(
            select(AuditRecord).where(AuditRecord.object_id.in_([old, deferred, "unreviewed"]))
        ).all()
    assert sorted(record.action for record in records) == [
        "finding.expire",
        "finding.expire",
        "retention.clean",
        "retention.put",
    ]


@pytest.mark.parametrize(
    ("state", "case", "goes"),
    [
        (FindingState.REJECTED, None, True),
        (FindingState.DUPLICATE, None, True),
        (FindingState.EXPIRED_UNREVIEWED, None, True),
        (FindingState.CASED, CaseState.CLOSED, True),
        (FindingState.CASED, CaseState.CANCELLED, True),
        (FindingState.CASED, CaseState.DISPATCHED, False),
        (FindingState.CASED, CaseState.SUSPENDED, False),
        (FindingState.CONFIRMED, None, False),
        (FindingState.PENDING_REVIEW, None, False),
        (FindingState.DEFERRED, None, False),
    ],
)
def test_evidence_goes_when_its_finding_is_long_over(
    things: Things, database: Database, state: FindingState, case: CaseState | None, goes: bool
) -> None:
    finding = things.finding(state)
    if case:
        things.case(finding, case)
    shown = things.shows(finding, things.frame(b"picture"))
    recent = things.finding(FindingState.REJECTED, at=now() - timedelta(days=3))
    things.shows(recent, things.frame(b"recent"))
    things.limit(RetentionKind.EVIDENCE, 30)
    things.clean()
    assert things.has(b"picture") is not goes
    assert things.has(b"recent")
    with database.read() as session:
        row = session.get_one(Evidence, shown)
        frame = session.get_one(Frame, row.frame_id)
        assert (row.removed_at is not None) is goes
        assert (frame.object_key is None) is goes
        assert frame.sha256 == hashlib.sha256(b"picture").hexdigest()
        if goes:
            with pytest.raises(NotFound, match="kept long enough"):
                evidence.get_evidence(session, evidence_id=shown, principal=None)


def test_a_case_that_changed_lately_keeps_its_evidence(things: Things) -> None:
    finding = things.finding(FindingState.CASED)
    things.case(finding, CaseState.CLOSED, at=now() - timedelta(days=3))
    things.shows(finding, things.frame(b"picture"))
    things.limit(RetentionKind.EVIDENCE, 30)
    things.clean()
    assert things.has(b"picture")


def test_what_others_still_need_stays(things: Things, database: Database) -> None:
    """One picture shows two findings, of which one is going on; a video is of one that is over."""
    over = things.finding(FindingState.REJECTED)
    frame = things.frame(b"both")
    things.shows(over, frame)
    going_on = things.finding(FindingState.PENDING_REVIEW)
    other = things.shows(going_on, frame)
    of_clip = things.shows(over, things.frame(b"strobe"))
    keys = [things.store.put(part, "video/mp4") for part in (b"plain", b"drawn", b"original")]
    with database.write() as session:
        session.add(
            EvidenceClip(
                evidence_id=of_clip,
                plain_key=keys[0],
                annotated_key=keys[1],
                original_key=keys[2],
                content_type="video/mp4",
            )
        )
    things.limit(RetentionKind.EVIDENCE, 30)
    things.limit(RetentionKind.PICTURES, 30)
    things.clean()
    assert things.has(b"both")
    assert [things.has(part) for part in (b"strobe", b"plain", b"drawn", b"original")] == [
        False
    ] * 4
    with database.read() as session:
        assert evidence.get_evidence(session, evidence_id=other, principal=None).frame_id == frame
        assert session.get_one(Frame, frame).object_key is not None


def test_pictures_that_are_nobodys_evidence_go(things: Things, database: Database) -> None:
    frame = things.frame(b"of nobody")
    things.frame(b"new", received_at=now() - timedelta(days=3))
    first = things.frame(b"twice")
    things.frame(b"twice", received_at=now() - timedelta(days=3), repeats=first)
    things.shows(things.finding(FindingState.PENDING_REVIEW), things.frame(b"evidence"))
    things.limit(RetentionKind.PICTURES, 30)
    things.clean()
    kept = {name: things.has(name.encode()) for name in ("of nobody", "new", "twice", "evidence")}
    assert kept == {"of nobody": False, "new": True, "twice": True, "evidence": True}
    with database.read() as session:
        row = session.get_one(Frame, frame)
        assert (row.object_key, row.sha256) == (None, hashlib.sha256(b"of nobody").hexdigest())


def test_a_store_that_fails_is_asked_again(
    things: Things, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = things.frame(b"of nobody")
    things.limit(RetentionKind.PICTURES, 30)

    def fail(_: str) -> None:
        raise OSError("no store")

    with monkeypatch.context() as patch:
        patch.setattr(things.store, "remove", fail)
        with pytest.raises(OSError, match="no store"):
            things.clean()
    with database.read() as session:
        assert session.get_one(Frame, frame).object_key is not None
    things.clean()
    assert not things.has(b"of nobody")


def test_what_a_limit_would_remove_is_told_before_it_is_set(
    things: Things, sign_in: SignIn, database: Database
) -> None:
    things.finding(FindingState.PENDING_REVIEW)
    things.finding(FindingState.PENDING_REVIEW, at=now() - timedelta(days=5))
    admin, supervisor = sign_in("admin"), sign_in("supervisor")

    def ask(days: int | None, *, check: bool) -> dict[str, object]:
        body = {"days": days, "reason": "a year is enough", "check": check}
        answer = admin.put("/v1/retention/unreviewed", json=body)
        assert answer.status_code == 200, answer.text
        told: dict[str, object] = answer.json()
        return told

    assert ask(30, check=True)["due"] == 1
    assert ask(3, check=True)["due"] == 2
    shown = {one["kind"]: one for one in supervisor.get("/v1/retention").json()["items"]}
    assert shown["unreviewed"]["days"] is None
    assert (shown["unreviewed"]["count"], shown["unreviewed"]["due"]) == (2, 0)
    assert shown["evidence"]["oldest_at"] is None

    assert ask(30, check=False)["days"] == 30
    shown = {one["kind"]: one for one in supervisor.get("/v1/retention").json()["items"]}
    assert (shown["unreviewed"]["days"], shown["unreviewed"]["due"]) == (30, 1)
    assert ask(None, check=False)["days"] is None
    with database.read() as session:
        records = session.scalars(
            select(AuditRecord)
            .where(AuditRecord.action == "retention.put")
            .order_by(AuditRecord.id)
        ).all()
    assert [(one.before, one.after, one.reason) for one in records] == [
        ({"days": None}, {"days": 30}, "a year is enough"),
        ({"days": 30}, {"days": None}, "a year is enough"),
    ]
    for path, days in (("unreviewed", 0), ("unreviewed", 40_000), ("everything", 5)):
        body = {"days": days, "reason": "no reason"}
        assert admin.put(f"/v1/retention/{path}", json=body).status_code == 422
    body = {"days": 5, "reason": "not mine to say"}
    assert supervisor.put("/v1/retention/unreviewed", json=body).status_code == 403
