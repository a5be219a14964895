"""What the gateway's disk queue costs: frames put each second, its start, its encryption.

`python -m benchmarks.gateway_queue` prints the figures, `--save` keeps them. With `--cold` the
start is also measured on a disk of which nothing is in memory: an ext4 image that is mounted anew,
which needs root.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.machine import cpu_name
from gateway.frame import CapturedFrame, FrameMetadata
from gateway.queue import DiskQueue, Priority
from gateway.queue.files import write_durably
from gateway.queue.names import name_of, stem_of
from gateway.queue.sealing import Seal

PICTURE_BYTES = 200_000  # a 1080p JPEG
WAITING = 200_000
ROUNDS = 5
_PUTS = 200
_KEY = bytes(range(32))
_START = datetime(2026, 11, 21, tzinfo=UTC)
_RESULTS = Path(__file__).parent / "results" / "gateway_queue.json"
_START_OF_QUEUE = """
import json, resource, sys, time
from pathlib import Path
from gateway.queue import DiskQueue
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
started = time.perf_counter()
queue = DiskQueue(Path(sys.argv[1]), max_bytes=10**15)
took = time.perf_counter() - started
grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
print(json.dumps({"s": took, "mb": grown / 1024, "waiting": len(queue)}))
"""


def frames() -> Iterator[CapturedFrame]:
    """Give frames, a second apart."""
    picture = os.urandom(PICTURE_BYTES)
    for number in count():
        at = _START + timedelta(seconds=number)
        yield CapturedFrame(
            FrameMetadata("bus-17", at, latitude=30.27, longitude=120.15, speed_mps=8.3),
            number.to_bytes(4) + picture,
            "image/jpeg",
        )


def each_second(do: Callable[[CapturedFrame], object], threads: int) -> float:
    """Return how often something is done with a frame each second; median of several rounds."""
    given = frames()
    rates = []
    with ThreadPoolExecutor(threads) as pool:
        for _ in range(ROUNDS):
            some = [next(given) for _ in range(_PUTS // ROUNDS)]
            started = time.perf_counter()
            list(pool.map(do, some))
            rates.append(len(some) / (time.perf_counter() - started))
    return round(median(rates), 1)


def measure_puts(folder: Path) -> dict[str, Any]:
    """Measure frames put each second beside what the disk gives to bare durable writes."""
    names = count()
    folder.mkdir()

    def write(frame: CapturedFrame) -> None:
        write_durably(folder / str(next(names)), [frame.picture])

    figures: dict[str, Any] = {"bare_writes_per_s": each_second(write, 1)}
    for name, key in (("plain", None), ("encrypted", _KEY)):
        for threads in (1, 4):
            with DiskQueue(folder / f"{name}{threads}", key=key) as queue:
                figures[f"puts_per_s_{name}_{threads}_threads"] = each_second(queue.put, threads)
    with DiskQueue(folder / "full", max_bytes=10 * PICTURE_BYTES) as queue:
        figures["puts_per_s_when_full"] = each_second(queue.put, 1)
    return figures


def measure_encryption() -> dict[str, Any]:
    """Measure what sealing costs in bytes and on one core."""
    seal, content = Seal(_KEY), os.urandom(PICTURE_BYTES)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sealed"
        path.write_bytes(b"".join(seal.close([content])))

        def read() -> None:
            with path.open("rb") as file:
                for _ in seal.open(file):
                    pass

        return {
            "bytes_of_200000": seal.size(PICTURE_BYTES),
            "overhead": round(seal.size(PICTURE_BYTES) / PICTURE_BYTES - 1, 6),
            "seal_mb_per_s": _mb_per_s(lambda: list(seal.close([content]))),
            "open_mb_per_s": _mb_per_s(read),
        }


def _mb_per_s(do: Callable[[], object]) -> float:
    rates = []
    for _ in range(50):
        started = time.process_time()
        do()
        rates.append(PICTURE_BYTES / 1e6 / (time.process_time() - started))
    return round(median(rates), 1)


def fill(folder: Path) -> None:
    """Write so many files as wait after weeks without a network; holes take no room."""
    waiting = folder / "waiting"
    waiting.mkdir(parents=True)
    for number in range(WAITING):
        at = _START + timedelta(seconds=number)
        priority = Priority.BACKFILL if number % 10 else Priority.ALERT
        stem = stem_of(at, os.urandom(16).hex())
        name = name_of(stem, PICTURE_BYTES, priority, ".frame", sealed=False)
        with (waiting / name).open("wb") as file:
            file.truncate(PICTURE_BYTES)


def start(folder: Path) -> dict[str, Any]:
    """Start a queue in a process of its own."""
    ran = subprocess.run(
        [sys.executable, "-c", _START_OF_QUEUE, str(folder)],
        capture_output=True,
        text=True,
        check=True,
    )
    told: dict[str, Any] = json.loads(ran.stdout)
    assert told["waiting"] == WAITING  # noqa: S101 - else the figure is of something else
    return told


def measure_start(folder: Path) -> dict[str, Any]:
    """Measure the start with many files, and a put and a take among them."""
    fill(folder)
    starts = [start(folder) for _ in range(ROUNDS)]
    with DiskQueue(folder, max_bytes=10**15) as queue:
        late = each_second(queue.put, 1)
        took = []
        for _ in range(100):
            started = time.perf_counter()
            queue.stats()
            took.append(time.perf_counter() - started)
    return {
        "waiting": WAITING,
        "start_s": round(median(one["s"] for one in starts), 2),
        "memory_mb": round(median(one["mb"] for one in starts), 1),
        "puts_per_s_plain_1_threads": late,
        "stats_ms": round(median(took) * 1000, 3),
    }


@contextmanager
def image(folder: Path) -> Iterator[Callable[[], Path]]:
    """Make an ext4 image; the function mounts it with nothing of it in memory."""
    file, mount = folder / "image", folder / "mount"
    mount.mkdir()
    with file.open("wb") as content:
        content.truncate(4 * 1024**3)
    _run("mkfs.ext4", "-q", "-N", str(2 * WAITING), str(file))

    def mounted() -> Path:
        if mount.is_mount():
            _run("umount", str(mount))
        with file.open("rb") as content:
            os.fsync(content.fileno())
            os.posix_fadvise(content.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        _run("mount", "-o", "loop", str(file), str(mount))
        return mount / "queue"

    try:
        yield mounted
    finally:
        if mount.is_mount():
            _run("umount", str(mount))


def measure_cold_start(folder: Path) -> float:
    """Measure the start when nothing of the disk is in memory, seconds."""
    with image(folder) as mounted:
        fill(mounted())
        took: list[float] = [start(mounted())["s"] for _ in range(3)]
    return round(median(took), 2)


def disk_of(folder: Path) -> str:
    """Return the file system and device that hold a folder."""
    told = _run("findmnt", "-no", "FSTYPE,SOURCE", "-T", str(folder)).split()
    device = Path("/sys/class/block") / Path(told[-1]).name
    queue = next(path for path in (device / "queue", device.resolve().parent / "queue") if path)
    try:
        kind = "rotating" if (queue / "rotational").read_text().strip() == "1" else "not rotating"
        cache = (queue / "write_cache").read_text().strip()
    except OSError:
        return " on ".join(told)
    return f"{told[0]} on {told[-1]}, {kind}, {cache}"


def _run(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description="Measure the gateway's disk queue.")
    parser.add_argument("--folder", type=Path, help="on the disk to be measured")
    parser.add_argument("--cold", action="store_true", help="measure a cold start; needs root")
    parser.add_argument("--save", action="store_true", help="keep the figures in results/")
    asked = parser.parse_args()
    before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="queue-bench-", dir=asked.folder) as name:
        folder = Path(name)
        figures = {
            "puts": measure_puts(folder / "puts"),
            "encryption": measure_encryption(),
            "start": measure_start(folder / "start"),
            "cold_start_s": measure_cold_start(folder) if asked.cold else None,
            "most_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
            "disk": disk_of(folder),
            "cpu": cpu_name(),
            "cores": os.cpu_count(),
            "load_before": round(before, 1),
            "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        }
    text = json.dumps(figures, indent=1)
    print(text)
    if asked.save:
        _RESULTS.write_text(text + "\n")


if __name__ == "__main__":
    main()
