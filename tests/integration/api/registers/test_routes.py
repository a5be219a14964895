"""Registers over HTTP: filled, refused, exported."""

import httpx
import pytest
from sqlalchemy import select

from api.audit.models import AuditRecord
from api.database import Database
from api.registers.models import RegisterEntry
from tests.conftest import SignIn, sqlite_only

CSV = "号牌,截止日期,备注\n京A12345,2027-01-01,复检\n京B99999,,\n"


@pytest.fixture
def admin(sign_in: SignIn) -> httpx.Client:
    """Give an administrator."""
    return sign_in("admin")


@pytest.fixture
def path(admin: httpx.Client) -> str:
    """Give the path of a new register."""
    made = admin.post("/v1/registers", json={"name": "逾期未检验", "kind": "inspection_overdue"})
    assert made.status_code == 201
    assert (made.json()["version"], made.json()["entries"]) == (0, 0)
    return f"/v1/registers/{made.json()['id']}"


def fill(client: httpx.Client, path: str, text: str | bytes, mode: str) -> httpx.Response:
    """Post a CSV file."""
    return client.post(
        f"{path}/entries",
        params={"mode": mode},
        content=text,
        headers={"Content-Type": "text/csv"},
    )


def export(client: httpx.Client, path: str) -> list[str]:
    """Return the lines of a register."""
    answer = client.post(f"{path}/export", json={"purpose": "yearly audit"})
    assert answer.headers["cache-control"] == "no-store"
    return answer.content.decode("utf-8-sig").splitlines()


def test_what_is_filled_is_exported(admin: httpx.Client, path: str, database: Database) -> None:
    version = fill(admin, path, CSV.encode("gb18030"), "replace").json()
    assert (version["number"], version["added"], version["entries"]) == (1, 2, 2)
    assert export(admin, path) == [
        "plate,valid_from,valid_until,note",
        "京A12345,,2027-01-01,复检",
        "京B99999,,,",
    ]
    with database.read() as session:
        stored = session.scalars(select(RegisterEntry)).all()
        audited = session.scalars(
            select(AuditRecord).where(AuditRecord.action == "register.export")
        ).one()
    assert not any("12345" in one.sealed + one.plate_hash for one in stored)
    assert audited.reason == "yearly audit"


def test_replacing_and_adding(admin: httpx.Client, path: str) -> None:
    fill(admin, path, CSV, "replace")
    added = fill(admin, path, "plate,note\n京B99999,new\n京C11111,\n", "add").json()
    assert (added["added"], added["changed"], added["removed"], added["entries"]) == (1, 1, 0, 3)
    replaced = fill(admin, path, "plate\n京C11111\n", "replace").json()
    assert (replaced["added"], replaced["removed"], replaced["entries"]) == (0, 2, 1)
    as_json = admin.post(
        f"{path}/entries?mode=add",
        json={"entries": [{"plate": "京D22222", "valid_from": "2026-11-01"}]},
    )
    assert as_json.json()["entries"] == 2
    removed = admin.post(f"{path}/removals", json={"plates": ["京c·11111"]}).json()
    assert (removed["mode"], removed["removed"], removed["entries"]) == ("remove", 1, 1)
    versions = admin.get(f"{path}/versions").json()["items"]
    assert [(one["number"], one["mode"]) for one in versions] == [
        (1, "replace"),
        (2, "add"),
        (3, "replace"),
        (4, "add"),
        (5, "remove"),
    ]


def test_bad_rows_are_named_and_nothing_changes(admin: httpx.Client, path: str) -> None:
    fill(admin, path, CSV, "replace")
    before = (export(admin, path), admin.get(path).json()["version"])
    refused = [
        fill(admin, path, "plate,valid_from\n京A54321,x\n京Z,\n", "replace"),
        fill(admin, path, b"plate\n\xff\xff\xff", "add"),
        admin.post(f"{path}/removals", json={"plates": ["京A12345", "京A54321"]}),
        admin.post(f"{path}/entries?mode=add", json={"entries": [{"plate": "x"}]}),
        admin.post(f"{path}/entries?mode=add", json={"entries": [{"number": "x"}]}),
        fill(admin, path, CSV, "merge"),
    ]
    assert [one.status_code for one in refused] == [422] * 6
    locations = [error["location"] for error in refused[0].json()["errors"]]
    assert locations == ["row 2, valid_from", "row 3, plate"]
    assert "54321" not in "".join(one.text for one in refused)
    assert (export(admin, path), admin.get(path).json()["version"]) == before


@sqlite_only
def test_names_are_unique_and_registers_can_go(admin: httpx.Client, path: str) -> None:
    fill(admin, path, CSV, "replace")
    again = admin.post("/v1/registers", json={"name": "逾期未检验", "kind": "custom"})
    assert again.status_code == 409
    assert admin.delete(path).status_code == 204
    assert admin.get(path).status_code == 404
    assert admin.get("/v1/registers").json()["items"] == []
