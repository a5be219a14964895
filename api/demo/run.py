"""The demonstration: a bus drives, problems are found, reviewed, dispatched, and received.

Everything runs as it would in a city, as processes of its own that speak HTTP: the service on
SQLite and a folder, a receiving department, and the gateways of the buses.
"""

import base64
import os
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table

from api.accounts.hashing import hash_password
from api.accounts.service import create_user
from api.database import Database
from api.demo import drive as drives
from api.demo.processes import listen, running
from api.migrations import upgrade
from api.permissions import Role
from api.serve import address
from models.errors import XunjianError

_CONFIRMED_AT_MOST = 5
_DELIVERY_PATIENCE_S = 30.0


class NothingArrived(XunjianError):
    """The drive ended and no case reached the department."""


def run(*, folder: Path, frames: Path | None, once: bool) -> None:
    """Run the demonstration.

    Args:
        folder: where everything of it is kept; what an earlier one left there is removed.
        frames: a folder of pictures to drive along; the rendered drive when None.
        once: end when the cases have arrived, instead of staying up until Ctrl-C.

    Raises:
        NothingArrived: when no case reached the department.
        NoPictures: when `frames` holds no picture.
        DidNotStart: when a process of the demonstration does not come up.
    """
    console = Console()
    shutil.rmtree(folder, ignore_errors=True)
    drive = folder / "drive"
    drive.mkdir(parents=True)
    passwords = _create_people(folder)
    environment = {"XUNJIAN_DATA_DIR": str(folder)}
    service, department = listen(8000), listen(8311)
    service_url, department_url = address(service), address(department)
    environment["XUNJIAN_PUBLIC_URL"] = service_url
    webhook_secret = f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"
    with ExitStack() as stack:
        if frames is None:
            rendering = drives.render(drive)
            stack.callback(rendering.kill)
        else:
            drives.lay_out(frames, drive)
        with console.status("starting the service and a receiving department"):
            stack.enter_context(
                running(
                    ["serve"],
                    listener=service,
                    log=folder / "service.log",
                    environment=environment,
                    ready="/readyz",
                )
            )
            stack.enter_context(
                running(
                    ["sandbox"],
                    listener=department,
                    log=folder / "department.log",
                    environment={"XUNJIAN_SANDBOX_SECRET": webhook_secret},
                    ready="/healthz",
                )
            )
        if frames is None:
            with console.status("rendering the road as the buses see it"):
                if rendering.wait() != 0:
                    raise NothingArrived("rendering the drive failed")
        rows = drives.end_now(drive)
        with (
            _signed_in(service_url, "admin", passwords["admin"]) as admin,
            _signed_in(service_url, "operator", passwords["operator"]) as operator,
        ):
            token = _set_up(admin, rows, department_url, webhook_secret)
            began = time.monotonic()
            _drive(console, drive, service_url, token, folder / "gateway")
            drove_s = time.monotonic() - began
            confirmed = _confirm(operator)
            arrived = _wait_for_cases(console, department_url, confirmed)
            summary = operator.get("/v1/summary").raise_for_status().json()
            cases = operator.get("/v1/cases").raise_for_status().json()["items"]
        console.print(_case_table(cases))
        console.print(_table(summary, confirmed, arrived, drove_s))
        if not arrived:
            raise NothingArrived("no case reached the department", hint=f"see the logs in {folder}")
        if not once:
            console.print(
                f"The page: [bold]{service_url}[/]  sign in as operator "
                f"(password {passwords['operator']}) or admin (password {passwords['admin']})\n"
                f"The department's desk: {department_url}\nCtrl-C ends the demonstration."
            )
            try:
                while True:
                    time.sleep(3600)
            except KeyboardInterrupt:
                console.print("ending")


def _create_people(folder: Path) -> dict[str, str]:
    database = Database(f"sqlite:///{folder.resolve() / 'xunjian.sqlite3'}")
    upgrade(database)
    passwords = {name: secrets.token_urlsafe(9) for name in ("admin", "operator")}
    with database.write() as session:
        for name, password in passwords.items():
            create_user(
                session,
                username=name,
                display_name=name,
                password_hash=hash_password(password),
                role=Role(name),
                camera_ids=None,
                actor="system",
            )
    database.close()
    return passwords


@contextmanager
def _signed_in(url: str, username: str, password: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url, timeout=30) as client:
        answer = client.post("/v1/session", json={"username": username, "password": password})
        client.headers["X-CSRF-Token"] = answer.raise_for_status().json()["csrf_token"]
        yield client


def _set_up(
    admin: httpx.Client, rows: list[dict[str, str]], department_url: str, webhook_secret: str
) -> str:
    """Register a gateway, its buses and two departments; return the gateway's token."""

    def create(path: str, body: dict[str, Any]) -> dict[str, Any]:
        created: dict[str, Any] = admin.post(path, json=body).raise_for_status().json()
        return created

    gateway = create("/v1/gateways", {"name": "bus depot"})
    for row in {row["camera"]: row for row in rows}.values():
        calibration = {
            name: float(row[f"camera_{name}"])
            for name in ("height_m", "pitch_deg", "hfov_deg")
            if f"camera_{name}" in row
        }
        create(
            "/v1/cameras",
            {
                "name": row["camera"],
                "kind": "bus",
                "gateway_id": gateway["id"],
                "inspections": ["road_damage"],
                "calibration": calibration,
            },
        )
    create(
        "/v1/destinations",
        {
            "name": "Road maintenance (Open311)",
            "kind": "open311",
            "url": f"{department_url}/open311/v2",
            "settings": {"after_doubt": "resend"},  # the sandbox knows its keys
            "classes": ["pothole"],
        },
    )
    create(
        "/v1/destinations",
        {
            "name": "Pavement office (webhook)",
            "kind": "webhook",
            "url": f"{department_url}/webhook",
            "secret": webhook_secret,
            "classes": ["crack"],
        },
    )
    token = create(
        "/v1/tokens",
        {"name": "bus depot", "role": "gateway", "gateway_id": gateway["id"]},
    )
    return str(token["secret"])


def _drive(console: Console, drive: Path, url: str, token: str, queue: Path) -> None:
    console.print("the buses drive and post what they see")
    finished = subprocess.run(  # noqa: S603 - our own command
        [
            *(sys.executable, "-m", "xunjian", "gateway", "post", str(drive)),
            *("--url", url, "--queue", str(queue), "--concurrency", str(os.cpu_count() or 1)),
        ],
        env={**os.environ, "XUNJIAN_TOKEN": token},
        check=False,
    )
    if finished.returncode != 0:
        raise NothingArrived("the gateway could not post every frame")


def _confirm(operator: httpx.Client) -> list[dict[str, Any]]:
    """Confirm the first findings of the queue, as an operator would; leave the others."""
    queue = operator.get(
        "/v1/findings", params={"state": "pending_review", "limit": _CONFIRMED_AT_MOST}
    ).raise_for_status()
    confirmed = []
    for finding in queue.json()["items"]:
        answer = operator.post(f"/v1/findings/{finding['id']}/review", json={"verdict": "confirm"})
        confirmed.append(answer.raise_for_status().json())
    return confirmed


def _wait_for_cases(
    console: Console, department_url: str, confirmed: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    deadline = time.monotonic() + _DELIVERY_PATIENCE_S
    received: list[dict[str, Any]] = []
    with console.status("the service sends the cases"):
        while len(received) < len(confirmed) and time.monotonic() < deadline:
            received = httpx.get(f"{department_url}/received").raise_for_status().json()
            time.sleep(0.2)
    return received


def _case_table(cases: list[dict[str, Any]]) -> Table:
    table = Table(title="Cases", title_justify="left")
    for column in (
        "number",
        "problem",
        "severity",
        "looks",
        "where (WGS-84)",
        "department",
        "state",
    ):
        table.add_column(column)
    for case in cases:
        finding, destination = case["finding"], case["destination"]
        table.add_row(
            case["number"],
            finding["class"],
            str(finding["severity"]),
            str(finding["looks"]),
            f"{finding['latitude']:.5f}, {finding['longitude']:.5f}",
            destination["name"] if destination else "none",
            case["state"],
        )
    return table


def _table(
    summary: dict[str, Any],
    confirmed: list[dict[str, Any]],
    arrived: list[dict[str, Any]],
    drove_s: float,
) -> Table:
    table = Table(title="What happened", show_header=False, title_justify="left")
    deliveries = summary["deliveries"]
    for what, number in (
        (f"frames in {drove_s:.1f} s", summary["frames"]),
        ("detections", summary["detections"]),
        ("findings", sum(summary["findings"].values())),
        ("confirmed by the operator", len(confirmed)),
        ("cases", sum(summary["cases"].values())),
        ("deliveries", deliveries.get("delivered", 0)),
        ("received by the department", len(arrived)),
    ):
        table.add_row(what, str(number))
    return table
