"""What the first load of the operators' page weighs, and how soon it can be used.

`python -m benchmarks.first_load` prints it as JSON, `--save` keeps it. A real service with a filled
queue, a real Chromium that has never seen the page, both on this machine, over loopback. It can be
used when the first finding stands on the screen with its picture and its buttons. It needs the
built page (`make web`) and Chromium.
"""

import argparse
import json
import shutil
import statistics
import tempfile
import time
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from benchmarks.machine import cpu_name
from benchmarks.map import PASSWORD, city

LOADS = 7
_FINDINGS = 2_000
_PATIENCE_MS = 60_000
_CHROMIUM = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]


@dataclass
class Fetched:
    """What a browser has fetched for a page, as it came over the wire.

    Attributes:
        sizes: bytes with headers, by address; pictures and videos of findings are left out.
    """

    sizes: dict[str, int] = field(default_factory=dict)

    @property
    def bytes(self) -> int:
        """Return all of it together."""
        return sum(self.sizes.values())


def watch(page: Page) -> Fetched:
    """Count what a page fetches from now on, with an empty cache."""
    fetched = Fetched()
    addresses: dict[str, str] = {}
    wire: CDPSession = page.context.new_cdp_session(page)

    def begun(event: dict[str, object]) -> None:
        addresses[str(event["requestId"])] = event["request"]["url"]  # type: ignore[index]

    def finished(event: dict[str, object]) -> None:
        address = addresses.get(str(event["requestId"]), "")
        if address.startswith("http") and "/v1/evidence/" not in address:
            fetched.sizes[address] = int(str(event["encodedDataLength"]).split(".")[0])

    wire.on("Network.requestWillBeSent", begun)
    wire.on("Network.loadingFinished", finished)
    wire.send("Network.enable")
    wire.send("Network.setCacheDisabled", {"cacheDisabled": True})
    return fetched


@dataclass(frozen=True, slots=True)
class Figures:
    """Of several loads of the review page.

    Attributes:
        loads: how many, each with a fresh browser context.
        kilobytes: fetched until the first finding showed its picture, thousands of bytes; the most
            of all loads.
        with_map_kilobytes: the same when the map beside it has come, too.
        requests: so many, of that load.
        usable_s: median seconds from the request for the page to the first finding's picture.
        slowest_s: of the slowest load.
    """

    loads: int
    kilobytes: float
    with_map_kilobytes: float
    requests: int
    usable_s: float
    slowest_s: float


def measure(browser: Browser, url: str, *, loads: int = LOADS) -> Figures:
    """Load the review page, each time as if for the first time.

    Args:
        browser: Chromium.
        url: of the service, in which `admin` can sign in.
        loads: how often.
    """
    seconds, until_usable, heaviest = [], 0, Fetched()
    for _ in range(loads):
        context = browser.new_context(base_url=url, viewport={"width": 1366, "height": 768})
        answer = context.request.post(
            "/v1/session", data={"username": "admin", "password": PASSWORD}
        )
        if not answer.ok:
            raise RuntimeError(f"cannot sign in: {answer.text()}")
        page = context.new_page()
        fetched = watch(page)
        began = time.perf_counter()
        page.goto("/review", wait_until="commit")
        page.locator("[data-finding] svg image").first.wait_for(timeout=_PATIENCE_MS)
        seconds.append(time.perf_counter() - began)
        until_usable = max(until_usable, fetched.bytes)
        page.locator(".maplibregl-canvas").wait_for(timeout=_PATIENCE_MS)  # the last to come
        heaviest = max(heaviest, fetched, key=lambda one: one.bytes)
        context.close()
    return Figures(
        loads=loads,
        kilobytes=round(until_usable / 1000, 1),
        with_map_kilobytes=round(heaviest.bytes / 1000, 1),
        requests=len(heaviest.sizes),
        usable_s=round(statistics.median(seconds), 2),
        slowest_s=round(max(seconds), 2),
    )


def main() -> None:
    """Measure and print; see the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--save", action="store_true", help="keep the figures in results/")
    save = parser.parse_args().save
    chromium = shutil.which("chromium")
    with (
        tempfile.TemporaryDirectory(prefix="xunjian-") as folder,
        city(Path(folder), findings=_FINDINGS) as url,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium, args=_CHROMIUM)
        figures = measure(browser, url)
        browser.close()
    result = {
        **asdict(figures),
        "cpu": cpu_name(),
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    text = json.dumps(result, indent=2)
    print(text)
    if save:
        path = Path(__file__).parent / "results" / "first_load.json"
        path.write_text(f"{text}\n", "utf-8")


if __name__ == "__main__":
    main()
