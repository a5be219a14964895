"""How many frames a second the inspection of clips looks at, beside decoding alone."""

import os
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import cv2

from benchmarks.machine import cpu_name
from datasets.synthesis.falls.film import render
from datasets.synthesis.falls.scene import GENERATOR_VERSION, Wishes, draw_scene
from inference.clips import ClipLimits, open_clip
from inference.inspections.falling_object import FallingObject
from inference.policy import choose_policy

SIZES = {"720p": (1280, 720), "1080p": (1920, 1080)}
_FPS = 25.0
_SCENES = (
    (11, Wishes(falls=1, distractions=(), light="day", weather="clear")),
    (12, Wishes(falls=1, distractions=("foliage", "bird"), light="day", weather="clear")),
    (13, Wishes(falls=1, distractions=("vehicle", "cloth"), light="dusk", weather="rain")),
)

Work = Callable[[], int]


def bench_falls(
    *, rounds: int, seconds: float, sizes: dict[str, tuple[int, int]], tell: Callable[[str], object]
) -> dict[str, Any]:
    """Measure clips of a still wall, of trees and birds, and of rain at dusk, one fall in each.

    Args:
        rounds: How often each is measured; the medians are told.
        seconds: Length of each rendered clip.
        sizes: Name and width, height in pixels.
        tell: Called with what is being done.

    Returns:
        For each size: frames per second of one core's time that the whole inspection and bare
        decoding reach, their ratio, and what all cores reach together by the clock.
    """
    busy = round(os.getloadavg()[0], 1)
    cores = choose_policy("cpu").workers
    figures: dict[str, Any] = {}
    with TemporaryDirectory() as scratch:
        for name, size in sizes.items():
            tell(f"rendering at {name}")
            paths = [Path(scratch) / f"{name}-{seed}.mp4" for seed, _ in _SCENES]
            for path, (seed, wishes) in zip(paths, _SCENES, strict=True):
                path.write_bytes(_rendered(seed, wishes, size, seconds))
            figures[name] = _measure(name, paths, rounds, cores, tell)
    model = _inspection().model
    return figures | {
        "cores": cores,
        "cpu": cpu_name(),
        "load_before": busy,
        "clips": {"count": len(_SCENES), "seconds": seconds, "fps": _FPS},
        "generator": GENERATOR_VERSION,
        "model": {"name": model.name, "version": model.version, "digest": model.digest},
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _measure(
    name: str, paths: list[Path], rounds: int, cores: int, tell: Callable[[str], object]
) -> dict[str, Any]:
    inspecting, decoding = [], []
    for number in range(1, rounds + 1):
        tell(f"{name}: round {number} of {rounds}, on one core")
        decoding.append(_frames_per_core_second(partial(_decode, paths)))
        inspecting.append(_frames_per_core_second(partial(_inspect, paths)))
    tell(f"{name}: on {cores} cores")
    with ProcessPoolExecutor(cores, mp_context=get_context("spawn")) as pool:
        list(pool.map(_inspect, [paths[:1]] * cores))  # until every process has its model
        start = time.monotonic()
        frames = sum(pool.map(_inspect, [paths] * cores))
        together = frames / (time.monotonic() - start)
    return {
        "fps_per_core": round(median(inspecting), 1),
        "decode_fps_per_core": round(median(decoding), 1),
        "ratio_to_decode": round(
            median(one / bare for one, bare in zip(inspecting, decoding, strict=True)), 3
        ),
        "fps_all_cores": round(together, 1),
    }


def _frames_per_core_second(work: Work) -> float:
    """Frames per second of processor time, which other processes on the machine do not take."""
    start = time.process_time()
    frames = work()
    return frames / (time.process_time() - start)


def _decode(paths: list[Path]) -> int:
    return sum(
        1 for path in paths for frame in open_clip(path, ClipLimits()).frames() if frame.luma().size
    )


def _inspect(paths: list[Path]) -> int:
    cv2.setNumThreads(1)
    inspection = _inspection()
    return sum(len(inspection.inspect(open_clip(path, ClipLimits())).times) for path in paths)


def _inspection() -> FallingObject:
    return FallingObject.load(choose_policy("cpu"), variant="auto", threshold=None, root=None)


def _rendered(seed: int, wishes: Wishes, size: tuple[int, int], seconds: float) -> bytes:
    wanted = replace(wishes, size=size, fps=_FPS, seconds=seconds)
    return render(draw_scene(seed, wanted)).data
