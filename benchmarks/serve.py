"""`xunjian bench serve`: the service through HTTP, its limit and the naive service, interleaved."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.frames import rendered_frames, write_frames
from benchmarks.limit import Limit
from benchmarks.load import Plan
from benchmarks.machine import cpu_name
from benchmarks.services import BenchError, Running, naive_service, xunjian_service
from datasets.synthesis.road import DriveFrame
from inference.choices import VariantChoice
from inference.decode import DecodeLimits, decode
from inference.detector import Detector
from inference.engine import Engine
from inference.policy import choose_policy, load_model_for

_WARM_UP_S = 1.0
_OVERLOAD = 4
_BUSES = tuple(f"bench-{number}" for number in range(8))
_LAPS = 100


@dataclass(frozen=True, slots=True)
class Load:
    """What one run of the load generator gave.

    Attributes:
        posted: Requests sent.
        frames_per_second: Answers with status 200, per second.
        latencies_ms: Of those answers, sorted.
        statuses: How many answers of each HTTP status; `0` where the connection broke.
    """

    posted: int
    frames_per_second: float
    latencies_ms: list[float]
    statuses: dict[str, int]


class Target:
    """A running service and how frames are posted to it.

    Args:
        running: The service.
        path: Path of the URL.
        pictures: Folder of the pictures.
        posts: What is posted, as `benchmarks.load.Plan` describes it.
    """

    def __init__(
        self, running: Running, path: str, pictures: Path, posts: list[tuple[int, dict[str, str]]]
    ) -> None:
        self._running = running
        self._path = path
        self._pictures = pictures
        self._posts = posts
        self._posted = 0

    def load(self, seconds: float, *, clients: int = 0, rate: float = 0.0) -> Load:
        """Post frames from another process and return what came back."""
        plan = Plan(
            port=self._running.port,
            path=self._path,
            pictures=str(self._pictures),
            posts=self._posts,
            first=self._posted,
            warm_up_s=_WARM_UP_S,
            seconds=seconds,
            clients=clients,
            rate=rate,
        )
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump(asdict(plan), file)
            file.flush()
            done = subprocess.run(
                [sys.executable, "-m", "benchmarks.load", file.name],
                check=True,
                stdout=subprocess.PIPE,
            )
        answer = json.loads(done.stdout)
        if not answer["latencies_ms"]:
            raise BenchError(f"no frame was accepted at {self._path}: {answer['statuses']}")
        self._posted += answer["posted"]
        return Load(
            posted=answer["posted"],
            frames_per_second=len(answer["latencies_ms"]) / seconds,
            latencies_ms=answer["latencies_ms"],
            statuses=answer["statuses"],
        )


def bench_serve(
    *,
    clients: int,
    rounds: int,
    seconds: float,
    variant: VariantChoice,
    tell: Callable[[str], None],
) -> dict[str, Any]:
    """Measure, in turn and several times, the limit, the service and the naive service.

    Args:
        clients: Connections that post one frame after another.
        rounds: How often each is measured.
        seconds: How long each time.
        variant: Model variant for the limit and the service.
        tell: Told what happens now.

    Returns:
        The figures; ratios are medians over the rounds, latencies are in milliseconds.

    Raises:
        BenchError: A service did not start.
    """
    policy = choose_policy("cpu")
    model = load_model_for(policy, "road_damage", variant)
    busy = round(os.getloadavg()[0], 1)
    tell("rendering frames")
    frames = rendered_frames()
    limit = Limit(model, policy.workers, [frame.jpeg for frame in frames])
    detector = Detector(Engine(model, policy))
    looks = [detector.detect(decode(f.jpeg, DecodeLimits(), model.input_size)) for f in frames]
    with ExitStack() as stack:
        pictures = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="xunjian-bench-")))
        write_frames(frames, pictures)
        tell("starting the service")
        running = stack.enter_context(xunjian_service(model.variant, _BUSES))
        ours = Target(running, "/v1/frames", pictures, drives(frames, running.token, _BUSES))
        naive = None
        if find_spec("ultralytics"):
            tell("starting the naive service")
            started = stack.enter_context(naive_service(model.input_size))
            naive = Target(
                started, "/detect", pictures, [(number, {}) for number in range(len(frames))]
            )
        limits: list[float] = []
        loads: list[Load] = []
        naives: list[float] = []
        for number in range(rounds):
            tell(f"round {number + 1} of {rounds}: the limit")
            limits.append(limit.frames_per_second(seconds))
            tell(f"round {number + 1} of {rounds}: the service")
            loads.append(ours.load(seconds, clients=clients))
            if naive is not None:
                tell(f"round {number + 1} of {rounds}: the naive service")
                naives.append(naive.load(seconds, clients=clients).frames_per_second)
        memory = running.peak_memory_mb()
        tell(f"overload: {_OVERLOAD} times what it can do")
        capacity = median(load.frames_per_second for load in loads)
        overload = ours.load(2 * seconds, rate=_OVERLOAD * capacity)
    latencies = sorted(latency for load in loads for latency in load.latencies_ms)
    rates = [load.frames_per_second for load in loads]
    return {
        "ratio_to_limit": _round(median(r / lim for r, lim in zip(rates, limits, strict=True))),
        "ratio_to_naive": _round(median(r / n for r, n in zip(rates, naives, strict=True)))
        if naives
        else None,
        "naive_missing": None if naives else "ultralytics is not installed: make train-env",
        "frames_per_second": {
            "limit": [_round(value) for value in limits],
            "service": [_round(value) for value in rates],
            "naive": [_round(value) for value in naives],
        },
        **percentiles(latencies),
        "statuses": _sum(load.statuses for load in loads),
        "rss_mb": memory and round(memory),
        "overload": {
            "times": _OVERLOAD,
            "accepted_per_second": _round(overload.frames_per_second),
            **percentiles(overload.latencies_ms),
            "statuses": overload.statuses,
            "share_429": _round(
                overload.statuses.get("429", 0) / max(1, sum(overload.statuses.values()))
            ),
        },
        "measured": {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "cpu": cpu_name(),
            "cores": policy.workers,
            "load_before": busy,
            "model": f"{model.name} {model.version} {model.variant}",
            "digest": model.digest,
            "picture": "1280x720 JPEG, rendered",
            "share_with_detections": _round(sum(map(bool, map(len, looks))) / len(looks)),
            "clients": clients,
            "rounds": rounds,
            "seconds": seconds,
        },
    }


def drives(
    frames: list[DriveFrame], token: str, buses: Sequence[str]
) -> list[tuple[int, dict[str, str]]]:
    """Let buses drive in turn, a frame each, along streets of their own without end."""
    start = datetime.now(UTC) - timedelta(hours=12)
    fixed = {"Authorization": f"Bearer {token}", "Content-Type": "image/jpeg"}
    first, last = frames[0], frames[-1]
    street_deg = 1.2 * (last.latitude - first.latitude), 1.2 * (last.longitude - first.longitude)
    return [
        (
            number,
            fixed
            | {
                "Idempotency-Key": "bench/{n}",
                "Xunjian-Camera": bus,
                "Xunjian-Captured-At": (
                    start + timedelta(seconds=lap * len(frames) + number)
                ).isoformat(),
                "Xunjian-Latitude": str(frame.latitude + lap * street_deg[0]),
                "Xunjian-Longitude": str(frame.longitude + lap * street_deg[1] + east * 0.1),
                "Xunjian-Gps-Accuracy": str(frame.gps_accuracy_m),
                "Xunjian-Heading": str(frame.heading_deg),
                "Xunjian-Speed": str(frame.speed_mps),
            },
        )
        for lap in range(_LAPS)
        for number, frame in enumerate(frames)
        for east, bus in enumerate(buses)
    ]


def percentiles(latencies_ms: list[float]) -> dict[str, float | None]:
    """Nearest-rank percentiles of sorted latencies."""
    last = len(latencies_ms) - 1
    return {
        f"p{p}_ms": _round(latencies_ms[round(last * p / 100)]) if latencies_ms else None
        for p in (50, 95, 99)
    }


def _sum(counts: Any) -> dict[str, int]:
    total: dict[str, int] = {}
    for one in counts:
        for status, count in one.items():
            total[status] = total.get(status, 0) + count
    return total


def _round(value: float) -> float:
    return round(value, 3 if value < 10 else 1)
