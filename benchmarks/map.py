"""How smooth the map is with 50,000 findings: a real service, a real Chromium, frames counted.

`python -m benchmarks.map` prints the figures, `--save` keeps them. It needs the built page
(`make web`) and Chromium.
"""

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from statistics import median
from typing import Any

import h3
import httpx
import shapely
from PIL import Image
from playwright.sync_api import Page, sync_playwright
from sqlalchemy import insert
from sqlalchemy.orm import Session

import api.tables
from api.accounts import service as accounts
from api.accounts.hashing import hash_password
from api.camera_health.models import CameraTrouble
from api.cameras.models import Camera, CameraKind
from api.cases.models import Case
from api.cases.states import OPEN_STATES, CaseState
from api.coverage.models import Coverage
from api.database import Base, Database, new_id, now
from api.demo.processes import listen, running
from api.findings.geodesy import LocalPlane
from api.findings.models import Finding
from api.findings.states import FindingState
from api.frames.models import Frame
from api.gateways.models import Gateway
from api.grids.models import Grid
from api.permissions import Role
from api.serve import address
from benchmarks.machine import cpu_name

assert api.tables.metadata is Base.metadata  # noqa: S101 - every table is known

PASSWORD = "correct horse battery staple"  # noqa: S105 - of a service that lasts a minute
FINDINGS = 50_000
_CITY = LocalPlane(30.25, 120.15)
_HALF_M = 12_000.0
_STREET_M = 400.0
_SPACING_M = 8.0
_PATIENCE_MS = 120_000
_RIM = (0xE6, 0x9F, 0x00)  # of clusters in which something waits for review
_DRAWN_PX = 500
_CHROMIUM_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--enable-unsafe-swiftshader"]
_STATES = (
    *[FindingState.PENDING_REVIEW] * 6,
    *[FindingState.CONFIRMED, FindingState.CASED, FindingState.REJECTED] * 2,
    *[FindingState.DEFERRED, FindingState.DUPLICATE],
)


def fill(
    session: Session, *, findings: int = FINDINGS, buses: int = 12, cases: int = 2_000
) -> None:
    """Write a city of 24 km by 24 km: what its buses saw in eight weeks, and where they drove.

    Args:
        session: an open transaction that writes, of an empty database.
        findings: how many.
        buses: how many cameras on buses; each drives one street each day of the last five weeks.
        cases: of so many findings there is a case.
    """
    drawn = random.Random(7)  # noqa: S311 - a drawn city, no secret
    gateway = Gateway(id=new_id(), name="depot")
    cameras = [
        Camera(
            id=new_id(),
            name=f"bus {number + 1} front",
            kind=CameraKind.BUS,
            gateway_id=gateway.id,
            inspections=["road_damage"],
        )
        for number in range(buses)
    ]
    poles = [_fixed_camera(gateway, number, drawn) for number in range(buses // 2)]
    session.add(gateway)
    session.flush()
    session.add_all(cameras + poles)
    session.flush()
    session.add(
        CameraTrouble(
            camera_id=poles[0].id,
            trouble="blurred",
            first_at=now() - timedelta(hours=5),
            last_at=now(),
            frames=40,
            lasting=True,
        )
    )
    rows = [_finding(cameras, drawn) for _ in range(findings)]
    session.execute(insert(Finding), rows)
    session.execute(insert(Case), [_case(row, n, drawn) for n, row in enumerate(rows[:cases])])
    for number, camera in enumerate(cameras):
        _drive(session, camera, number, drawn)
    session.add_all(_area(row, column) for row in range(4) for column in range(4))


def _street(number: int, drawn: random.Random) -> tuple[float, float]:
    """Return east and north in metres of a place on a street."""
    along = drawn.uniform(-_HALF_M, _HALF_M)
    across = _STREET_M * round(drawn.gauss(0, _HALF_M / 3) / _STREET_M)
    return (along, across) if number % 2 else (across, along)


def _finding(cameras: list[Camera], drawn: random.Random) -> dict[str, Any]:
    latitude, longitude = _CITY.to_wgs84(*_street(drawn.randrange(2), drawn))
    seen = now() - timedelta(days=drawn.triangular(0, 56, 3))
    return {
        "id": new_id(),
        "inspection": "road_damage",
        "kind": "place",
        "class_name": drawn.choice(["pothole", "crack"]),
        "class_group": "pothole",
        "state": drawn.choice(_STATES),
        "camera_id": drawn.choice(cameras).id,
        "latitude": latitude,
        "longitude": longitude,
        "accuracy_m": drawn.uniform(1, 6),
        "severity": drawn.randint(1, 4),
        "confidence": drawn.random(),
        "looks": drawn.randint(1, 9),
        "first_seen_at": seen - timedelta(days=drawn.uniform(0, 20)),
        "last_seen_at": seen,
        "updated_at": seen,
    }


def _case(finding: dict[str, Any], number: int, drawn: random.Random) -> dict[str, Any]:
    state = drawn.choice(list(CaseState))
    return {
        "id": new_id(),
        "number": f"XJ-20261101-{number:06}",
        "finding_id": finding["id"],
        "open_finding_id": finding["id"] if state in OPEN_STATES else None,
        "state": state,
        "opened_by": "user:bench",
        "updated_at": finding["last_seen_at"],
    }


def _fixed_camera(gateway: Gateway, number: int, drawn: random.Random) -> Camera:
    latitude, longitude = _CITY.to_wgs84(*_street(number, drawn))
    return Camera(
        id=new_id(),
        name=f"community {number + 1}",
        kind=CameraKind.COMMUNITY,
        gateway_id=gateway.id,
        inspections=["falling_object"],
        latitude=latitude,
        longitude=longitude,
        heading_deg=drawn.uniform(0, 360),
    )


def _drive(session: Session, camera: Camera, number: int, drawn: random.Random) -> None:
    """Write frames and coverage of a bus: a street, of which this week only a part."""
    frames, coverage = [], []
    across = _STREET_M * drawn.randint(-8, 8)
    for day in range(35):
        begins = now() - timedelta(days=day, minutes=30 + number)
        for step in range(60 if day < 7 else 90):
            along = -_HALF_M / 8 + step * _SPACING_M * 4
            place = (along, across) if number % 2 else (across, along)
            latitude, longitude = _CITY.to_wgs84(*place)
            frame = {
                "id": new_id(),
                "gateway_id": camera.gateway_id,
                "camera_id": camera.id,
                "idempotency_key": f"{camera.id}-{day}-{step}",
                "request_digest": "0" * 64,
                "sha256": "0" * 64,
                "content_type": "image/jpeg",
                "width": 1280,
                "height": 720,
                "captured_at": begins + timedelta(seconds=2 * step),
                "latitude": latitude,
                "longitude": longitude,
                "reply": {},
            }
            frames.append(frame)
            coverage.append(
                {
                    "frame_id": frame["id"],
                    "camera_id": camera.id,
                    "inspection": "road_damage",
                    "captured_at": frame["captured_at"],
                    "latitude": latitude,
                    "longitude": longitude,
                    "cell": h3.latlng_to_cell(latitude, longitude, 10),
                    "sharpness": 300.0,
                    "brightness": 0.5,
                    "usable": drawn.random() < 0.9 and not 40 < step < 48,
                }
            )
    session.execute(insert(Frame), frames)
    session.execute(insert(Coverage), coverage)


def _area(row: int, column: int) -> Grid:
    side = _HALF_M / 4
    west, south = (column - 2) * side, (row - 2) * side
    corners = [
        (west, south),
        (west + side, south),
        (west + side, south + side),
        (west, south + side),
    ]
    ring = [tuple(reversed(_CITY.to_wgs84(*corner))) for corner in corners]
    shape = shapely.Polygon(ring)
    west_deg, south_deg, east_deg, north_deg = shape.bounds
    return Grid(
        code=f"33010600{row}{column}",
        name=f"第{row * 4 + column + 1}网格",
        shape=shapely.to_wkb(shape),
        area_m2=side * side,
        west=west_deg,
        south=south_deg,
        east=east_deg,
        north=north_deg,
        imported_by="bench",
    )


@contextmanager
def city(folder: Path, *, findings: int = FINDINGS) -> Iterator[str]:
    """Run the service on a filled city, in which `admin` can sign in; give its address."""
    environment = {"XUNJIAN_DATA_DIR": str(folder), "XUNJIAN_WORKER_PROCESSES": "0"}
    subprocess.run(
        [sys.executable, "-m", "xunjian", "db", "upgrade"],
        env=os.environ | environment,
        check=True,
        capture_output=True,
    )
    database = Database(f"sqlite:///{folder / 'xunjian.sqlite3'}")
    with database.write() as session:
        accounts.create_user(
            session,
            username="admin",
            display_name="admin",
            password_hash=hash_password(PASSWORD),
            role=Role.ADMIN,
            camera_ids=None,
            actor="system",
        )
        fill(session, findings=findings)
    database.close()
    listener = listen()
    url = address(listener)
    with running(
        ["serve"],
        listener=listener,
        log=folder / "serve.log",
        environment=environment,
        ready="/healthz",
    ):
        yield url


_COUNT_FRAMES = """
() => {
  const [long, gaps] = [[], []];
  let last = performance.now();
  new PerformanceObserver((list) => long.push(...list.getEntries().map((one) => one.duration)))
    .observe({ type: "longtask" });
  const tick = (at) => { gaps.push(at - last); last = at; requestAnimationFrame(tick); };
  requestAnimationFrame((at) => { last = at; requestAnimationFrame(tick); });
  window.counted = { gaps, long };
}
"""


def measure(url: str) -> dict[str, Any]:
    """Load the map, pan it and zoom in, as a person would; return what it took.

    Args:
        url: of a service on a filled city.
    """
    figures: dict[str, Any] = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=_CHROMIUM_ARGUMENTS
        )
        page = browser.new_page(base_url=url, viewport={"width": 1366, "height": 768})
        page.goto("/cases")
        page.locator("input[autocomplete=username]").fill("admin")
        page.locator("input[type=password]").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.locator("header").wait_for()
        asked = time.perf_counter()
        page.goto("/map")
        page.locator("[data-loaded=true]").wait_for(timeout=_PATIENCE_MS)
        figures["opened_s"] = round(time.perf_counter() - asked, 2)
        _until_drawn(page)
        figures["drawn_s"] = round(time.perf_counter() - asked, 2)
        page.evaluate(_COUNT_FRAMES)
        figures["panning"] = _counted(page, lambda: _pan(page))
        panned = page.url.partition("?")[2]
        page.goto(f"/map?layers=&{panned}")
        page.locator("[data-loaded=true]").wait_for(timeout=_PATIENCE_MS)
        page.evaluate(_COUNT_FRAMES)
        figures["panning_with_no_layer"] = _counted(page, lambda: _pan(page))
        page.goto(f"/map?{panned}")
        page.locator("[data-loaded=true]").wait_for(timeout=_PATIENCE_MS)
        _until_drawn(page)
        page.evaluate(_COUNT_FRAMES)
        figures["zooming"] = _counted(page, lambda: _zoom(page))
        figures["time_window"] = _counted(page, lambda: _slide(page))
        browser.close()
    return figures


def _until_drawn(page: Page) -> None:
    """Wait until the canvas shows many colours: clusters are drawn."""
    canvas = page.locator("canvas.maplibregl-canvas")
    for _ in range(_PATIENCE_MS // 100):
        colours = Image.open(BytesIO(canvas.screenshot())).convert("RGB").getcolors(1 << 20) or []
        if sum(count for count, colour in colours if colour == _RIM) > _DRAWN_PX:
            return
        page.wait_for_timeout(100)
    raise RuntimeError("the findings were not drawn")


def _pan(page: Page) -> None:
    for turn in range(6):
        x = 300 if turn % 2 else 700
        page.mouse.move(x, 380)
        page.mouse.down()
        for step in range(30):
            page.mouse.move(x + (step if turn % 2 else -step) * 12, 380 + step * 2)
        page.mouse.up()
        page.wait_for_timeout(300)


def _zoom(page: Page) -> None:
    page.mouse.move(520, 380)
    for direction in (-240, -240, -240, 240, 240, 240):
        page.mouse.wheel(0, direction)
        page.wait_for_timeout(500)


def _slide(page: Page) -> None:
    thumb = page.get_by_role("slider").first
    for _ in range(10):
        thumb.press("ArrowRight")
        page.wait_for_timeout(100)


def _counted(page: Page, act: Callable[[], None]) -> dict[str, float]:
    """Return times between frames in ms while something is done, and what blocked the page."""
    page.evaluate("() => { counted.gaps.length = counted.long.length = 0; }")
    act()
    counted = page.evaluate("() => counted")
    gaps = sorted(counted["gaps"])
    return {
        "frames": len(gaps),
        "median_ms": round(median(gaps), 1),
        "p95_ms": round(gaps[int(len(gaps) * 0.95)], 1),
        "worst_ms": round(gaps[-1], 1),
        "longest_task_ms": round(max(counted["long"], default=0), 1),
    }


def sizes(url: str) -> dict[str, Any]:
    """Return what the routes of the map send, in kB packed and as it is, and how long they take."""
    told: dict[str, Any] = {}
    with httpx.Client(base_url=url, timeout=120) as client:
        signed_in = client.post("/v1/session", json={"username": "admin", "password": PASSWORD})
        signed_in.raise_for_status()
        for name in ("findings", "cases", "cameras", "coverage", "passes"):
            began = time.perf_counter()
            with client.stream("GET", f"/v1/{name}.geojson") as answer:
                packed = sum(len(part) for part in answer.iter_raw())
            took = time.perf_counter() - began
            known = {"If-None-Match": answer.headers["etag"]}
            whole = client.get(f"/v1/{name}.geojson", headers={"Accept-Encoding": "identity"})
            again = client.get(f"/v1/{name}.geojson", headers=known)
            told[name] = {
                "features": len(whole.json()["features"]),
                "packed_kb": round(packed / 1000),
                "whole_kb": round(len(whole.content) / 1000),
                "seconds": round(took, 2),
                "again": again.status_code,
            }
        changed = {"changed_since": client.get("/v1/findings.geojson").json()["as_of"]}
        began = time.perf_counter()
        delta = client.get("/v1/findings.geojson", params=changed)
        told["findings, what changed"] = {
            "features": len(delta.json()["features"]),
            "seconds": round(time.perf_counter() - began, 2),
        }
    return told


def main() -> None:
    """Print the figures; keep them with `--save`."""
    with tempfile.TemporaryDirectory(prefix="xunjian-map-") as folder, city(Path(folder)) as url:
        load = os.getloadavg()[0]
        figures = {
            "findings": FINDINGS,
            "cpu": cpu_name(),
            "cores": os.cpu_count(),
            "load_before": round(load, 1),
            "browser": "Chromium without a GPU (SwiftShader), 1366x768",
            "page": measure(url),
            "routes": sizes(url),
            "date": now().date().isoformat(),
        }
    text = json.dumps(figures, indent=2)
    print(text)
    if "--save" in sys.argv:
        (Path(__file__).parent / "results" / "map.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
