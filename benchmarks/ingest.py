"""Live alerts while a bus brings up its backlog: how much longer are they waited for?

`python -m benchmarks.ingest --save` starts a service of its own on loopback, measures live frames
of one gateway by themselves and beside another gateway's backlog in turn, several times, and stops
by itself. Latency counts from the moment at which a frame was due.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.backfill import Plan
from benchmarks.frames import rendered_frames, write_frames
from benchmarks.machine import cpu_name
from benchmarks.serve import Load, Target, drives, percentiles
from benchmarks.services import gateways_service
from inference.policy import choose_policy, load_model_for

_RESULTS = Path(__file__).parent / "results" / "ingest.json"
_LIVE, _DEPOT = "live", "depot"
_BATCH, _CONNECTIONS = 32, 3


def bench_ingest(*, rounds: int, seconds: float, rate: float, frames: int) -> dict[str, Any]:
    """Measure, in turn and several times, live frames alone and beside a backlog.

    Args:
        rounds: How often each is measured.
        seconds: How long each time.
        rate: Live frames a second.
        frames: How many the other gateway has kept.

    Returns:
        The figures; latencies are in milliseconds, from all rounds together.

    Raises:
        BenchError: The service did not start, or took no frame.
    """
    policy = choose_policy("cpu")
    model = load_model_for(policy, "road_damage", "auto")
    busy = round(os.getloadavg()[0], 1)
    rendered = rendered_frames()
    start = datetime.now(UTC) - timedelta(hours=3)
    kept = [
        {
            "camera": _DEPOT,
            "captured_at": (start + timedelta(seconds=number)).isoformat(),
            "idempotency_key": f"depot/{number}",
            "latitude": frame.latitude + number // len(rendered) * 1e-3,
            "longitude": frame.longitude,
            "gps_accuracy_m": frame.gps_accuracy_m,
            "heading_deg": frame.heading_deg,
        }
        for number, frame in ((n, rendered[n % len(rendered)]) for n in range(frames))
    ]
    alone: list[Load] = []
    beside: list[Load] = []
    taken = refused = 0
    with ExitStack() as stack:
        pictures = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="xunjian-bench-")))
        write_frames(rendered, pictures)
        buses = tuple(f"{_LIVE}-{number}" for number in range(4))
        running, tokens = stack.enter_context(
            gateways_service(model.variant, {_LIVE: buses, _DEPOT: (_DEPOT,)})
        )
        posts = [
            (number, headers | {"Xunjian-Priority": "alert"})
            for number, headers in drives(rendered, tokens[_LIVE], buses)
        ]
        live = Target(running, "/v1/frames", pictures, posts)
        for _ in range(rounds):
            alone.append(live.load(seconds, rate=rate))
            plan = Plan(
                running.port, tokens[_DEPOT], str(pictures), kept, taken, _BATCH, _CONNECTIONS
            )
            with _bringing_up(plan) as told:
                beside.append(live.load(seconds, rate=rate))
            taken += told["taken"]
            refused += told["refused"]
        memory = running.peak_memory_mb()
    idle, loaded = _latencies(alone), _latencies(beside)
    return {
        "live_alone": percentiles(idle),
        "live_beside_backlog": percentiles(loaded),
        "ratio": {
            name: round((percentiles(loaded)[name] or 0) / (percentiles(idle)[name] or 1), 2)
            for name in percentiles(idle)
        },
        "live_statuses": {"alone": _statuses(alone), "beside_backlog": _statuses(beside)},
        "backlog": {
            "frames": frames,
            "taken": taken,
            "taken_per_second": round(taken / (rounds * seconds), 1),
            "refused": refused,
        },
        "rss_mb": memory and round(memory),
        "measured": {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "cpu": cpu_name(),
            "cores": policy.workers,
            "load_before": busy,
            "model": f"{model.name} {model.version} {model.variant}",
            "live_per_second": rate,
            "live_frames": [len(idle), len(loaded)],
            "rounds": rounds,
            "seconds": seconds,
        },
    }


@contextmanager
def _bringing_up(plan: Plan) -> Iterator[dict[str, int]]:
    """Bring up a backlog while the block runs; what was taken of it is known after."""
    told = {"taken": 0, "refused": 0}
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(asdict(plan), file)
        file.flush()
        process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.backfill", file.name],
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            if process.stdout:
                process.stdout.readline()  # the first batch was answered: it is in full swing
            yield told
        finally:
            process.terminate()
            rest, _ = process.communicate()
    for line in rest.splitlines():
        told.update(json.loads(line))


def _latencies(loads: list[Load]) -> list[float]:
    return sorted(latency for load in loads for latency in load.latencies_ms)


def _statuses(loads: list[Load]) -> dict[str, int]:
    total: dict[str, int] = {}
    for load in loads:
        for status, count in load.statuses.items():
            total[status] = total.get(status, 0) + count
    return total


def main() -> None:
    """Measure and print; `--save` keeps the figures in benchmarks/results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--rate", type=float, default=2.0, help="live frames a second")
    parser.add_argument("--frames", type=int, default=10_000, help="of the backlog")
    parser.add_argument("--save", action="store_true")
    chosen = parser.parse_args()
    figures = bench_ingest(
        rounds=chosen.rounds, seconds=chosen.seconds, rate=chosen.rate, frames=chosen.frames
    )
    text = json.dumps(figures, indent=2)
    print(text)
    if chosen.save:
        _RESULTS.write_text(text + "\n")


if __name__ == "__main__":
    main()
