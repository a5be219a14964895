"""How much memory a gateway takes with four network cameras of 1080p at two pictures a second.

`python -m benchmarks.gateway_memory --minutes 3 --save`, from a checkout: it uses the tests' RTSP
server (GStreamer's, from Debian). The service answers from the tests' light process, so nothing
piles up; with `--offline` there is none, and the disk queue grows instead. Memory is what the
system has resident for the process (`VmRSS`, and its peak `VmHWM`); the budget is 150 MB.
"""

import argparse
import json
import os
import signal
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from api import migrations
from api.database import Database
from benchmarks.machine import cpu_name
from tests.gateway_rig import rig

CAMERAS = 4
SIZE = (1920, 1080)
EVERY = "500ms"
BUDGET_MB = 150
_CLIP_S = 20
_RESULT = Path(__file__).with_name("results") / "gateway_memory.json"


def measure(minutes: float, *, offline: bool) -> dict[str, Any]:
    """Run the gateway for some minutes and look at its memory every second."""
    load_before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="xunjian-memory-") as name:
        folder = Path(name)
        database = Database(f"sqlite:///{folder / 'xunjian.sqlite3'}")
        migrations.upgrade(database)
        with rig(folder, database, count=CAMERAS, seconds=_CLIP_S, every=EVERY, size=SIZE) as city:
            if offline:
                city.service.kill()
            else:
                city.await_service()
            city.await_frames(2 * CAMERAS)
            resident: list[float] = []
            frames, begun, cpu_s = len(city.queued()), time.monotonic(), _cpu_s(city.agent.pid)
            while time.monotonic() < begun + 60 * minutes:
                time.sleep(1)
                city.agent.expect_alive()
                resident.append(_status_mb(city.agent.pid, "VmRSS"))
            seconds = time.monotonic() - begun
            cpu_s = _cpu_s(city.agent.pid) - cpu_s
            frames = len(city.queued()) - frames
            peak = _status_mb(city.agent.pid, "VmHWM")
            city.agent.send(signal.SIGTERM)
        database.close()
    return {
        "cameras": CAMERAS,
        "size": SIZE,
        "every": EVERY,
        "minutes": minutes,
        "offline": offline,
        "frames_a_second": round(frames / seconds, 2),
        "rss_mb_median": round(median(resident), 1),
        "rss_mb_last": round(resident[-1], 1),
        "rss_mb_peak": round(peak, 1),
        "budget_mb": BUDGET_MB,
        "cpu_share_of_one_core": round(cpu_s / seconds, 2),
        "cpu": cpu_name(),
        "cores": os.cpu_count(),
        "load_before": round(load_before, 1),
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _status_mb(pid: int, name: str) -> float:
    """Return a figure of /proc/PID/status in MB (10^6 bytes)."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition(f"{name}:")[2].split()[0]) * 1024 / 1e6


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Print the figures as JSON; with `--save` keep them in `results/`."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=3.0)
    parser.add_argument("--offline", action="store_true", help="without a service")
    parser.add_argument("--save", action="store_true", help="keep the figures in results/")
    asked = parser.parse_args()
    text = json.dumps(measure(asked.minutes, offline=asked.offline), indent=1)
    print(text)
    if asked.save:
        _RESULT.write_text(text + "\n")


if __name__ == "__main__":
    main()
