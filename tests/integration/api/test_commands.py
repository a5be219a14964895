import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.conftest import PASSWORD

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Give the environment of an installation in a folder of the test's own."""
    return {**os.environ, "XUNJIAN_DATA_DIR": str(tmp_path / "var")}


@pytest.fixture
def run(environment: dict[str, str]) -> Run:
    """Give a function that runs the command line in a process of its own."""

    def run(*arguments: str, stdin: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "xunjian", *arguments],
            input=stdin,
            env={**environment, **variables},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


class Service:
    """A running `xunjian serve`."""

    def __init__(self, environment: dict[str, str]) -> None:
        command = [sys.executable, "-m", "xunjian", "serve", "--port", "0"]
        self.process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
        assert self.process.stderr is not None
        self.told = []
        self.url = ""
        for line in self.process.stderr:
            self.told.append(line)
            if line.startswith("address"):
                self.url = line.split()[1]
            if "Application startup complete" in line:
                break

    def stop(self, how: signal.Signals) -> int:
        """Send a signal; return the exit code."""
        self.process.send_signal(how)
        _, rest = self.process.communicate(timeout=60)
        self.told.append(rest)
        return self.process.returncode


@pytest.fixture
def service(environment: dict[str, str]) -> Iterator[Service]:
    """Run the service on a free port."""
    service = Service(environment)
    yield service
    if service.process.poll() is None:
        service.stop(signal.SIGKILL)


def test_from_nothing_to_a_service_that_people_and_machines_use(run: Run, service: Service) -> None:
    told = "".join(service.told)
    assert re.search(r"^database +sqlite:////.*xunjian\.sqlite3$", told, re.M)
    assert re.search(r"^inference +cpu: ", told, re.M)
    assert "nobody can sign in yet: xunjian user create" in told

    assert (
        run(
            "user", "create", "alice", "--role", "admin", "--password-stdin", stdin=PASSWORD + "\n"
        ).returncode
        == 0
    )
    made = run("token", "create", "depot", "--gateway", "depot")
    assert re.fullmatch(r"xj_[\w-]{43}\n", made.stdout)
    camera = run("camera", "create", "bus 17", "--gateway", "depot").stdout.strip()

    session = httpx.post(
        f"{service.url}/v1/session", json={"username": "alice", "password": PASSWORD}
    )
    assert session.json()["user"]["role"] == "admin"
    headers = {"Authorization": f"Bearer {made.stdout.strip()}"}
    cameras = httpx.get(f"{service.url}/v1/cameras", headers=headers).json()["items"]
    assert [item["id"] for item in cameras] == [camera]

    [token_id] = re.findall(r"token ([\w-]{36}):", made.stderr)
    assert token_id in run("token", "list").stdout
    assert run("token", "revoke", token_id).returncode == 0
    assert "alice" in run("user", "list").stdout
    assert service.stop(signal.SIGTERM) in (0, -signal.SIGTERM)
    assert made.stdout.strip() not in "".join(service.told)


def test_ctrl_c_ends_the_service_cleanly(service: Service) -> None:
    assert httpx.get(f"{service.url}/healthz").status_code == 200
    assert service.stop(signal.SIGINT) == 0
    assert "Traceback" not in "".join(service.told)


def test_a_new_password_replaces_the_old_one(run: Run) -> None:
    assert (
        run(
            "user", "create", "wang", "--role", "operator", "--password-stdin", stdin=PASSWORD
        ).returncode
        == 0
    )
    assert run("user", "set-password", "wang", "--password-stdin", stdin="short").returncode == 1
    assert (
        run("user", "set-password", "wang", "--password-stdin", stdin=PASSWORD + "!").returncode
        == 0
    )
    missing = run("user", "set-password", "li", "--password-stdin", stdin=PASSWORD)
    assert missing.returncode == 1
    assert "There is no user 'li'" in missing.stderr


@pytest.mark.parametrize(
    ("arguments", "variables", "code", "message"),
    [
        (["user", "create", "x", "--role", "gateway"], {}, 2, "gateway"),
        (["token", "create", "x"], {}, 2, "--gateway or --role"),
        (["token", "revoke", "x"], {}, 1, "no token"),
        (
            ["camera", "create", "x", "--gateway", "g", "--inspection", "ghosts"],
            {},
            1,
            "road_damage",
        ),
        (["db", "upgrade"], {"XUNJIAN_WORKERS": "many"}, 1, "XUNJIAN_WORKERS"),
        (["serve"], {"XUNJIAN_DEVICE": "tensorrt"}, 1, "TensorrtExecutionProvider"),
        (
            ["serve"],
            {"XUNJIAN_DATABASE_URL": "postgresql://u:hush@127.0.0.1:1/x"},
            1,
            "does not answer",
        ),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line_or_two(
    run: Run, arguments: list[str], variables: dict[str, str], code: int, message: str
) -> None:
    done = run(*arguments, **variables)
    assert done.returncode == code
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert "hush" not in done.stderr


def test_a_port_that_is_taken_is_named(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = run("serve", "--port", port)
    assert done.returncode == 1
    assert f"port {port}" in done.stderr
    assert "--port" in done.stderr


def test_postgresql_is_upgraded_by_an_operator(
    run: Run, postgresql_url: str, tmp_path: Path
) -> None:
    import psycopg

    with psycopg.connect(postgresql_url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    variables = {"XUNJIAN_DATABASE_URL": postgresql_url}
    refused = run("serve", "--port", "0", **variables)
    assert refused.returncode == 1
    assert "xunjian db upgrade" in refused.stderr
    assert run("db", "current", **variables).returncode == 1
    assert "was empty" in run("db", "upgrade", **variables).stdout
    assert "already" in run("db", "upgrade", **variables).stdout
    assert run("db", "current", **variables).returncode == 0
