"""Rule sets over HTTP and from the command line."""

from pathlib import Path

import httpx
import pytest
import yaml
from typer.testing import CliRunner

from tests.conftest import SignIn, sqlite_only
from xunjian import app as command_line

EXAMPLE = (Path(__file__).parents[4] / "api/rules/example.yaml").read_text(encoding="utf-8")
RULES = """
name: test
rules:
  - code: smoke
    label: {zh: 冒黑烟, en: Smoke}
    severity: 3
    department: 环保
    when: {type: black_smoke}
"""


@pytest.fixture
def admin(sign_in: SignIn) -> httpx.Client:
    """Give an administrator of a city with one department."""
    client = sign_in("admin")
    made = client.post(
        "/v1/destinations",
        json={
            "name": "环保",
            "kind": "webhook",
            "url": "http://127.0.0.1:1/",
            "secret": "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
        },
    )
    assert made.status_code == 201, made.text
    return client


def put(client: httpx.Client, text: str) -> httpx.Response:
    """Put rules in force."""
    return client.put("/v1/rules", content=text.encode())


def test_versions_of_rules(admin: httpx.Client) -> None:
    assert admin.get("/v1/rules").status_code == 404
    first = put(admin, RULES)
    assert (first.status_code, first.json()["number"]) == (200, 1)
    second = put(admin, RULES.replace("severity: 3", "severity: 4")).json()
    assert second["number"] == 2
    in_force = admin.get("/v1/rules").json()
    assert "severity: 4" in in_force["text"]
    assert [rule["code"] for rule in in_force["rules"]] == [
        rule["code"] for rule in yaml.safe_load(in_force["text"])["rules"]
    ]
    assert all(rule["label_zh"] and rule["label_en"] for rule in in_force["rules"])
    assert admin.get("/v1/rules/versions/1").json()["text"] == RULES
    versions = admin.get("/v1/rules/versions").json()["items"]
    assert [one["ended_at"] is None for one in versions] == [False, True]
    assert admin.delete("/v1/rules").status_code == 204
    assert admin.delete("/v1/rules").status_code == 409
    assert admin.get("/v1/rules").status_code == 404
    actions = [one["action"] for one in admin.get("/v1/audit").json()["items"]]
    assert [one for one in actions if one.startswith("rules")] == [
        "rules.end",
        "rules.load",
        "rules.load",
    ]


@sqlite_only
def test_mistakes_are_named_and_change_nothing(admin: httpx.Client) -> None:
    put(admin, RULES)
    wrong = put(admin, RULES.replace("severity: 3", "severity: 9").replace("smoke}", "smok}"))
    assert wrong.status_code == 422
    assert [error["location"] for error in wrong.json()["errors"]] == [
        "line 6, rules[0].severity",
        "line 8, rules[0].when",
    ]
    unknown = admin.post("/v1/rules/check", content=EXAMPLE.encode())
    assert unknown.status_code == 422
    assert {error["location"] for error in unknown.json()["errors"]} == {
        "department",
        "register",
        "camera",
    }
    assert put(admin, "\xff").status_code == 422
    assert admin.get("/v1/rules").json()["number"] == 1


@sqlite_only
def test_what_a_text_changes_is_told_line_by_line(admin: httpx.Client) -> None:
    put(admin, RULES)
    other = RULES.replace("severity: 3", "severity: 2")
    checked = admin.post("/v1/rules/check", content=other.encode()).json()
    changed = [line for line in checked["differences"] if line[0] in "+-"]
    assert [line[0] + line[1:].strip() for line in changed] == ["-severity: 3", "+severity: 2"]
    assert admin.get("/v1/rules").json()["number"] == 1

    put(admin, other)
    told = admin.get("/v1/rules/versions/2/differences").json()
    assert (told["before"], told["after"]) == (1, 2)
    assert told["differences"] == checked["differences"]
    first = admin.get("/v1/rules/versions/1/differences").json()
    assert first["before"] is None
    assert {line[0] for line in first["differences"]} == {"@", "+"}
    assert admin.get("/v1/rules/versions/2/differences?before=2").json()["differences"] == []
    assert admin.get("/v1/rules/versions/9/differences").status_code == 404


@sqlite_only
def test_a_register_that_rules_ask_stays(admin: httpx.Client) -> None:
    register = admin.post("/v1/registers", json={"name": "名单", "kind": "custom"}).json()
    when = "when: {type: register, register: 名单}"
    assert put(admin, RULES.replace("when: {type: black_smoke}", when)).status_code == 200
    assert admin.delete(f"/v1/registers/{register['id']}").status_code == 409
    put(admin, RULES)
    assert admin.delete(f"/v1/registers/{register['id']}").status_code == 204


def test_the_command_line_checks_files(tmp_path: Path) -> None:
    run = CliRunner().invoke
    file = tmp_path / "rules.yaml"
    file.write_text(run(command_line, ["rules", "example"]).stdout, encoding="utf-8")
    assert file.read_text(encoding="utf-8") == EXAMPLE
    assert run(command_line, ["rules", "check", str(file)]).exit_code == 0
    file.write_text(EXAMPLE.replace("frames: 4", "frames: 0"), encoding="utf-8")
    checked = run(command_line, ["rules", "check", str(file)])
    assert checked.exit_code == 1
    assert "rules[6].when.frames" in checked.output
    plates = tmp_path / "plates.csv"
    plates.write_bytes("号牌\n京A12345\n".encode("gb18030"))
    assert run(command_line, ["registers", "check", str(plates)]).exit_code == 0
    plates.write_text("号牌\n京X\n", encoding="utf-8")
    checked = run(command_line, ["registers", "check", str(plates)])
    assert checked.exit_code == 1
    assert "row 2, plate" in checked.output
