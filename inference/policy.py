"""How inference runs on the device at hand: which provider, how many callers, what batches."""

import contextlib
import os
import platform
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import onnxruntime

from inference.choices import Device, DeviceChoice, VariantChoice
from inference.errors import ProviderUnavailable
from models.registry import Model, load_model

PROVIDERS: dict[Device, str] = {
    "cpu": "CPUExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "tensorrt": "TensorrtExecutionProvider",
}
# Instructions that multiply and add 8-bit integers in one step; without them INT8 is no faster
# than FP32 and VPMADDUBSW saturates (ONNX Runtime, "Quantize ONNX models").
_INT8_INSTRUCTIONS = frozenset({"avx512_vnni", "avx_vnni", "amx_int8", "asimddp"})
_GPU_MAX_BATCH = 16
_GPU_BATCH_PATIENCE_S = 0.003

# `y = Identity(x)` on one float: the least that makes a provider load its libraries.
_PROBE = bytes.fromhex(
    "080812003a370a100a017812017922084964656e746974791201705a0f0a0178"
    "120a0a08080112040a020801620f0a0179120a0a08080112040a02080142040a001011"
)


@dataclass(frozen=True, slots=True)
class ExecutionPolicy:
    """A decision about how to run, with the reason for it.

    Attributes:
        device: Where the model runs.
        workers: Callers that together keep the device busy: one per core on a CPU, each running
            the model on its own core; more on a GPU, where they decode and wait for a batch.
        max_batch: Most pictures that go to the device at once.
        batch_patience_s: Seconds that the first picture of a batch waits for others.
        half: Whether the model is converted to FP16.
        prefer_int8: Whether `auto` takes a model's INT8 variant.
        reason: Why, in one line, for the start-up message.
    """

    device: Device
    workers: int
    max_batch: int
    batch_patience_s: float
    half: bool
    prefer_int8: bool
    reason: str


def choose_policy(device: DeviceChoice = "auto", cores: int | None = None) -> ExecutionPolicy:
    """Decide how to run on this machine.

    Args:
        device: `auto` takes TensorRT, else CUDA, else the CPU, whichever loads; a named device is
            used or refused, never replaced by another.
        cores: Cores to use; by default those that the process may use.

    Returns:
        The policy.

    Raises:
        ProviderUnavailable: The named device's provider did not load.
    """
    cores = cores or usable_cores()
    if device == "cpu":
        return _cpu_policy(cores, "asked for")
    if device != "auto":
        _load_provider(device)
        return _gpu_policy(device, cores, "asked for")
    for gpu in ("tensorrt", "cuda"):
        try:
            _load_provider(gpu)
        except ProviderUnavailable:
            continue
        return _gpu_policy(gpu, cores, f"{PROVIDERS[gpu]} loads")
    return _cpu_policy(cores, "no GPU provider loads")


def load_model_for(
    policy: ExecutionPolicy, name: str, variant: VariantChoice = "auto", root: Path | None = None
) -> Model:
    """Load a model in the variant that the policy prefers, unless one is named.

    Args:
        policy: How the model will run.
        name: Folder name of the model.
        variant: `auto` leaves the choice to the policy.
        root: Folder that holds the models; by default Xunjian's own.

    Returns:
        The checked model.

    Raises:
        ModelError: As `models.registry.load_model`.
    """
    if variant == "auto" and not policy.prefer_int8:
        variant = "fp32"
    return load_model(name, variant, root)


def usable_cores() -> int:
    """Return how many cores this process may use: its affinity, within its container's quota."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    try:  # control groups v2: "quota period" in microseconds, or "max period"
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
        return max(1, min(cores or 1, int(quota) // int(period)))
    except (OSError, ValueError):
        return cores or 1


def _cpu_policy(cores: int, why: str) -> ExecutionPolicy:
    fast_int8 = _multiplies_int8()
    return ExecutionPolicy(
        device="cpu",
        workers=cores,
        max_batch=1,
        batch_patience_s=0.0,
        half=False,
        prefer_int8=fast_int8,
        reason=f"{why}; one single-threaded run per core on {cores} cores;"
        f" {'INT8' if fast_int8 else 'FP32'} preferred: this CPU"
        f" {'has' if fast_int8 else 'lacks'} 8-bit dot-product instructions",
    )


def _gpu_policy(device: Literal["cuda", "tensorrt"], cores: int, why: str) -> ExecutionPolicy:
    return ExecutionPolicy(
        device=device,
        workers=cores + _GPU_MAX_BATCH,
        max_batch=_GPU_MAX_BATCH,
        batch_patience_s=_GPU_BATCH_PATIENCE_S,
        half=True,
        prefer_int8=False,
        reason=f"{why}; FP16, batches of up to {_GPU_MAX_BATCH} gathered for"
        f" {_GPU_BATCH_PATIENCE_S * 1000:g} ms",
    )


def _load_provider(device: Device) -> None:
    provider = PROVIDERS[device]
    available = onnxruntime.get_available_providers()
    if provider in available:
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        # Both print what is missing to standard output, which belongs to results.
        with contextlib.redirect_stdout(sys.stderr):
            onnxruntime.preload_dlls()
            session = onnxruntime.InferenceSession(_PROBE, options, providers=[provider])
        if provider in session.get_providers():
            return
        why = "its libraries did not load: CUDA, cuDNN or TensorRT are missing or do not match"
    else:
        why = f"this ONNX Runtime was built with {', '.join(available)} only"
    raise ProviderUnavailable(
        f"{provider} is not available: {why}",
        hint="Install the GPU build (pip install 'xunjian[gpu]' on a machine with an NVIDIA driver)"
        " or ask for --device cpu.",
    )


def _multiplies_int8() -> bool:
    if platform.system() != "Linux":
        return False
    return not _INT8_INSTRUCTIONS.isdisjoint(Path("/proc/cpuinfo").read_text().split())
