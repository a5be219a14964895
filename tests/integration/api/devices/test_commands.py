"""`xunjian device` on the machine itself."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from api.commands import app as commands
from api.devices.commands import app

GATE = "33010600001190000001"


@pytest.fixture(autouse=True)
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a folder of the test's own, with two cameras."""
    monkeypatch.setenv("XUNJIAN_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("COLUMNS", "200")
    for name in ("north gate", "lane=2"):
        made = CliRunner().invoke(commands, ["camera", "create", name, "--gateway", "gates"])
        assert made.exit_code == 0, made.output


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["device", *arguments])


def test_a_device_is_made_listed_enabled_and_disabled() -> None:
    made = run(
        *("create", "gate", "--protocol", "viid", "--identifier", GATE),
        *("--camera", "north gate", "--camera", "33010600001190000002=north gate"),
    )
    assert made.exit_code == 0, made.output
    secret = made.stdout.strip()
    assert len(secret) == 16
    listed = run("list").stdout
    assert secret not in listed
    (row,) = [line.split() for line in listed.splitlines() if GATE in line]
    assert row == ["gate", "viid", GATE, "2", "never"]
    assert run("enable", "gate").stdout == "gate is enabled\n"
    (row,) = [line.split() for line in run("list").stdout.splitlines() if GATE in line]
    assert row == ["gate", "viid", GATE, "2", "yes", "never"]
    assert run("disable", "gate").stdout == "gate is disabled\n"


def test_what_is_unknown_is_told() -> None:
    wanted = ("create", "gate", "--protocol", "viid", "--identifier", GATE, "--camera")
    for arguments in ((*wanted, "south gate"), ("enable", "gate")):
        refused = run(*arguments)
        assert refused.exit_code == 1
        assert "There is no" in str(refused.exception)
    assert run("list").stdout.count(GATE) == 0


def test_a_name_with_an_equals_sign_is_a_name() -> None:
    made = run(
        *("create", "gate", "--protocol", "isapi", "--identifier", "gate", "--camera", "=lane=2")
    )
    assert made.exit_code == 0, made.output
