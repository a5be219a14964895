"""How long an operator waits: a scripted one clears findings by keys in real Chromium.

    python -m benchmarks.operator --save

Buses post rendered frames to `xunjian serve`, whose model finds what is reviewed. What is measured:
from the key press that gives a word to the moment when the next finding's picture is on the screen,
which is when it was decoded and the frame after it began (`requestAnimationFrame`), all on the
clock of the page. Chromium draws in software here. The operator presses as soon as a picture
shows and has waited for `--pause` seconds, so a pause of 0 is the hardest that can be asked.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from playwright.sync_api import Page, sync_playwright

from api.demo.processes import listen, running
from api.serve import address
from benchmarks.machine import cpu_name
from datasets.synthesis.road import DriveFrame, RoadScene, render_drive

PASSWORD = "correct horse battery staple"  # noqa: S105 - of a service that lives for a minute
FINDINGS = 200
KEYS = ("a", "r1", "a", "s", "a", "r3", "a", "a")
"""What the operator says, in turn: mostly confirmations, some rejections, some deferred."""

_STREETS = 8
_STREET_APART_DEG = 0.003  # latitude; about 330 m, so that no finding is near one of another street
_WARM_UP = 5
_RESULTS = Path(__file__).parent / "results" / "operator.json"

# Waits for the next finding: its picture has another address, is decoded, and a frame began.
_WATCH = """() => {
  const address = () => document.querySelector('svg[role=img] image')?.getAttribute('href');
  window.waits = [];
  window.addEventListener('keydown', (event) => {
    const before = address();
    const verdict = !/^[r]$/.test(event.key);
    if (!before || !verdict) return;
    const pressed = event.timeStamp;
    const look = async () => {
      const now = address();
      if (!now || now === before) return requestAnimationFrame(look);
      const image = new Image();
      image.src = now;
      await image.decode();
      requestAnimationFrame(() => {
        const channel = new MessageChannel();  // its task comes after this frame was painted
        channel.port1.onmessage = () => window.waits.push(performance.now() - pressed);
        channel.port2.postMessage(null);
      });
    };
    requestAnimationFrame(look);
  }, true);
}"""


@dataclass(frozen=True, slots=True)
class Service:
    """A service with an operator and a full queue.

    Attributes:
        url: where it answers.
        waiting: how many findings wait for a review.
    """

    url: str
    waiting: int


@contextmanager
def full_queue(folder: Path, *, findings: int) -> Iterator[Service]:
    """Run a service for which buses have seen at least so many findings; its operator: `operator`.

    Raises:
        RuntimeError: the model found fewer.
    """
    listener = listen()
    url = address(listener)
    environment = {"XUNJIAN_DATA_DIR": str(folder / "var"), "XUNJIAN_PUBLIC_URL": url}

    def command(*arguments: str, stdin: str | None = None) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "xunjian", *arguments],
            env=os.environ | environment,
            input=stdin,
            text=True,
            check=True,
            capture_output=True,
        )
        return done.stdout.strip()

    command("db", "upgrade")
    command("user", "create", "operator", "--role", "operator", "--password-stdin", stdin=PASSWORD)
    token = command("token", "create", "depot", "--gateway", "depot")
    buses = [f"bus {number}" for number in range(1, _STREETS + 1)]
    for bus in buses:
        command("camera", "create", bus, "--gateway", "depot")
    log = folder / "serve.log"
    with running(["serve"], listener=listener, log=log, environment=environment, ready="/readyz"):
        road = RoadScene.random(11, potholes=64, cracks=20, length_m=480.0)
        frames = list(render_drive(road, passes=(0,), spacing_m=8.0, seed=1))
        with ThreadPoolExecutor(_STREETS) as pool:
            streets = enumerate(buses)
            list(pool.map(lambda street: _drive(url, token, frames, *street), streets))
        with signed_in(url) as operator:
            waiting = operator.get("/v1/summary").json()["findings"].get("pending_review", 0)
        if waiting < findings:
            raise RuntimeError(f"the model found {waiting} of {findings} on the rendered streets")
        yield Service(url, waiting)


@contextmanager
def signed_in(url: str) -> Iterator[httpx.Client]:
    """Give a client with the operator's session."""
    with httpx.Client(base_url=url, timeout=30) as client:
        answer = client.post("/v1/session", json={"username": "operator", "password": PASSWORD})
        client.headers["X-CSRF-Token"] = answer.raise_for_status().json()["csrf_token"]
        yield client


def _drive(url: str, token: str, frames: Sequence[DriveFrame], street: int, bus: str) -> None:
    """Post one drive as if along another street."""
    with httpx.Client(base_url=url, timeout=60) as gateway:
        gateway.headers["Authorization"] = f"Bearer {token}"
        for number, frame in enumerate(frames):
            gateway.post(
                "/v1/frames",
                content=frame.jpeg,
                params={
                    "camera": bus,
                    "captured_at": frame.captured_at.isoformat(),
                    "latitude": frame.latitude + street * _STREET_APART_DEG,
                    "longitude": frame.longitude,
                    "gps_accuracy_m": frame.gps_accuracy_m,
                    "heading_deg": frame.heading_deg,
                    "speed_mps": frame.speed_mps,
                },
                headers={"Content-Type": "image/jpeg", "Idempotency-Key": f"{bus} {number}"},
            ).raise_for_status()


def clear(page: Page, *, findings: int, pause_s: float) -> list[float]:
    """Review so many findings by keys; return how long each next picture took, in seconds."""
    page.locator("svg[role=img] image").wait_for()
    page.evaluate(_WATCH)
    for number, keys in zip(range(1, findings + 1), cycle(KEYS)):
        for key in keys:
            page.keyboard.press(key)
        page.wait_for_function("number => window.waits.length === number", arg=number)
        page.wait_for_timeout(pause_s * 1000)
    waits: list[float] = page.evaluate("() => window.waits")
    return [wait / 1000 for wait in waits]


def measure(*, findings: int, pauses_s: Sequence[float]) -> dict[str, Any]:
    """Clear so many findings of a new service with each pause; return the figures."""
    before = os.getloadavg()[0]
    runs: list[dict[str, Any]] = []
    with (
        tempfile.TemporaryDirectory(prefix="xunjian-operator-") as name,
        full_queue(Path(name), findings=len(pauses_s) * (findings + _WARM_UP) + 1) as service,
        sync_playwright() as play,
    ):
        browser = play.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        for pause_s in pauses_s:
            page = browser.new_context(
                base_url=service.url, viewport={"width": 1366, "height": 768}
            ).new_page()
            page.goto("/review")
            page.locator("input[autocomplete=username]").fill("operator")
            page.locator("input[type=password]").fill(PASSWORD)
            page.keyboard.press("Enter")
            waits = clear(page, findings=findings + _WARM_UP, pause_s=pause_s)[_WARM_UP:]
            page.context.close()
            p50, p95 = np.percentile(waits, (50, 95))
            runs.append(
                {
                    "pause_s": pause_s,
                    "findings": len(waits),
                    "p50_ms": round(1000 * float(p50)),
                    "p95_ms": round(1000 * float(p95)),
                    "max_ms": round(1000 * max(waits)),
                    "load": round(os.getloadavg()[0], 1),
                }
            )
        version = browser.version
        browser.close()
    return {
        "runs": runs,
        "chromium": version,
        "cpu": cpu_name(),
        "cores": os.cpu_count(),
        "load_before": round(before, 1),
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def main() -> None:
    """Print the figures, without and with a pause between findings."""
    parser = argparse.ArgumentParser(description="Measure how long an operator waits.")
    parser.add_argument("--findings", type=int, default=FINDINGS)
    parser.add_argument("--pause", type=float, nargs="*", default=[0.0, 1.0], metavar="SECONDS")
    parser.add_argument("--save", action="store_true", help="keep the figures in results/")
    arguments = parser.parse_args()
    figures = measure(findings=arguments.findings, pauses_s=arguments.pause)
    text = json.dumps(figures, indent=1)
    print(text)
    if arguments.save:
        _RESULTS.write_text(text + "\n")


if __name__ == "__main__":
    main()
