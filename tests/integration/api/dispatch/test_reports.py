"""Daily reports: they say what happened, once, and can be checked by who receives them."""

import csv
import io
import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest
from typer.testing import CliRunner

from api.cases.states import CaseEvent
from api.counts.periods import Period, PeriodKind
from api.database import now
from api.reports.commands import app as commands
from api.reports.document import Report
from api.reports.service import Reporter
from api.reports.signing import ReportSigner
from tests.conftest import SignIn, sqlite_only
from tests.integration.api.dispatch.town import SECRET_KEY, SOURCE, Department, Town, at_once

_ZONE = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def reporter(town: Town) -> Reporter:
    return Reporter(town.database, ReportSigner(SECRET_KEY), SOURCE, _ZONE)


@pytest.fixture
def today() -> date:
    """The day of the test; one that ends while it runs is waited for."""
    return Period.of(PeriodKind.DAY, now(), _ZONE).first


def _tomorrow() -> datetime:
    return now() + timedelta(days=1)


def _report(reporter: Reporter, day: date) -> Report:
    return Report.model_validate_json(reporter.report(day, at=_tomorrow()).content)


def test_a_day_is_told_by_class_and_by_department(
    town: Town, make_department: Callable[..., Department], reporter: Reporter, today: date
) -> None:
    roads, paint = make_department(), make_department()
    town.destination(roads.url, name="roads")
    town.destination(paint.url, name="paint", classes=("crack",))
    closed, failed, back = town.case(), town.case(), town.case()
    lost = town.case(class_name="crack")
    paint.behave("refuse", "refuse", "refuse")
    for _ in range(3):
        town.send_all()
        town.clock.advance(400)
    for case_id in (closed, failed):
        town.enter(case_id, CaseEvent.CLAIM_DONE)
    town.enter(closed, CaseEvent.PASS)
    town.enter(failed, CaseEvent.FAIL)
    town.enter(back, CaseEvent.ACCEPT)
    town.enter(back, CaseEvent.RETURN)
    town.send_all()

    report = _report(reporter, today)

    classes = {each.class_name: each for each in report.classes}
    assert (classes["pothole"].found, classes["crack"].found) == (3, 1)
    pothole = classes["pothole"]
    assert (pothole.opened, pothole.closed, pothole.reopened) == (3, 1, 1)
    departments = {each.department: each for each in report.departments}
    at_roads, at_paint = departments["roads"], departments["paint"]
    assert (at_roads.dispatched, at_roads.accepted, at_roads.claimed_done) == (4, 1, 2)
    assert (at_roads.returned, at_roads.closed, at_roads.reopened) == (1, 1, 1)
    assert at_roads.open == 1
    assert (at_paint.dispatched, at_paint.undeliverable, at_paint.open) == (0, 1, 0)
    assert {each.state: each.cases for each in report.open_cases} == {
        "dispatched": 1,
        "returned": 1,
        "undeliverable": 1,
    }
    deliveries = {each.department: each for each in report.deliveries}
    assert (deliveries["roads"].made, deliveries["roads"].delivered) == (4, 4)
    assert (deliveries["paint"].made, deliveries["paint"].dead) == (1, 1)
    assert report.discrepancies == []
    assert (report.source, report.day, report.time_zone) == (SOURCE, today, "Asia/Shanghai")
    assert town.get(lost).number not in report.model_dump_json()


def test_a_day_without_anything_has_a_report_too(reporter: Reporter) -> None:
    report = _report(reporter, date(2026, 1, 5))
    assert (report.classes, report.departments, report.open_cases) == ([], [], [])
    assert (report.ends_at - report.begins_at) == timedelta(days=1)


def test_what_happens_later_changes_no_report(
    town: Town, department: Department, reporter: Reporter, today: date
) -> None:
    town.destination(department.url)
    town.case()
    first = reporter.report(today, at=_tomorrow())
    town.case()

    again = reporter.report(today, at=_tomorrow())

    assert (again.content, again.signature) == (first.content, first.signature)


def test_servers_that_make_it_at_once_make_one(reporter: Reporter, today: date) -> None:
    made = at_once(lambda: reporter.report(today, at=_tomorrow()).content, 4)
    assert len(set(made)) == 1
    assert isinstance(made[0], str)


def test_a_day_that_is_not_over_has_no_report(sign_in: SignIn, today: date) -> None:
    admin = sign_in("admin")
    answer = admin.get(f"/v1/reports/daily/{today}")
    assert answer.status_code == 409
    assert answer.json()["type"].endswith("day-not-over")
    assert admin.get("/v1/reports/daily").json()["items"] == []


@sqlite_only
@pytest.mark.parametrize("form", ["json", "csv"])
def test_who_receives_a_report_can_check_it(
    client: httpx.Client, sign_in: SignIn, today: date, tmp_path: Path, form: str
) -> None:
    day = today - timedelta(days=1)
    admin = sign_in("supervisor")
    answer = admin.get(f"/v1/reports/daily/{day}", params={"format": form})
    assert answer.status_code == 200
    report, key = tmp_path / f"report.{form}", tmp_path / "key.pem"
    report.write_bytes(answer.content)
    key.write_bytes(client.get("/v1/reports/key.pem").content)

    def verify() -> tuple[int, str]:
        done = CliRunner().invoke(commands, ["report", "verify", str(report), "--key", str(key)])
        return done.exit_code, f"{done.output} {done.exception}"

    code, said = verify()
    assert code == 0, said
    assert f"the report of {day}" in said
    report.write_bytes(answer.content.replace(b"Asia/Shanghai", b"Asia/Chongqing"))
    code, said = verify()
    assert code == 1
    assert "changed" in said
    assert admin.get("/v1/reports/daily").json()["items"][0]["day"] == str(day)


@sqlite_only
def test_the_table_says_what_the_json_says(
    town: Town, department: Department, reporter: Reporter, today: date
) -> None:
    town.destination(department.url, name="roads")
    town.case()
    town.send_all()
    made = reporter.report(today, at=_tomorrow())

    text = reporter.table(made).removeprefix("\ufeff")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))

    told = {(r["part"], r["item"], r["class"], r["department"]): r["value"] for r in rows}
    assert told["departments", "dispatched", "", "roads"] == "1"
    assert told["classes", "opened", "pothole", ""] == "1"
    assert told["open_cases", "dispatched", "", ""] == "1"
    counted = sum(
        1
        for part, lines in json.loads(made.content).items()
        if isinstance(lines, list)
        for line in lines
        for value in line.values()
        if isinstance(value, int)
    )
    assert counted == sum(1 for row in rows if row["part"] not in ("report", "signature"))
