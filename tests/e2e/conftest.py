"""A whole town for the page's tests: service, department, a bus that has driven, a real browser."""

import base64
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect, sync_playwright

from api.demo.act import Act
from api.demo.checkpoint import Checkpoint
from api.demo.community import Community
from api.demo.field import Field
from api.demo.processes import listen, running
from api.demo.road import Road
from api.demo.site import Site
from api.demo.town import Town as Setting
from api.page import DIST
from api.serve import address
from datasets.synthesis.road import DriveFrame, RoadScene, render_drive
from tests.e2e.base_map import write_base_map

CHROMIUM = shutil.which("chromium")
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
expect.set_options(timeout=30_000)  # how long a page takes says how busy the machine is

PASSWORD = "correct horse battery staple"
UNDO_S = 5
ENOUGH_FINDINGS = 7  # the tests review some for good
ROLES = ("operator", "supervisor", "ml_engineer")
# What a page that trusted names and comments would run or draw.
EVIL_MARKUP = "<img src=x onerror=\"document.title='pwned'\">"
EVIL_CAMERA = f"8路 {EVIL_MARKUP}<script>alert(1)</script>"
EVIL_COMMENT = f"请补拍照片 {EVIL_MARKUP}"


@dataclass(frozen=True)
class Town:
    """A running service, where a person of each role can sign in under the role's name."""

    url: str
    gateway_token: str

    def signed_in(self, username: str) -> AbstractContextManager[httpx.Client]:
        """Give a client with a session of this person."""
        return signed_in(self.url, username)


@contextmanager
def signed_in(url: str, username: str) -> Iterator[httpx.Client]:
    """Give a client with a session of this person."""
    with httpx.Client(base_url=url, timeout=30) as client:
        answer = client.post("/v1/session", json={"username": username, "password": PASSWORD})
        client.headers["X-CSRF-Token"] = answer.raise_for_status().json()["csrf_token"]
        yield client


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Run the service and a department; a bus drives once and posts what it sees."""
    with _house(tmp_path_factory.mktemp("town")) as (url, department_url, secret):
        with signed_in(url, "admin") as admin:
            token = _set_up(admin, department_url, secret)
        _drive(url, token)
        with signed_in(url, "operator") as operator:
            _open_a_case(operator)
        yield Town(url, token)


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Run the service and a department; every inspection found something that nobody reviewed."""
    folder = tmp_path_factory.mktemp("city")
    with _house(folder) as (url, department_url, secret), ExitStack() as stack:
        admin, operator = (
            stack.enter_context(signed_in(url, name)) for name in ("admin", "operator")
        )
        acts: list[Act] = [
            kind(folder / kind.scene) for kind in (Road, Checkpoint, Field, Community, Site)
        ]
        for act in acts:
            stack.callback(act.stop)
            act.prepare()
        for act in acts:
            token = act.set_up(Setting(admin, department_url, secret), act.rows())
            act.post(url, token, folder / "gateways" / act.scene)
        for act in acts:
            act.settle(operator)
        yield Town(url, token)


@contextmanager
def _house(folder: Path) -> Iterator[tuple[str, str, str]]:
    """Run the service, with a person of each role, and a department; give URLs and its secret."""
    if not (DIST / "index.html").is_file():
        pytest.skip("the page is not built: run `make web`")
    service, department = listen(), listen()
    url, department_url = address(service), address(department)
    environment = {
        "XUNJIAN_DATA_DIR": str(folder / "var"),
        "XUNJIAN_PUBLIC_URL": url,
        "XUNJIAN_BASE_MAP": str(write_base_map(folder / "base.pmtiles")),
        "XUNJIAN_UNDO_S": str(UNDO_S),
        "XUNJIAN_SECOND_REVIEW_SHARE": "0",
    }
    secret = f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"
    _command("db", "upgrade", environment=environment)
    _command(
        *("user", "create", "admin", "--role", "admin", "--password-stdin"),
        environment=environment,
        stdin=PASSWORD,
    )
    with ExitStack() as stack:
        for command, listener, variables, ready in (
            ("serve", service, environment, "/readyz"),
            ("sandbox", department, {"XUNJIAN_SANDBOX_SECRET": secret}, "/healthz"),
        ):
            stack.enter_context(
                running(
                    [command],
                    listener=listener,
                    log=folder / f"{command}.log",
                    environment=variables,
                    ready=ready,
                )
            )
        with signed_in(url, "admin") as admin:
            for role in ROLES:
                answer = admin.post(
                    "/v1/users",
                    json={
                        "username": role,
                        "display_name": role,
                        "password": PASSWORD,
                        "role": role,
                    },
                )
                assert answer.is_success, answer.text
        yield url, department_url, secret


def _command(*arguments: str, environment: dict[str, str], stdin: str | None = None) -> None:
    subprocess.run(
        [sys.executable, "-m", "xunjian", *arguments],
        env={**os.environ, **environment},
        input=stdin,
        text=True,
        check=True,
        capture_output=True,
    )


def _set_up(admin: httpx.Client, department_url: str, secret: str) -> str:
    """Make a gateway with a camera, and a department; return the gateway's token."""

    def create(path: str, **body: Any) -> dict[str, Any]:
        answer = admin.post(path, json=body)
        assert answer.is_success, answer.text
        created: dict[str, Any] = answer.json()
        return created

    gateway = create("/v1/gateways", name="bus depot")
    create(
        "/v1/cameras",
        name=EVIL_CAMERA,
        kind="bus",
        gateway_id=gateway["id"],
        inspections=["road_damage"],
    )
    create(
        "/v1/destinations",
        name="道路养护处",
        kind="webhook",
        url=f"{department_url}/webhook",
        secret=secret,
        classes=["pothole", "crack"],
    )
    token = create("/v1/tokens", name="bus depot", role="gateway", gateway_id=gateway["id"])
    return str(token["secret"])


def _drive(url: str, token: str) -> None:
    road = RoadScene.random(11, potholes=12, cracks=4, length_m=110.0)
    frames = render_drive(road, bus="bus-1", passes=(0,), spacing_m=8.0, seed=1)
    with httpx.Client(base_url=url, timeout=60) as gateway:
        gateway.headers["Authorization"] = f"Bearer {token}"
        for number, frame in enumerate(frames):
            answer = gateway.post(
                "/v1/frames",
                content=frame.jpeg,
                params=metadata(frame),
                headers={"Content-Type": "image/jpeg", "Idempotency-Key": f"frame-{number}"},
            )
            assert answer.is_success, answer.text


def _open_a_case(operator: httpx.Client) -> None:
    queue = operator.get("/v1/findings", params={"state": "pending_review"}).json()["items"]
    assert len(queue) >= ENOUGH_FINDINGS, "the drive showed the detector too little"
    path = f"/v1/findings/{queue[-1]['id']}/review"
    operator.post(path, json={"verdict": "confirm"}).raise_for_status()


def metadata(frame: DriveFrame) -> dict[str, str | float]:
    """Return what the bus tells of a frame."""
    return {
        "camera": EVIL_CAMERA,
        "captured_at": frame.captured_at.isoformat(),
        "latitude": frame.latitude,
        "longitude": frame.longitude,
        "gps_accuracy_m": frame.gps_accuracy_m,
        "heading_deg": frame.heading_deg,
        "speed_mps": frame.speed_mps,
    }


# Not for the whole session: Playwright keeps an event loop running in its thread, in which no test
# that comes after could run one of its own.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Run Chromium."""
    if CHROMIUM is None:
        pytest.skip("chromium is not installed (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


OpenPage = Callable[..., Page]


@pytest.fixture
def open_page(chromium: Browser, town: Town) -> Iterator[OpenPage]:
    """Give a function that opens the town's page, for one person where a name is given."""
    with _opening(chromium, town.url) as open_page:
        yield open_page


@pytest.fixture
def open_city(chromium: Browser, city: Town) -> Iterator[OpenPage]:
    """Give a function that opens the city's page, for one person where a name is given."""
    with _opening(chromium, city.url) as open_page:
        yield open_page


@contextmanager
def _opening(chromium: Browser, url: str) -> Iterator[OpenPage]:
    """Give a function that opens pages.

    At the end: nothing came from another host, no script failed, and no policy was broken.
    """
    contexts: list[BrowserContext] = []
    wrong: list[str] = []

    def watch_request(request: Request) -> None:
        if not request.url.startswith((url, "data:", f"blob:{url}")):
            wrong.append(f"request to {request.url}")

    def open_page(
        username: str | None = None,
        *,
        path: str = "/",
        language: str = "zh-CN",
        width: int = 1366,
        scheme: Any = "light",
    ) -> Page:
        context = chromium.new_context(
            base_url=url,
            viewport={"width": width, "height": 768},
            color_scheme=scheme,
        )
        contexts.append(context)
        # Only where nothing is chosen yet, so that a choice made in the page survives reloads.
        context.add_init_script(f"localStorage['xunjian-language'] ??= '{language}'")
        page = context.new_page()
        page.on("request", watch_request)
        page.on("pageerror", lambda error: wrong.append(f"script: {error}"))
        page.on(
            "console",
            lambda message: (
                wrong.append(message.text) if "Content Security Policy" in message.text else None
            ),
        )
        page.goto(path)
        if username:
            page.locator("input[autocomplete=username]").fill(username)
            page.locator("input[type=password]").fill(PASSWORD)
            page.keyboard.press("Enter")
            page.locator("header").first.wait_for()
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not wrong


@pytest.fixture
def screenshots(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder for pictures that people look at: $XUNJIAN_SCREENSHOTS, else a temporary."""
    chosen = os.environ.get("XUNJIAN_SCREENSHOTS")
    folder = Path(chosen) if chosen else tmp_path_factory.getbasetemp() / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
