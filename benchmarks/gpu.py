"""`xunjian bench gpu`: the batching engine on CUDA or TensorRT, against one picture at a time."""

import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import onnxruntime

from inference.choices import Device
from inference.engine import Engine
from inference.gpu import gpu_identity
from inference.policy import ExecutionPolicy, choose_policy, load_model_for

_SINGLE_CALLS = 200


def bench_gpu(device: Device, seconds: float) -> dict[str, Any]:
    """Measure one model on a device, letterboxed pictures in and detections out.

    Args:
        device: Where to run. `cpu` runs the same batching code, to try it without a GPU.
        seconds: How long the batched load lasts.

    Returns:
        Frames per second with batches from many callers, latency of a lone caller in
        milliseconds, and what it was measured on.

    Raises:
        ProviderUnavailable: The device's provider did not load.
    """
    policy = choose_policy(device)
    if device == "cpu":
        policy = replace(policy, max_batch=policy.workers, batch_patience_s=0.003)
    model = load_model_for(policy, "road_damage", "fp32")
    engine = Engine(model, policy)
    side = model.input_size
    height = -(-side * 9 // 16 // 32) * 32
    picture = np.random.default_rng(0).integers(0, 256, (height, side, 3), np.uint8)
    try:
        started = time.monotonic()
        engine.warm_up()
        first_answer_s = time.monotonic() - started
        _run(engine, picture, policy, 1.0)
        rate = _run(engine, picture, policy, seconds)
        single = _single(engine, picture, calls=20 if device == "cpu" else _SINGLE_CALLS)
    finally:
        engine.close()
    gpu, driver = ("none", "none") if device == "cpu" else gpu_identity()
    return {
        "frames_per_second": round(rate, 1),
        "single_p50_ms": round(float(np.percentile(single, 50)), 2),
        "single_p99_ms": round(float(np.percentile(single, 99)), 2),
        "first_answer_s": round(first_answer_s, 1),
        "measured": {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "device": device,
            "gpu": gpu,
            "driver": driver,
            "onnxruntime": onnxruntime.__version__,
            "model": f"{model.name} {model.version} {'FP16' if policy.half else 'FP32'}",
            "digest": model.digest,
            "input": f"{side}x{height}",
            "max_batch": policy.max_batch,
            "callers": policy.workers,
        },
    }


def _run(engine: Engine, picture: Any, policy: ExecutionPolicy, seconds: float) -> float:
    end = time.monotonic() + seconds
    counts = [0] * policy.workers

    def call(caller: int) -> None:
        while time.monotonic() < end:
            engine.infer(picture)
            counts[caller] += 1

    callers = [threading.Thread(target=call, args=(n,)) for n in range(policy.workers)]
    started = time.monotonic()
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    return sum(counts) / (time.monotonic() - started)


def _single(engine: Engine, picture: Any, calls: int) -> list[float]:
    took: list[float] = []
    for _ in range(calls):
        started = time.perf_counter()
        engine.infer(picture)
        took.append((time.perf_counter() - started) * 1000)
    return took
