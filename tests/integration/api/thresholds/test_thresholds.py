"""Action thresholds over HTTP: imported, compared, in force."""

import httpx
import pytest
from sqlalchemy import select

from api.audit.models import AuditRecord
from api.database import Database
from api.findings.models import Finding
from api.findings.states import FindingState
from tests.conftest import SignIn, sqlite_only
from tests.integration.api.plots.field import Field, at

DOCUMENT = """\
version: hangzhou-2026.2
crop: rice
valid_from: {day}
thresholds:
- pest: leaf_folder
  stages: [booting]
  value: {value}
  unit: per_100_hills
  source: 杭州市植保站
"""


def _import(client: httpx.Client, value: int = 200, day: str = "2026-07-01") -> httpx.Response:
    return client.post(
        "/v1/thresholds",
        content=DOCUMENT.format(value=value, day=day).encode(),
        headers={"Content-Type": "application/yaml"},
    )


def test_a_version_is_imported_once_listed_shown_and_compared(
    sign_in: SignIn, database: Database
) -> None:
    admin = sign_in("admin")
    example = admin.get("/v1/thresholds/rice-example-2026.1").json()
    assert example["content"]["thresholds"]
    assert admin.get("/v1/thresholds").json()["items"] == []
    made = _import(admin)
    assert made.status_code == 201, made.text
    assert _import(admin).json() == made.json()
    taken = _import(admin, value=300)
    assert taken.status_code == 409
    assert taken.json()["type"] == "urn:xunjian:problem:version-taken"
    (listed,) = admin.get("/v1/thresholds").json()["items"]
    assert listed["version"] == "hangzhou-2026.2"
    shown = admin.get("/v1/thresholds/hangzhou-2026.2").json()
    assert shown["content"]["thresholds"][0]["source"] == "杭州市植保站"
    assert shown["document"] == DOCUMENT.format(value=200, day="2026-07-01")
    difference = admin.get("/v1/thresholds/hangzhou-2026.2/differences").json()
    assert difference["before"] == "rice-example-2026.1"
    changed = {(one["pest"], one["stage"]): one for one in difference["changes"]}
    one = changed["leaf_folder", "booting"]
    assert (one["before"]["value"], one["after"]["value"]) == (50, 200)
    assert changed["stem_borer", "booting"]["after"] is None
    assert difference["settings"] == {}
    same = admin.get(
        "/v1/thresholds/hangzhou-2026.2/differences", params={"before": "hangzhou-2026.2"}
    )
    assert same.json()["changes"] == []
    for path in ("nothing", "nothing/differences", "rice-example-2026.1/differences"):
        assert admin.get(f"/v1/thresholds/{path}").status_code == 404
    with database.read() as session:
        records = session.scalars(
            select(AuditRecord).where(AuditRecord.object_type == "thresholds")
        ).all()
    assert [record.action for record in records] == ["thresholds.import"]


def test_a_version_judges_the_periods_that_end_on_its_first_day_or_later(
    sign_in: SignIn, database: Database
) -> None:
    with database.write() as session:
        field = Field(session)
        for day in (0, 1, 2, 7, 8, 9):
            field.post(at(day), 20)
        states = [finding.state for finding in field.findings()]
    assert states == [FindingState.PENDING_REVIEW] * 2
    assert _import(sign_in("admin"), day="2026-07-13").status_code == 201
    with database.read() as session:
        states = list(session.scalars(select(Finding.state).order_by(Finding.first_seen_at)))
    assert states == [FindingState.PENDING_REVIEW, FindingState.WITHDRAWN]


@sqlite_only
def test_a_document_is_checked_before_it_is_imported(sign_in: SignIn) -> None:
    admin = sign_in("admin")

    def check(value: int) -> httpx.Response:
        document = DOCUMENT.format(value=value, day="2026-07-01").encode()
        return admin.post("/v1/thresholds/check", content=document)

    checked = check(200).json()
    assert checked["before"] == "rice-example-2026.1"
    assert not checked["known"]
    (changed,) = (one for one in checked["changes"] if one["after"])
    assert (changed["before"]["value"], changed["after"]["value"]) == (50, 200)
    assert admin.get("/v1/thresholds").json()["items"] == []

    _import(admin)
    assert check(200).json()["known"]
    assert check(300).status_code == 409
    assert admin.post("/v1/thresholds/check", content=b"version: [").status_code == 422


@pytest.mark.parametrize(
    ("content", "status", "location"),
    [
        (b"\xff\xfe", 422, None),
        (b"", 422, "document"),
        (b"version: [", 422, "line 1"),
        (DOCUMENT.format(value=-1, day="2026-07-01").encode(), 422, "thresholds.0.value"),
        (b"#" * 300_000, 413, None),
    ],
)
@sqlite_only
def test_a_document_with_faults_changes_nothing(
    sign_in: SignIn, content: bytes, status: int, location: str | None
) -> None:
    admin = sign_in("admin")
    answer = admin.post("/v1/thresholds", content=content)
    assert answer.status_code == status
    if location is not None:
        assert location in [fault["location"] for fault in answer.json()["errors"]]
    assert admin.get("/v1/thresholds").json()["items"] == []
