"""What only a GPU needs: the FP16 copy of a model, and engines cached for the card at hand."""

import os
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from inference.errors import ProviderUnavailable
from inference.policy import PROVIDERS, ExecutionPolicy
from models.registry import Model


def gpu_providers(model: Model, policy: ExecutionPolicy) -> list[Any]:
    """Return ONNX Runtime's provider list, with options, for a CUDA or TensorRT policy.

    TensorRT plans once for every batch size up to the policy's and every input up to a square of
    the model's long side; the engine is kept in the cache, CUDA runs what TensorRT does not.
    """
    cuda = (PROVIDERS["cuda"], {"cudnn_conv_algo_search": "HEURISTIC"})
    if policy.device == "cuda":
        return [cuda]
    folder = cache_folder() / engine_key(model)
    folder.mkdir(parents=True, exist_ok=True)
    side = model.input_size
    tensorrt = (
        PROVIDERS["tensorrt"],
        {
            "trt_fp16_enable": policy.half,
            "trt_engine_cache_enable": True,
            "trt_engine_cache_path": str(folder),
            "trt_timing_cache_enable": True,
            "trt_timing_cache_path": str(folder),
            "trt_profile_min_shapes": "images:1x32x32x3",
            "trt_profile_opt_shapes": f"images:{policy.max_batch}x{side * 9 // 16}x{side}x3",
            "trt_profile_max_shapes": f"images:{policy.max_batch}x{side}x{side}x3",
        },
    )
    return [tensorrt, cuda]


def half_precision_copy(model: Model) -> Path:
    """Convert a model to FP16 once and keep the copy in the cache.

    Convolutions and what lies between them become FP16. What follows the last of them, the decoding
    of boxes, stays FP32: FP16 has steps of half a pixel beyond 512.

    Args:
        model: The FP32 model.

    Returns:
        The converted ONNX file.

    Raises:
        ProviderUnavailable: The `onnx` package, part of the `gpu` extra, is missing.
    """
    target = cache_folder() / f"{model.digest}-fp16.onnx"
    if target.is_file():
        return target
    try:
        import onnx
        from onnxruntime.transformers.float16 import convert_float_to_float16
    except ImportError as error:
        raise ProviderUnavailable(
            "converting a model to FP16 needs the onnx package",
            hint="Install the gpu extra: pip install 'xunjian[gpu]'.",
        ) from error
    graph = onnx.load(model.path)
    half = convert_float_to_float16(
        graph, keep_io_types=True, node_block_list=_nodes_after_convolutions(graph.graph)
    )
    _mend_casts(half.graph, half_type=onnx.TensorProto.FLOAT16)
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_suffix(f".{os.getpid()}")
    onnx.save(half, unfinished)
    unfinished.replace(target)
    return target


def engine_key(model: Model) -> str:
    """Name what a TensorRT engine is built for: the card, its driver, TensorRT, and the model."""
    try:
        tensorrt = version("tensorrt")
    except PackageNotFoundError:
        tensorrt = "system"
    return "-".join((*gpu_identity(), f"trt{tensorrt}", model.digest)).replace(" ", "_")


def gpu_identity() -> tuple[str, str]:
    """Return the first GPU's name and driver version, as `nvidia-smi` tells them.

    Raises:
        ProviderUnavailable: There is no NVIDIA driver.
    """
    command = ["nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)  # noqa: S603
    except (OSError, subprocess.SubprocessError) as error:
        raise ProviderUnavailable(
            "no NVIDIA GPU answers: nvidia-smi failed", hint="Install the NVIDIA driver."
        ) from error
    name, driver = answer.stdout.splitlines()[0].split(", ")
    return name, driver


def cache_folder() -> Path:
    """Return where derived models are kept: `$XDG_CACHE_HOME/xunjian`, by default in `~/.cache`."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "xunjian"


def _nodes_after_convolutions(graph: Any) -> list[str]:
    """Return the names of the nodes from which no convolution's input is computed."""
    producers = {output: node for node in graph.node for output in node.output}
    feeding: set[str] = set()
    waiting = [node for node in graph.node if node.op_type == "Conv"]
    while waiting:
        node = waiting.pop()
        if node.name not in feeding:
            feeding.add(node.name)
            waiting += [producers[name] for name in node.input if name in producers]
    return [node.name for node in graph.node if node.name not in feeding]


def _mend_casts(graph: Any, half_type: int) -> None:
    """Mend what the converter does between nodes kept in FP32.

    It writes one cast per reader of a tensor, all of the same name, and rounds the tensor to FP16
    on the way from one FP32 node to the next.
    """
    casts = {node.output[0]: node for node in graph.node if node.op_type == "Cast"}
    seen: set[str] = set()
    for node in list(graph.node):
        if node.op_type != "Cast":
            continue
        if node.name in seen:
            graph.node.remove(node)
            continue
        seen.add(node.name)
        narrowing = casts.get(node.input[0])
        if narrowing is not None and narrowing.attribute[0].i == half_type:
            node.input[0] = narrowing.input[0]
