import csv
import io
from datetime import datetime, timedelta

import httpx
import pytest

from api.audit import service as audit
from api.audit.models import AuditRecord
from api.database import Database, now
from tests.conftest import MakeCamera, SignIn, sqlite_only


def test_the_audit_record_is_read_newest_first_by_object_and_by_actor(
    sign_in: SignIn, make_camera: MakeCamera
) -> None:
    admin, supervisor, camera = sign_in("admin"), sign_in("supervisor"), make_camera()
    actor = "user:" + admin.get("/v1/session").json()["user"]["id"]
    for name in ("first", "second", "third"):
        admin.patch(f"/v1/cameras/{camera.id}", json={"name": name})

    of_camera = {"object_type": "camera", "object_id": camera.id}
    page = supervisor.get("/v1/audit", params={**of_camera, "limit": 2}).json()
    assert [item["after"]["name"] for item in page["items"]] == ["third", "second"]
    assert {item["actor_name"] for item in page["items"]} == {"the admin"}
    rest = supervisor.get("/v1/audit", params={**of_camera, "cursor": page["next_cursor"]}).json()
    assert [item["action"] for item in rest["items"]] == ["camera.update", "camera.create"]
    assert [item["actor_name"] for item in rest["items"]] == ["the admin", None]
    assert rest["next_cursor"] is None

    by_admin = supervisor.get("/v1/audit", params={"actor": actor}).json()["items"]
    assert {item["action"] for item in by_admin} == {"camera.update", "user.sign_in"}
    assert all(item["at"].endswith("Z") for item in by_admin)


@pytest.fixture
def supervisor(sign_in: SignIn) -> httpx.Client:
    return sign_in("supervisor")


def _write(database: Database, *, count: int, action: str, begin: datetime) -> None:
    with database.write() as session:
        for number in range(count):
            audit.record(
                session,
                actor="system",
                action=action,
                object_type="lamp",
                object_id=f"lamp-{number}",
                after={"名": f"灯 {number}"},
                reason='because, "so"',
            )
            (written,) = (row for row in session.new if isinstance(row, AuditRecord))
            written.at = begin + timedelta(minutes=number)
            session.flush()


def test_it_is_searched_by_action_and_time(supervisor: httpx.Client, database: Database) -> None:
    begin = now() - timedelta(days=1)
    _write(database, count=10, action="lamp.light", begin=begin)
    _write(database, count=10, action="lamp.quench", begin=begin)

    def found(**params: str | list[str]) -> list[tuple[str, str]]:
        items = supervisor.get("/v1/audit", params={"object_type": "lamp", **params}).json()
        return [(item["action"], item["object_id"]) for item in items["items"]]

    span = {
        "since": (begin + timedelta(minutes=3)).isoformat(),
        "until": (begin + timedelta(minutes=5)).isoformat(),
    }
    assert found(action="lamp.light", **span) == [
        ("lamp.light", "lamp-4"),
        ("lamp.light", "lamp-3"),
    ]
    assert len(found(action=["lamp.light", "lamp.quench"], **span)) == 4
    assert found(action="lamp.sell") == []
    words = supervisor.get("/v1/audit/words").json()
    assert {"lamp.light", "lamp.quench", "user.sign_in"} <= set(words["actions"])
    assert "lamp" in words["object_types"]


def test_it_is_exported_whole(
    supervisor: httpx.Client, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.audit.routes._ROWS_AT_ONCE", 4)
    _write(database, count=10, action="lamp.light", begin=now())
    answer = supervisor.get("/v1/audit", params={"object_type": "lamp", "format": "csv"})
    assert answer.headers["content-type"].startswith("text/csv")
    assert "attachment" in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["object_id"] for row in rows] == [f"lamp-{n}" for n in reversed(range(10))]
    assert rows[0]["after"] == '{"名": "灯 9"}'
    assert rows[0]["reason"] == 'because, "so"'
    none = supervisor.get("/v1/audit", params={"object_type": "none", "format": "csv"})
    assert none.content.decode("utf-8-sig").split(",")[0] == "at"


@sqlite_only
def test_a_search_that_makes_no_sense_is_refused(supervisor: httpx.Client) -> None:
    for params in ({"since": "2026-11-21T08:00:00"}, {"format": "xml"}, {"cursor": "??"}):
        assert supervisor.get("/v1/audit", params=params).status_code in (400, 422)
