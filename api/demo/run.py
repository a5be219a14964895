"""The demonstration: problems are found, reviewed, dispatched, repaired or not, and verified.

Everything runs as it would in a city, as processes of its own that speak HTTP: the service on
SQLite and a folder, a receiving department, and the gateways. What each inspection shows is an act
of its own (`api.demo.act`).
"""

import base64
import secrets
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from rich.console import Console

from api.accounts.hashing import hash_password
from api.accounts.service import create_user
from api.database import Database
from api.demo import tables
from api.demo.act import Act, Ended
from api.demo.checkpoint import Checkpoint
from api.demo.community import Community
from api.demo.field import Field
from api.demo.processes import listen, running
from api.demo.repairs import Repairs
from api.demo.road import Road
from api.demo.site import Site
from api.demo.town import Town
from api.migrations import upgrade
from api.permissions import Role
from api.serve import address

_DELIVERY_PATIENCE_S = 30.0


def run(*, folder: Path, frames: Path | None, once: bool) -> None:
    """Run the demonstration.

    Args:
        folder: where everything of it is kept; what an earlier one left there is removed.
        frames: a folder of pictures to drive along, instead of every rendered act.
        once: end when the cases have arrived, instead of staying up until Ctrl-C.

    Raises:
        NothingArrived: when no case of an act reached a department.
        NoPictures: when `frames` holds no picture.
        DidNotStart: when a process of the demonstration does not come up.
    """
    console = Console()
    shutil.rmtree(folder, ignore_errors=True)
    if frames is not None:
        acts: tuple[Act, ...] = (Road(folder / "road", frames),)
    else:
        road = Road(folder / Road.scene)
        acts = (
            road,
            *(kind(folder / kind.scene) for kind in (Checkpoint, Field, Community, Site)),
            Repairs(folder / Repairs.scene, road),
        )
    with ExitStack() as stack:
        for act in acts:
            stack.callback(act.stop)
            act.prepare()
        house = stack.enter_context(_open_house(console, folder))
        ended = [_play(console, act, house, folder) for act in acts]
        received = _wait_for_cases(console, house.department_url, ended)
        cases = house.operator.get("/v1/cases", params={"limit": 200}).raise_for_status().json()
        console.print(tables.of_cases(cases["items"]))
        console.print(tables.of_acts(ended, house.operator, received))
        for case in [case for one in ended for case in one.act.shown]:
            console.print(tables.of_timeline(case))
            if not once:
                console.print(f"{house.service_url}/cases/{case['id']}", soft_wrap=True)
        for one in ended:
            one.act.expect(one.opened, received)
        if not once:
            console.print(
                f"The page: [bold]{house.service_url}[/]  sign in as operator "
                f"(password {house.passwords['operator']}) or admin "
                f"(password {house.passwords['admin']})\n"
                f"The departments' desk: {house.department_url}\n"
                "Ctrl-C ends the demonstration."
            )
            try:
                while True:
                    time.sleep(3600)
            except KeyboardInterrupt:
                console.print("ending")


@dataclass(frozen=True, slots=True)
class _House:
    """The running service and department, and who is signed in."""

    service_url: str
    department_url: str
    town: Town
    operator: httpx.Client
    passwords: dict[str, str]


@contextmanager
def _open_house(console: Console, folder: Path) -> Iterator[_House]:
    passwords = _create_people(folder)
    service, department = listen(8000), listen(8311)
    service_url, department_url = address(service), address(department)
    webhook_secret = f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"
    with ExitStack() as stack:
        with console.status("starting the service and a receiving department"):
            stack.enter_context(
                running(
                    ["serve"],
                    listener=service,
                    log=folder / "service.log",
                    environment={
                        "XUNJIAN_DATA_DIR": str(folder),
                        "XUNJIAN_PUBLIC_URL": service_url,
                        "XUNJIAN_STATUS_INTERVAL_S": "0.5",
                        "XUNJIAN_UNDO_S": "0",
                    },
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
        admin, operator = (
            stack.enter_context(_signed_in(service_url, name, passwords[name]))
            for name in ("admin", "operator")
        )
        town = Town(admin, department_url, webhook_secret)
        yield _House(service_url, department_url, town, operator, passwords)


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


def _play(console: Console, act: Act, house: _House, folder: Path) -> Ended:
    with console.status(f"rendering what the cameras see: {act.scene}"):
        rows = act.rows()
    token = act.set_up(house.town, rows)
    console.print(act.telling)
    began = time.monotonic()
    act.post(house.service_url, token, folder / "gateways" / act.scene)
    return Ended(act, len(rows), time.monotonic() - began, act.confirm(house.operator))


def _wait_for_cases(console: Console, department_url: str, ended: Sequence[Ended]) -> list[str]:
    """Return the ids of the cases that reached a department."""
    wanted = {case_id for one in ended for case_id in one.opened}
    deadline = time.monotonic() + _DELIVERY_PATIENCE_S
    received: list[str] = []
    with console.status("the service sends the cases"):
        while not wanted <= set(received) and time.monotonic() < deadline:
            works = httpx.get(f"{department_url}/received").raise_for_status().json()
            received = [str(work["case_id"]) for work in works]
            time.sleep(0.2)
    return received
