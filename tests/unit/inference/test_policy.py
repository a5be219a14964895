import os
from pathlib import Path
from typing import Any

import pytest

from inference import policy
from inference.errors import ProviderUnavailable
from inference.policy import choose_policy, usable_cores

REFUSED = ProviderUnavailable("it does not load")


def _loads(monkeypatch: pytest.MonkeyPatch, *devices: str) -> None:
    """Let only these devices' providers load, as on a machine that has them."""

    def load(device: str) -> None:
        if device not in devices:
            raise REFUSED

    monkeypatch.setattr(policy, "_load_provider", load)


@pytest.mark.parametrize(
    ("loading", "chosen"),
    [((), "cpu"), (("cuda",), "cuda"), (("cuda", "tensorrt"), "tensorrt")],
)
def test_auto_takes_the_best_that_loads(
    monkeypatch: pytest.MonkeyPatch, loading: tuple[str, ...], chosen: str
) -> None:
    _loads(monkeypatch, *loading)
    assert choose_policy("auto").device == chosen


@pytest.mark.parametrize("device", ["cuda", "tensorrt"])
def test_a_named_device_is_never_replaced(monkeypatch: pytest.MonkeyPatch, device: Any) -> None:
    _loads(monkeypatch, *({"cuda", "tensorrt"} - {device}))
    with pytest.raises(ProviderUnavailable):
        choose_policy(device)


def test_cpu_runs_one_caller_per_core_without_batches() -> None:
    chosen = choose_policy("cpu", cores=3)
    assert (chosen.workers, chosen.max_batch, chosen.half) == (3, 1, False)
    assert "3 cores" in chosen.reason


def test_gpu_gathers_batches_in_half_precision(monkeypatch: pytest.MonkeyPatch) -> None:
    _loads(monkeypatch, "cuda")
    chosen = choose_policy("cuda", cores=4)
    assert chosen.half
    assert not chosen.prefer_int8
    assert chosen.workers >= chosen.max_batch > 1


def test_cores_respect_affinity_and_the_containers_quota(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    monkeypatch.setattr(Path, "read_text", lambda _: "250000 100000\n")
    assert usable_cores() == 2
    monkeypatch.setattr(Path, "read_text", lambda _: "50000 100000\n")
    assert usable_cores() == 1
    monkeypatch.setattr(Path, "read_text", lambda _: "max 100000\n")
    assert usable_cores() == 8
