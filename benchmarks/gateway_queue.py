"""What the gateway's disk queue costs: frames put each second, its start, its encryption.

`python -m benchmarks.gateway_queue` prints the figures, `--save` keeps them. With `--cold` the
start is also measured on a disk of which nothing is in memory: an ext4 image that is mounted anew,
which needs root.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
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
ROUNDS = 7
_PUTS = 30
_KEY = bytes(range(32))
_START = datetime(2026, 11, 21, tzinfo=UTC)
_RESULTS = Path(__file__).parent / "results" / "gateway_queue.json"
_START_OF_QUEUE = """
import json, resource, sys, time
from pathlib import Path
from gateway.queue import DiskQueue
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
started, worked = time.perf_counter(), time.process_time()
queue = DiskQueue(Path(sys.argv[1]), max_bytes=10**15)
took, worked = time.perf_counter() - started, time.process_time() - worked
grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
print(json.dumps({"s": took, "cpu_s": worked, "mb": grown / 1024, "waiting": len(queue)}))
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


def each_second(do: Callable[[CapturedFrame], object], some: list[CapturedFrame]) -> float:
    """Return how often something is done with a frame each second, one after the other."""
    started = time.perf_counter()
    for frame in some:
        do(frame)
    return len(some) / (time.perf_counter() - started)


def measure_puts(folder: Path, queues: dict[str, DiskQueue]) -> dict[str, float]:
    """Measure frames put each second beside what the disk gives to bare durable writes.

    They take turns, because others use the disk, too; median of several rounds.
    """
    folder.mkdir()
    names = count()

    def write(frame: CapturedFrame) -> None:
        write_durably(folder / str(next(names)), [frame.picture])

    given = frames()
    ways = {"bare_writes": write} | {name: queue.put for name, queue in queues.items()}
    rates: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, do in ways.items():
            rates[name].append(each_second(do, [next(given) for _ in range(_PUTS)]))
    return {f"{name}_per_s": round(median(some), 1) for name, some in rates.items()}


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
    """Measure the start with many files."""
    fill(folder)
    starts = [start(folder) for _ in range(ROUNDS)]
    return {
        "waiting": WAITING,
        "s": round(median(one["s"] for one in starts), 2),
        "cpu_s": round(median(one["cpu_s"] for one in starts), 2),
        "memory_mb": round(median(one["mb"] for one in starts), 1),
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
    """Return the file system and device that hold a folder, and how the device takes writes."""
    kind, device = _run("findmnt", "-no", "FSTYPE,SOURCE", "-T", str(folder)).split()
    block = (Path("/sys/class/block") / Path(device).name).resolve()
    for queue in (block / "queue", block.parent / "queue"):
        if queue.is_dir():
            return f"{kind} on {device}, {(queue / 'write_cache').read_text().strip()}"
    return f"{kind} on {device}"


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
        start_figures = measure_start(folder / "start")
        with (
            DiskQueue(folder / "plain") as plain,
            DiskQueue(folder / "encrypted", key=_KEY) as encrypted,
            DiskQueue(folder / "full", max_bytes=10 * PICTURE_BYTES) as full,
            DiskQueue(folder / "start", max_bytes=10**15) as behind_many,
        ):
            queues = {
                "puts_plain": plain,
                "puts_encrypted": encrypted,
                "puts_when_full": full,
                "puts_behind_200000": behind_many,
            }
            put_figures = measure_puts(folder / "bare", queues)
        figures = {
            "picture_bytes": PICTURE_BYTES,
            "puts": put_figures,
            "encryption": measure_encryption(),
            "start": start_figures,
            "cold_start_s": measure_cold_start(folder) if asked.cold else None,
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
