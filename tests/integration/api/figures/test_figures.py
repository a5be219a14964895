"""The figures, on both databases, from findings and cases whose story is known."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from api.audit.models import AuditRecord
from api.cameras.models import Camera
from api.cases import service as cases
from api.cases.models import Case, CaseEntry
from api.cases.service import Report
from api.cases.states import CaseEvent, CaseState
from api.counts.periods import local_day
from api.database import Database, now
from api.dispatch.models import (
    Destination,
    DestinationKind,
    MessageType,
    OutboxMessage,
    OutboxState,
)
from api.figures.backlog import backlog
from api.figures.scope import Scope
from api.findings import upkeep
from api.findings.models import Finding
from api.findings.opening import add_finding
from api.findings.states import FindingEvent, FindingState
from api.reviews.models import RejectReason, Review, ReviewUndo, Verdict
from api.settings import Settings
from api.statistics import wilson_interval
from tests.conftest import MakeCamera, MakeUser, SignIn, sqlite_only

START = datetime(2026, 11, 2, 4, tzinfo=UTC)  # noon in Shanghai
DAYS = {"from": "2026-11-01", "to": "2026-11-07"}


class Story:
    """Writes what happened, when it happened."""

    def __init__(self, database: Database, user_id: str) -> None:
        self._database = database
        self._user_id = user_id

    def finding(
        self,
        camera: Camera,
        *,
        at: datetime = START,
        class_name: str = "pothole",
        inspection: str = "road_damage",
    ) -> str:
        with self._database.write() as session:
            finding = Finding(
                inspection=inspection,
                kind="place",
                class_name=class_name,
                class_group=class_name,
                state=FindingState.PENDING_REVIEW,
                camera_id=camera.id,
                first_seen_at=at,
                last_seen_at=at,
                created_at=at,
            )
            add_finding(session, finding, actor="system")
            self._happened(session, finding.id, at)
            return finding.id

    def say(
        self,
        finding_id: str,
        verdict: Verdict,
        *,
        after: timedelta = timedelta(minutes=1),
        class_was: str | None = None,
        undone: bool = False,
    ) -> None:
        events = {
            Verdict.CONFIRM: FindingEvent.CONFIRM,
            Verdict.REJECT: FindingEvent.REJECT,
            Verdict.DUPLICATE: FindingEvent.MARK_DUPLICATE,
            Verdict.DEFER: FindingEvent.DEFER,
        }
        with self._database.write() as session:
            finding = session.get_one(Finding, finding_id)
            at = finding.first_seen_at + after
            review = Review(
                finding_id=finding_id,
                user_id=self._user_id,
                verdict=verdict,
                reason=RejectReason.OTHER if verdict is Verdict.REJECT else None,
                class_was=class_was,
                created_at=at,
            )
            session.add(review)
            session.flush()
            if undone:
                session.add(ReviewUndo(review_id=review.id))
            else:
                upkeep.change_state(session, finding, events[verdict], actor="system")
            self._happened(session, finding_id, at)

    def case(self, finding_id: str, *, opened: datetime, closed: datetime | None = None) -> str:
        with self._database.write() as session:
            finding = session.get_one(Finding, finding_id)
            case = cases.open_case(session, finding=finding, opened_by="system")
            case.created_at = opened
            self._happened(session, case.id, opened)
            if closed is not None:
                case.state = CaseState.VERIFYING
                cases.change(session, case=case, report=Report(CaseEvent.PASS, "system"))
                session.flush()
                session.execute(
                    update(CaseEntry)
                    .where(CaseEntry.case_id == case.id, CaseEntry.to_state == "closed")
                    .values(received_at=closed)
                )
                self._happened(session, case.id, closed)
            return case.id

    @staticmethod
    def _happened(session: Any, object_id: str, at: datetime) -> None:
        """Date the lines of the audit record that were just written."""
        session.flush()
        session.execute(
            update(AuditRecord)
            .where(AuditRecord.object_id == object_id, AuditRecord.at > START + timedelta(days=10))
            .values(at=at)
        )


@pytest.fixture
def story(database: Database, make_user: MakeUser) -> Story:
    return Story(database, make_user("operator").id)


Read = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def read(sign_in: SignIn) -> Read:
    """Give a function that reads figures of the first week of November."""
    client = sign_in("supervisor")

    def read(name: str, **asked: str) -> list[dict[str, Any]]:
        answer = client.get(f"/v1/figures/{name}", params={**DAYS, **asked})
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    return read


def test_precision_is_of_what_was_judged_and_says_what_was_not(
    story: Story, read: Read, make_camera: MakeCamera
) -> None:
    near, far = make_camera(), make_camera()
    for verdict in (Verdict.CONFIRM, Verdict.CONFIRM, Verdict.REJECT):
        story.say(story.finding(near), verdict)
    story.say(story.finding(far), Verdict.CONFIRM)
    story.say(story.finding(far), Verdict.DUPLICATE)
    story.say(story.finding(far), Verdict.DEFER)
    story.say(story.finding(far), Verdict.CONFIRM, undone=True)
    story.finding(far)
    wrong = story.finding(far, class_name="crack")
    story.say(wrong, Verdict.CONFIRM, class_was="pothole")
    story.say(story.finding(far, at=START + timedelta(days=30)), Verdict.REJECT)

    (row,) = [row for row in read("precision") if row["class_name"] == "pothole"]
    counted = {k: row[k] for k in ("findings", "confirmed", "rejected", "duplicates", "not_judged")}
    assert counted == {
        "findings": 9,
        "confirmed": 3,
        "rejected": 2,  # one of them confirmed as a crack
        "duplicates": 1,
        "not_judged": 3,
    }
    assert row["judged"] == 5
    assert row["precision"] == pytest.approx(0.6)
    assert (row["low"], row["high"]) == pytest.approx(wilson_interval(3, 5))

    by_camera = {row["camera"]: row for row in read("precision", by="camera")}
    assert by_camera[near.name]["precision"] == pytest.approx(2 / 3)
    assert by_camera[far.name]["findings"] == 6
    assert [row["findings"] for row in read("precision", camera=near.id)] == [3]
    assert read("precision", inspection="crop_pest") == []


def test_what_nobody_judged_has_no_precision(
    story: Story, read: Read, make_camera: MakeCamera
) -> None:
    story.finding(make_camera())
    (row,) = read("precision")
    assert (row["judged"], row["not_judged"]) == (0, 1)
    assert (row["precision"], row["low"], row["high"]) == (None, None, None)


def test_times_are_percentiles_of_what_was_reached(
    story: Story, read: Read, make_camera: MakeCamera
) -> None:
    camera = make_camera()
    for minutes in range(1, 11):
        story.say(story.finding(camera), Verdict.REJECT, after=timedelta(minutes=minutes))
    crack = story.finding(camera, class_name="crack")
    story.say(crack, Verdict.CONFIRM, after=timedelta(hours=1))
    story.finding(camera)  # waits, and is not part of it
    story.case(crack, opened=START, closed=START + timedelta(days=2))

    rows = {(row["step"], row["class_name"]): row for row in read("times")}
    potholes = rows["review", "pothole"]
    assert (potholes["count"], potholes["median_s"], potholes["p90_s"]) == (10, 300, 540)
    everything = rows["review", None]
    assert (everything["count"], everything["median_s"], everything["p90_s"]) == (11, 360, 600)
    closed = rows["close", "crack"]
    assert (closed["count"], closed["median_s"], closed["p90_s"]) == (1, 172_800, 172_800)


def test_the_backlog_is_what_waited_at_the_end_of_each_day(
    story: Story, read: Read, make_camera: MakeCamera
) -> None:
    camera = make_camera()
    first = story.finding(camera)
    story.finding(camera)
    story.finding(camera, at=START + timedelta(hours=12))  # after midnight in Shanghai
    story.say(first, Verdict.CONFIRM, after=timedelta(days=2))
    story.case(first, opened=START + timedelta(days=2), closed=START + timedelta(days=4))

    days = {row.pop("day"): list(row.values()) for row in read("backlog")}
    assert days == {
        "2026-11-01": [0, 0, 0, 0, 0, 0],
        "2026-11-02": [2, 0, 2, 0, 0, 0],
        "2026-11-03": [1, 0, 3, 0, 0, 0],
        "2026-11-04": [0, 1, 2, 1, 0, 1],
        "2026-11-05": [0, 0, 2, 0, 0, 1],
        "2026-11-06": [0, 0, 2, 0, 1, 0],
        "2026-11-07": [0, 0, 2, 0, 0, 0],
    }
    assert all(row["findings_waiting"] == 0 for row in read("backlog", inspection="crop_pest"))


def test_the_backlog_of_today_is_what_waits_now(
    story: Story, database: Database, settings: Settings, make_camera: MakeCamera
) -> None:
    story.finding(make_camera(), at=now())
    today = local_day(now(), settings.zone)
    tomorrow = today + timedelta(days=1)
    with database.read() as session:
        (row,) = backlog(session, Scope(today, tomorrow, settings.zone))
    assert (row.day, row.findings_came, row.findings_waiting) == (today, 1, 1)


def test_lights_and_deliveries_of_departments(
    story: Story, read: Read, make_camera: MakeCamera, database: Database
) -> None:
    camera = make_camera()
    ids = []
    for _ in range(3):
        finding_id = story.finding(camera)
        story.say(finding_id, Verdict.CONFIRM)
        ids.append(story.case(finding_id, opened=START))
    with database.write() as session:
        roads = Destination(name="道路养护处", kind=DestinationKind.WEBHOOK, url="https://x")
        session.add(roads)
        session.flush()
        for case_id, state, took in zip(
            ids, (OutboxState.DELIVERED,) * 2 + (OutboxState.DEAD,), (4, 60, None), strict=True
        ):
            case = session.get_one(Case, case_id)
            case.destination_id = roads.id
            case.state = CaseState.RETURNED if took else CaseState.DISPATCHED
            session.add(
                OutboxMessage(
                    case_id=case_id,
                    destination_id=roads.id,
                    sequence=1,
                    event_type=MessageType.OPENED,
                    payload={},
                    state=state,
                    attempts=1 if took else 8,
                    created_at=START,
                    delivered_at=START + timedelta(seconds=took) if took else None,
                )
            )
    (lights,) = read("lights")
    assert (lights["name"], lights["cases"], lights["yellow"], lights["white"]) == (
        "道路养护处",
        3,
        2,
        1,
    )
    (sent,) = read("deliveries")
    told = [sent[k] for k in ("delivered", "pending", "dead", "repeated", "median_s", "p90_s")]
    assert told == [2, 0, 1, 1, 4, 60]


@sqlite_only
def test_who_sees_few_cameras_gets_their_figures_only(
    story: Story, make_camera: MakeCamera, sign_in: SignIn
) -> None:
    own, foreign = make_camera(), make_camera()
    for camera in (own, foreign):
        finding_id = story.finding(camera)
        story.say(finding_id, Verdict.CONFIRM)
        story.case(finding_id, opened=START, closed=START + timedelta(days=1))
    client = sign_in("operator", camera_ids=[own.id])

    def items(name: str, **asked: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = client.get(
            f"/v1/figures/{name}", params={**DAYS, **asked}
        ).json()["items"]
        return rows

    assert [row["findings"] for row in items("precision", by="camera")] == [1]
    assert {row["count"] for row in items("times")} == {1}
    assert max(row["findings_came"] for row in items("backlog")) == 1
    assert [row["cases"] for row in items("lights")] == [1]
    assert items("precision", camera=foreign.id) == []


@sqlite_only
def test_each_table_is_exported_with_the_same_rows(
    story: Story, make_camera: MakeCamera, sign_in: SignIn
) -> None:
    story.say(story.finding(make_camera()), Verdict.CONFIRM)
    client = sign_in("supervisor")
    for name in ("precision", "times", "backlog", "lights", "deliveries"):
        rows = client.get(f"/v1/figures/{name}", params=DAYS).json()["items"]
        exported = client.get(f"/v1/figures/{name}", params={**DAYS, "format": "csv"})
        assert exported.headers["content-type"] == "text/csv; charset=utf-8"
        lines = list(csv.DictReader(io.StringIO(exported.text.removeprefix("\ufeff"))))
        assert lines == [
            {key: "" if value is None else str(value) for key, value in row.items()} for row in rows
        ]


@pytest.mark.parametrize(
    "days",
    [
        {"from": "2026-11-02", "to": "2026-11-01"},
        {"from": "2020-01-01", "to": "2026-11-01"},
        {"from": "yesterday"},
    ],
)
@sqlite_only
def test_a_time_that_makes_no_sense_is_refused(sign_in: SignIn, days: dict[str, str]) -> None:
    answer: httpx.Response = sign_in("supervisor").get("/v1/figures/times", params=days)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


@sqlite_only
def test_four_weeks_are_told_when_nothing_is_asked(sign_in: SignIn, settings: Settings) -> None:
    told = sign_in("supervisor").get("/v1/figures/backlog").json()
    assert date.fromisoformat(told["last"]) == local_day(now(), settings.zone)
    assert len(told["items"]) == 28
